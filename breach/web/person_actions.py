"""What can be recorded about a person: one small confirmed form for each fact, one verb behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.models import Exposure
from breach.one_human import representations_of
from breach.services import corrections, exposures, people, placements, representation
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import exposure_or_404, user_of
from breach.web.forms import case
from breach.web.forms import people as f

C = Capability
Words = str | Promise
RE_ROUTED = _("Letters without proof are checked again, and stopped if they no longer fit.")


@dataclass(frozen=True)
class Action:
    """A fact to be recorded: its page, its form, what follows from it, and the verb."""

    title: Words
    button: Words
    form: type[forms.Form]
    verb: Callable[..., object]
    follows: tuple[Words, ...] = (RE_ROUTED,)
    tone: str = ""
    about: str = "person"  # or "exposure": what of the file the verb is given


ABOUT_PERSON = {
    "transfer": Action(
        _("Transferred to another facility"), _("Save the transfer"), f.TransferForm, placements.transfer,
        (_("The previous stay ends on that day."), RE_ROUTED),
    ),
    "released": Action(
        _("Released from custody"), _("Save the release"), f.ReleasedForm, people.mark_released,
        (_("The stay in custody ends on that day."),
         _("With an address, the notice goes by mail; without one, somebody is asked to find it."), RE_ROUTED),
    ),
    "removed": Action(
        _("Removed from the country"), _("Save the removal"), f.FactForm, people.mark_removed,
        (_("The stay in custody ends on that day."),
         _("If the person had not been told, the supervisors are alarmed.")), "danger",
    ),
    "deceased": Action(
        _("The person has died"), _("Save the death"), f.FactForm, people.mark_deceased,
        (_("Nothing is sent to the person any more; the representative may still be told."),), "danger",
    ),
    "language": Action(
        _("Language"), _("Save the language"), f.LanguageForm, people.set_language,
        (_("Letters and calls use this language from now on."), RE_ROUTED),
    ),
    "contact-point": Action(
        _("Add an address, phone or e-mail"), _("Save"), f.ContactPointForm, people.add_contact_point,
        (_("An earlier one of the same kind is kept for the history but no longer used."), RE_ROUTED),
    ),
    "do-not-contact": Action(
        _("Direct contact"), _("Save"), f.DoNotContactForm, people.set_do_not_contact,
    ),
    "protection": Action(
        _("Protection by 8 USC 1367"), _("Save"), f.ProtectionForm, people.set_protection,
        (_("While the protection lasts, nothing about the person goes to a mail house."),
         _("Only a supervisor can lift it again."), RE_ROUTED),
    ),
    "posture": Action(
        _("Where the protection case stands"), _("Save"), case.PostureForm, exposures.set_posture,
        (_("Letters made from now on have the paragraphs for it; the worklists follow the risk."), RE_ROUTED),
        about="exposure",
    ),
    "safe-contact": Action(
        _("How to contact the person safely"), _("Save the note"), case.SafeNoteForm, people.set_safe_contact_note,
        (_("It takes the place of the note on file, and opens with the contacts only."),),
    ),
    "aliases": Action(
        _("Other names"), _("Save the names"), case.AliasesForm, people.set_aliases,
        (_("They take the place of those on file, and open with the identity only."),),
    ),
    "guardian": Action(
        _("Guardian"), _("Save the guardian"), f.GuardianForm, people.set_guardian,
        (_("A minor's notice goes to the guardian once the authority is verified."), RE_ROUTED),
    ),
    "mistake": Action(
        _("Recorded by mistake"), _("Take the fact back"), f.MistakeForm, corrections.take_back,
        (_("The stay that it ended goes on; the history keeps what was recorded, and why it was a mistake."),
         _("An address or phone that came with a release stays on the file: mark it as bad if it is not the person’s."),
         _("Only a supervisor takes back a death or a removal."), RE_ROUTED),
    ),
}  # fmt: skip

ABOUT_COUNSEL = {
    "verify": Action(
        _("Verify the appearance"), _("It is verified"), f.VerifyCounselForm, representation.verify,
        (_("From that day on the notice goes to this attorney first."), RE_ROUTED),
    ),
    "withdraw": Action(
        _("The attorney withdrew"), _("Save the withdrawal"), f.WithdrawCounselForm, representation.withdraw,
    ),
    "dispute": Action(
        _("The representation is unclear"), _("Mark it as disputed"), f.WhyForm, representation.dispute,
        (_("Nothing goes to this attorney until somebody has cleared it up."), RE_ROUTED),
    ),
}  # fmt: skip

ABOUT_CONTACT_POINT = Action(
    _("This does not reach the person"), _("Mark it as bad"), f.WhyForm, people.mark_contact_point_bad,
    (_("It is no longer used, and is kept for the history."), RE_ROUTED),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.EDIT_PERSON)
def person_action(request: HttpRequest, slug: str, reference: str, action: str) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    chosen = known(ABOUT_PERSON, action)
    subject = exposure if chosen.about == "exposure" else exposure.person
    return action_page(request, exposure, chosen, **{chosen.about: subject})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.EDIT_PERSON)
def counsel_action(
    request: HttpRequest, slug: str, reference: str, pk: UUID, action: str
) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    rows = representations_of(exposure.person)
    found = get_object_or_404(rows.select_related("attorney"), pk=pk)
    about = found.attorney.name
    return action_page(request, exposure, known(ABOUT_COUNSEL, action), about, representation=found)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.EDIT_PERSON)
def contact_point_bad(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    point = get_object_or_404(exposure.person.contact_points.filter(is_current=True), pk=pk)
    return action_page(
        request, exposure, ABOUT_CONTACT_POINT, point.get_kind_display(), contact_point=point
    )


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.ASSIGN)
def person_assign(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Give the person to a case worker, with the open follow-ups."""
    exposure = exposure_or_404(request, slug, reference)
    action = Action(
        _("Assign to a case worker"), _("Assign"), f.AssignForm, exposures.assign_caseworker,
        (_("Open follow-ups on the case workers' desk are assigned with it."),),
    )  # fmt: skip
    return action_page(request, exposure, action, exposure=exposure)


def known(actions: dict[str, Action], name: str) -> Action:
    try:
        return actions[name]
    except KeyError:
        raise Http404 from None


def action_page(
    request: HttpRequest,
    exposure: Exposure,
    action: Action,
    about: str = "",
    back: str = "",
    /,
    **subject: Any,
) -> HttpResponse:
    """Show the form with what follows from it; when sent, call the verb and go back, usually to the file."""
    back = back or reverse(
        "person-detail", args=[exposure.incident.slug, exposure.person.reference]
    )
    form, user = action.form(sent_by(request)), user_of(request)
    if carried_out(request, form, lambda: action.verb(actor=user, **subject, **form.cleaned_data)):
        messages.success(request, _t("Saved, and recorded in the history."))
        return redirect(back)
    context = {
        "incident": exposure.incident, "exposure": exposure, "action": action, "about": about, "form": form,
        "back": back,
    }  # fmt: skip
    return render(request, "breach/person_action.html", context)
