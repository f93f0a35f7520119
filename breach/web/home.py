"""The start page of each desk: what needs this person today, and where to go for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from breach.access import audit_events_visible_to, incidents_visible_to
from breach.core.roles import Capability, Role, can
from breach.models import User
from breach.queries import worklist
from breach.services.approval_kinds import waiting_for
from breach.web import days
from breach.web.access import capability
from breach.web.finding import user_of
from breach.web.happenings import entries
from breach.web.looks import alarms
from breach.web.steps import cards, link
from breach.web.worklist import (
    ALL,
    DESK,
    DUE,
    MINE,
    OURS,
    OVERDUE,
    OWNERLESS,
    TODAY,
    WEEK,
    due_when,
    part_of,
    worklist_url,
)

STEPS_SHOWN = 6
EVENTS_SHOWN = 12
ALARMS_SHOWN = 5
INCIDENTS_SHOWN = 10

Words = str | Promise


@require_safe
@capability(Capability.SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """Home page by role; attorneys are redirected to their clients."""
    user = user_of(request)
    if user.role == Role.ATTORNEY and (portal := link("portal-home")):
        return redirect(portal)
    incidents = list(incidents_visible_to(user)[:INCIDENTS_SHOWN])
    doors = DOORS.get(user.role, ())
    context = {
        "incidents": [
            (one, [(url, words) for name, words in doors if (url := link(name, slug=one.slug))])
            for one in incidents
        ],
        "shows_incidents": can(user, Capability.VIEW_INCIDENT),
        **DESKS.get(user.role, _nothing)(user),
    }
    context["stats"] = [*_approvals(user), *context.get("stats", ())]
    return render(request, "home.html", context)


def _approvals(user: User) -> list[dict[str, Any]]:
    """What waits for this user as the second person."""
    if not can(user, Capability.APPROVALS) or not (waiting := waiting_for(user)):
        return []
    label = _("Waiting for your approval")
    return [{"value": waiting, "label": label, "url": link("approval-list"), "tone": "warning"}]


def _case_worker(user: User) -> dict[str, Any]:
    return {"greeting": _("What needs you today"), **_worklist(user, MINE)}


def _supervisor(user: User) -> dict[str, Any]:
    return {
        "greeting": _("Where everybody stands"), "funnels": True, "alarms": alarms(user, ALARMS_SHOWN),
        **_worklist(user, ALL),
    }  # fmt: skip


def _mail_room(user: User) -> dict[str, Any]:
    return {
        "greeting": _("What goes out, and what came back"), "receipts_url": link("receipts"),
        "waiting_url": link("batches-waiting"),
        **_worklist(user, OURS),
    }  # fmt: skip


def _privacy_officer(user: User) -> dict[str, Any]:
    greeting = _("What waits for your signature")
    return {
        "greeting": greeting, "funnels": True, "alarms": alarms(user, ALARMS_SHOWN),
        **_worklist(user, OURS),
    }  # fmt: skip


def _auditor(user: User) -> dict[str, Any]:
    events = audit_events_visible_to(user).order_by("-id")[:EVENTS_SHOWN]
    return {"greeting": _("What happened last"), "events": entries(events)}


def _administrator(_user: User) -> dict[str, Any]:
    people = User.objects.filter(is_active=True).exclude(role=Role.SYSTEM)
    active = dict(people.values_list("role").annotate(Count("id")).order_by())
    accounts = reverse("account-list")
    return {
        "greeting": _("Who can sign in"),
        "desks": [
            {"value": active.get(role, 0), "label": role.label, "url": f"{accounts}?role={role}"}
            for role in Role
            if role != Role.SYSTEM
        ],
    }


def _nothing(_user: User) -> dict[str, Any]:
    return {"greeting": _("Welcome")}


# Where each desk goes from an incident: pages of either side, by name.
DOORS: dict[str, tuple[tuple[str, Words], ...]] = {
    Role.CASE_WORKER: (("people-list", gettext_lazy("People")),),
    Role.SUPERVISOR: (
        ("supervision", gettext_lazy("Supervision")), ("people-list", gettext_lazy("People")),
    ),
    Role.MAIL_ROOM: (
        ("batches-list", gettext_lazy("Batches")), ("deliveries-list", gettext_lazy("Deliveries")),
    ),
    Role.PRIVACY_OFFICER: (
        ("letters", gettext_lazy("Letters and sign-off")), ("people-list", gettext_lazy("People")),
    ),
    Role.AUDITOR: (
        ("incident-history", gettext_lazy("History")), ("supervision", gettext_lazy("Supervision")),
    ),
}  # fmt: skip
DESKS: dict[str, Callable[[User], dict[str, Any]]] = {
    Role.CASE_WORKER: _case_worker,
    Role.SUPERVISOR: _supervisor,
    Role.MAIL_ROOM: _mail_room,
    Role.PRIVACY_OFFICER: _privacy_officer,
    Role.AUDITOR: _auditor,
    Role.ADMINISTRATOR: _administrator,
}


def _worklist(user: User, whose: str) -> dict[str, Any]:
    """The figures and the most urgent cards of the user's part of the list; each figure opens what it counts."""
    today = days.today()
    rows = worklist(user, today).filter(part_of(user, whose))
    counts = rows.aggregate(
        open=Count("id"),
        ownerless=Count("id", filter=Q(owner=None)),
        **{due: Count("id", filter=due_when(due, today)) for due in (OVERDUE, TODAY, WEEK)},
    )
    said: list[tuple[str, Words, dict[str, str]]] = [
        ("open", _("Open follow-ups"), {"whose": whose}),
        *((due, words, {"whose": whose, "due": due}) for due, words in DUE if due in counts),
        ("ownerless", _("Without an owner"), {"whose": DESK if whose == OURS else OWNERLESS}),
    ]
    tones = {OVERDUE: "danger", "ownerless": "warning"}
    stats = [
        {
            "value": counts[name], "label": words, "url": worklist_url(**chosen) if counts[name] else "",
            "tone": tones.get(name, "") if counts[name] else "",
        }
        for name, words, chosen in said
        if counts[name] or name != "ownerless"
    ]  # fmt: skip
    urgent = rows.select_related("owner", "incident", "exposure__person")[:STEPS_SHOWN]
    return {"stats": stats, "next_steps": cards(urgent), "worklist_url": link("worklist")}
