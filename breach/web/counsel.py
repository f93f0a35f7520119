"""Naming who speaks for a person: the attorney is searched by name, chosen or added, and the step is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.models import Attorney, Exposure, User
from breach.services import naming_counsel
from breach.web.access import capability
from breach.web.acting import carried_out
from breach.web.finding import exposure_or_404, user_of
from breach.web.forms.counsel import ClaimCounselForm, FindAttorneyForm, ReplaceCounselForm
from breach.web.person_actions import RE_ROUTED, Words


@dataclass(frozen=True)
class Step:
    """A way to name counsel: its words, its form, and the verb."""

    title: Words
    button: Words
    form: type[ClaimCounselForm]
    verb: Callable[..., object]
    follows: tuple[Words, ...]


STEPS = {
    "claim": Step(
        _("Somebody says they are the attorney"), _("Save the claim"), ClaimCounselForm, naming_counsel.claim,
        (_("Nothing is disclosed to the attorney before the appearance is verified."), RE_ROUTED),
    ),
    "replace": Step(
        _("New attorney"), _("Save the change of attorney"), ReplaceCounselForm, naming_counsel.replace,
        (_("The previous representation ends on that day; open notices go to the new attorney."), RE_ROUTED),
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.EDIT_PERSON)
def counsel_new(request: HttpRequest, slug: str, reference: str, action: str) -> HttpResponse:
    """First who it is, then since when and on what evidence; both by POST, so that no name stands in a URL."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    step = STEPS.get(action)
    if step is None:
        raise Http404
    saving = request.method == "POST" and "find" not in request.POST
    if saving:
        return _save(request, exposure, user, step)
    find = FindAttorneyForm(request.POST if request.method == "POST" else None)
    found: list[Attorney] = []
    searched = carried_out(
        request,
        find,
        lambda: found.extend(
            naming_counsel.search(
                actor=user, person=exposure.person, text=find.cleaned_data["text"]
            )
        ),
    )
    text = find.cleaned_data["text"] if searched else ""
    form = _form(step, exposure, None, text, found) if searched else None
    return _page(request, exposure, step, find, form, found)


def _save(request: HttpRequest, exposure: Exposure, user: User, step: Step) -> HttpResponse:
    """Call the verb with what was chosen among those the text finds, and go back to the file."""
    text = request.POST.get("text", "")[:160].replace("\x00", "")
    found = naming_counsel.attorneys_named(text)
    form = _form(step, exposure, request.POST, text, found)
    if carried_out(
        request, form, lambda: step.verb(actor=user, person=exposure.person, **form.cleaned_data)
    ):
        messages.success(request, _t("Saved, and recorded in the history."))
        return redirect(
            "person-detail", slug=exposure.incident.slug, reference=exposure.person.reference
        )
    return _page(request, exposure, step, FindAttorneyForm(initial={"text": text}), form, found)


def _form(
    step: Step, exposure: Exposure, sent: QueryDict | None, text: str, found: list[Attorney]
) -> ClaimCounselForm:
    named = text if not any(letter.isdigit() for letter in text) else ""  # not an EOIR ID
    initial = {"text": text, "name": named, "forum": exposure.incident.forum}
    return step.form(sent, found=found[: naming_counsel.SHOWN], initial=initial)


def _page(
    request: HttpRequest,
    exposure: Exposure,
    step: Step,
    find: FindAttorneyForm,
    form: ClaimCounselForm | None,
    found: list[Attorney],
) -> HttpResponse:
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "step": step,
        "find": find,
        "form": form,
        "suspended": [one.name for one in found[: naming_counsel.SHOWN] if one.is_suspended],
        "more": len(found) > naming_counsel.SHOWN,
        "nobody": not found,
    }
    return render(request, "breach/counsel_new.html", context)
