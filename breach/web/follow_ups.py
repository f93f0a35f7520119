"""One follow-up: its reason, its owner, and the three things to do with it by hand."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.access import follow_ups_visible_to
from breach.core.errors import Refused
from breach.core.roles import Capability, can
from breach.models import FollowUp, Representation, User
from breach.models.followups import FollowUpState
from breach.models.representation import RepresentationStatus
from breach.one_human import representations_of
from breach.services import followups
from breach.services.worded import told
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import language_name
from breach.web.finding import user_of
from breach.web.forms.casework import CloseForm, LaterForm
from breach.web.worklist import chips_of, whom

C = Capability


@require_safe
@capability(C.VIEW_INCIDENT)
def follow_up_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    user, follow_up = user_of(request), _or_404(request, pk)
    is_open = follow_up.state == FollowUpState.OPEN
    works = any(can(user, one) for one in followups.WORKS)
    context = {
        "incident": follow_up.incident,
        "follow_up": follow_up,
        "chips": chips_of(follow_up),
        "reason": told(follow_up),
        "facts": _facts(follow_up),
        "may_work": is_open and works,
        "may_take": is_open and works and follow_up.owner_id != user.pk,
        "counsel": _counsel(user, follow_up),
        "may_log": bool(follow_up.exposure) and can(user, C.LOG_CONTACT),
    }
    return render(request, "breach/follow_up.html", context)


def _counsel(user: User, follow_up: FollowUp) -> Representation | None:
    """Whose office may have to be called, or whose address to be corrected."""
    if follow_up.exposure is None or not can(user, C.EDIT_PERSON):
        return None
    rows = representations_of(follow_up.exposure.person).exclude(
        status=RepresentationStatus.WITHDRAWN
    )
    return rows.select_related("attorney").order_by("-is_lead", "-created_at").first()


@require_POST
@capability(C.VIEW_INCIDENT)
def follow_up_take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the follow-up; the service checks who may."""
    follow_up = _or_404(request, pk)
    try:
        followups.take(actor=user_of(request), follow_up=follow_up)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is yours now."))
    return redirect("follow-up-detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.VIEW_INCIDENT)
def follow_up_later(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another due date."""
    follow_up = _or_404(request, pk)
    form = LaterForm(sent_by(request), initial={"due_on": follow_up.due_on})
    return _step(
        request, follow_up, form, (_("Choose another date"), _("Save the date")),
        lambda: followups.reschedule(actor=user_of(request), follow_up=follow_up, **form.cleaned_data),
        _("The new date is saved."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.VIEW_INCIDENT)
def follow_up_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The end of it, and what happens next."""
    follow_up = _or_404(request, pk)
    form = CloseForm(sent_by(request))
    return _step(
        request, follow_up, form, (_("Close this follow-up"), _("Close it")),
        lambda: followups.close(
            actor=user_of(request), follow_up=follow_up, reason=form.cleaned_data["reason"],
            then=form.following(follow_up),
        ),
        _("The follow-up is closed."),
    )  # fmt: skip


def _step(
    request: HttpRequest,
    follow_up: FollowUp,
    form: BaseForm,
    words: tuple[str, str],
    verb: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Show the form; when it is sent, call the verb and go back to the follow-up."""
    if carried_out(request, form, verb):
        messages.success(request, done)
        return redirect("follow-up-detail", pk=follow_up.pk)
    title, button = words
    context = {
        "incident": follow_up.incident, "follow_up": follow_up, "form": form, "title": title,
        "button": button, "whom": whom(follow_up), "reason": told(follow_up),
    }  # fmt: skip
    return render(request, "breach/follow_up_step.html", context)


def _or_404(request: HttpRequest, pk: UUID) -> FollowUp:
    rows = follow_ups_visible_to(user_of(request)).select_related(
        "incident", "owner", "closed_by", "exposure__person", "exposure__incident", "roster"
    )
    return get_object_or_404(rows, pk=pk)


def _facts(follow_up: FollowUp) -> list[tuple[str, object]]:
    person = follow_up.exposure.person if follow_up.exposure else None
    tags = person.languages.values_list("tag", flat=True) if person else []
    rows: list[tuple[str, object]] = [
        (_("About"), whom(follow_up)),
        (_("Languages, best first"), ", ".join(map(language_name, tags))),
        (_("Incident"), follow_up.incident.title),
        (_("Desk"), follow_up.get_desk_display()),
        (_("Owner"), follow_up.owner.label if follow_up.owner else _("Nobody yet")),
    ]
    if follow_up.state != FollowUpState.OPEN:
        closed_by = follow_up.closed_by.label if follow_up.closed_by else ""
        rows += [(_("Closed by"), closed_by), (_("Why"), _(follow_up.closed_reason))]
    return rows
