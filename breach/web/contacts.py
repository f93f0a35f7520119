"""The contact log of one person: log an attempt in seconds, see what it led to, read what was tried before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.models import Exposure, Hold, ReachedRole, User
from breach.models.followups import FollowUpState
from breach.one_human import may_not_be_contacted
from breach.queries import counsel_on, most_urgent_first
from breach.services import clock, contacts
from breach.services.contacts import Logged
from breach.services.looking import Part, ReasonToLook
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import language_name
from breach.web.finding import exposure_or_404, page_of, user_of
from breach.web.forms.casework import ContactForm
from breach.web.reveal import PANEL, asked_panel, closed_panel
from breach.web.steps import cards

C = Capability
# What whoever logs a contact needs to see, and why: one look, not five.
TO_CALL = {"parts": [Part.IDENTITY, Part.CONTACTS], "why": ReasonToLook.CALL}


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.LOG_CONTACT)
def contact_log(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    counsel = counsel_on(exposure.person_id, clock.today(), exposure.incident.forum)
    form = ContactForm(sent_by(request), initial=_likely(exposure, represented=counsel is not None))
    logged: list[Logged] = []
    if carried_out(
        request,
        form,
        lambda: logged.append(
            contacts.log_contact(actor=user, exposure=exposure, **form.cleaned_data)
        ),
    ):
        messages.success(request, told(logged[0]))
        return redirect("contact-log", slug=slug, reference=reference)
    context = {"form": form, "counsel": counsel, **_log(request, exposure, user)}
    return render(request, "breach/contact_log.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.LOG_CONTACT)
def contact_reveal(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """What is needed to call somebody, opened next to the form: one look, recorded before anything is shown."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    if request.method != "POST":
        return redirect("contact-log", slug=slug, reference=reference)
    panel = asked_panel(request, exposure, "contact-log")
    if getattr(request, "htmx", False):
        return render(request, PANEL, panel)
    counsel = counsel_on(exposure.person_id, clock.today(), exposure.incident.forum)
    form = ContactForm(initial=_likely(exposure, represented=counsel is not None))
    context = {"form": form, "counsel": counsel, **_log(request, exposure, user), **panel}
    return render(request, "breach/contact_log.html", context)


def told(logged: Logged) -> str:
    """What was saved, whether it is proof, and what happens next."""
    if logged.proves_notice:
        return _proven(logged.entry.exposure)
    follow_up = logged.proposed
    words = {
        "next": follow_up.get_kind_display(),
        "due": formats.date_format(follow_up.due_on, "DATE_FORMAT"),
        "owner": follow_up.owner.label if follow_up.owner else follow_up.get_desk_display(),
    }
    if logged.lacking:
        words["why"] = "; ".join(str(one) for one in logged.lacking)
        return (
            _("Logged. This is not proof: %(why)s. Next: %(next)s, due %(due)s, %(owner)s.") % words
        )
    return _("Logged. Next: %(next)s, due %(due)s, %(owner)s.") % words


def _proven(exposure: Exposure) -> str:
    if Hold.objects.filter(exposure=exposure, paused_at=None).exists():
        return _("Logged. Notice had been proven before; the hold goes on as it is.")
    if exposure.incident.copy_required:
        return _("Logged. This is proof; the hold starts when everybody who must be told has been.")
    return _("Logged. This proves notice; the hold starts within a minute.")


def _likely(exposure: Exposure, *, represented: bool) -> dict[str, Any]:
    """The most likely values, so that little is left to fill in."""
    best = exposure.person.languages.first()
    return {
        "at": timezone.localtime(),
        "reached": ReachedRole.REPRESENTATIVE if represented else ReachedRole.PERSON,
        "language": language_name(best.tag) if best and not represented else "",
    }


def _log(request: HttpRequest, exposure: Exposure, user: User) -> dict[str, Any]:
    entries = exposure.contacts.select_related("by", "corrects")
    waiting = exposure.follow_ups.filter(state=FollowUpState.OPEN).select_related(
        "owner", "exposure__person"
    )
    return {
        "incident": exposure.incident,
        "exposure": exposure,
        "page_obj": page_of(request, entries),
        "do_not_contact": may_not_be_contacted(exposure.person),
        "follow_ups": cards(most_urgent_first(waiting, clock.today()), opened_by=user),
        **closed_panel(user, exposure, "contact-log", TO_CALL),
    }
