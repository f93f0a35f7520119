"""The contact log of one person: log an attempt in seconds, see what it led to, read what was tried before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from breach.core.roles import Capability, can
from breach.models import Exposure, ReachedRole, User
from breach.models.followups import FollowUpState
from breach.queries import counsel_on
from breach.services import clock, contacts
from breach.services.contacts import Logged
from breach.services.looking import look_at
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import language_name
from breach.web.finding import exposure_or_404, page_of, user_of
from breach.web.forms.casework import ContactForm

C = Capability
TO_PREPARE = "call"  # the reason to look, from the closed list: to call or meet the person


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


@require_POST
@capability(C.VIEW_IDENTITY)
def contact_notes(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The log with its notes opened; the look is recorded before they are shown."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    look_at(actor=user, exposure=exposure, what="notes", reason=TO_PREPARE)
    context = {"notes_open": True, **_log(request, exposure, user)}
    return render(request, "breach/contact_notes.html", context)


def told(logged: Logged) -> str:
    """What was saved and what happens next, in one sentence."""
    follow_up = logged.proposed
    words = {
        "next": follow_up.get_kind_display(),
        "due": formats.date_format(follow_up.due_on, "DATE_FORMAT"),
        "owner": follow_up.owner.label if follow_up.owner else follow_up.get_desk_display(),
    }
    return _("Logged. Next: %(next)s, due %(due)s, %(owner)s.") % words


def _likely(exposure: Exposure, *, represented: bool) -> dict[str, Any]:
    """What most contacts look like, so that little is left to fill in."""
    best = exposure.person.languages.first()
    return {
        "at": timezone.localtime(),
        "reached": ReachedRole.REPRESENTATIVE if represented else ReachedRole.PERSON,
        "language": language_name(best.tag) if best and not represented else "",
    }


def _log(request: HttpRequest, exposure: Exposure, user: User) -> dict[str, Any]:
    entries = exposure.contacts.select_related("by", "corrects")
    return {
        "incident": exposure.incident,
        "exposure": exposure,
        "page_obj": page_of(request, entries),
        "next_action": exposure.follow_ups.filter(state=FollowUpState.OPEN)
        .select_related("owner")
        .first(),
        "may_read_notes": can(user, C.VIEW_IDENTITY),
    }
