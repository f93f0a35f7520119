"""The supervisor's desk: the funnel by every dimension, what waits for somebody, and who gets it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import follow_ups_visible_to
from breach.core.roles import Capability, can
from breach.models import FollowUpKind, Incident, User
from breach.models.followups import FollowUpState
from breach.queries import most_urgent_first
from breach.services import clock, followups
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import incident_or_404, page_of, user_of
from notifications import queries
from notifications.queries import Alarms, FunnelRow
from notifications.rendering.charts import BurnUp, burn_up
from notifications.states import DeliveryState, NotificationState

from .filters import CLOSED_STATES, NONE, OPEN, RETURNED, FollowUpFilter, dimension_label
from .forms import AssignForm
from .funnel import funnel_rows, people_url

SHOWN = 8  # bars of a dimension on the overview
DIMENSION_TITLES = {
    "facility": gettext_lazy("By facility"),
    "language": gettext_lazy("By language"),
    "channel": gettext_lazy("By channel"),
    "firm": gettext_lazy("By law firm"),
}
DIMENSION_NOUNS = {
    "facility": gettext_lazy("Facility"),
    "language": gettext_lazy("Language"),
    "channel": gettext_lazy("Channel"),
    "firm": gettext_lazy("Law firm"),
}
COLUMNS = (
    NotificationState.PENDING, NotificationState.READY, NotificationState.UNDERWAY, NotificationState.NOTIFIED,
    NotificationState.UNREACHABLE, NotificationState.WITHDRAWN,
)  # fmt: skip


@require_safe
@capability(Capability.SUPERVISE)
def supervision(request: HttpRequest, slug: str) -> HttpResponse:
    incident, user = incident_or_404(request, slug), user_of(request)
    today = clock.today()
    alarms = queries.alarms(incident, today)
    rows = funnel_rows(incident, user)
    context = {
        "incident": incident,
        "figures": _figures(incident, alarms),
        "funnel": rows,
        "everyone_url": people_url(incident),
        "dimensions": [_overview(incident, name) for name in DIMENSION_TITLES],
        "burn_up": _burn_up(incident, sum(row["value"] for row in rows)),
        "kinds": waiting_kinds(incident, alarms),
        "may_notify": can(user, Capability.NOTIFY),
    }
    return render(request, "notifications/supervision.html", context)


@require_safe
@capability(Capability.SUPERVISE)
def supervision_by(request: HttpRequest, slug: str, dimension: str) -> HttpResponse:
    """Every value of one dimension with its people by state; each number opens its list."""
    incident = incident_or_404(request, slug)
    if dimension not in DIMENSION_TITLES:
        raise Http404
    lines = queries.funnel_by(incident, dimension)
    context = {
        "incident": incident,
        "title": DIMENSION_TITLES[dimension],
        "noun": DIMENSION_NOUNS[dimension],
        "states": [NotificationState(state) for state in COLUMNS],
        "lines": [_line(incident, dimension, line) for line in lines],
        "total": sum(line.total for line in lines),
        "missing": queries.unprepared(incident).count(),
    }
    return render(request, "notifications/supervision_by.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.SUPERVISE)
def supervision_follow_ups(request: HttpRequest, slug: str) -> HttpResponse:
    """Open next actions by reason, desk, owner and date; the chosen ones can be handed to somebody."""
    incident, user = incident_or_404(request, slug), user_of(request)
    open_now = follow_ups_visible_to(user).filter(incident=incident, state=FollowUpState.OPEN)
    form = AssignForm(sent_by(request), follow_ups=open_now)
    if carried_out(request, form, lambda: _assign(request, user, form)):
        return redirect(request.get_full_path())
    rows = open_now.select_related("exposure__person", "owner", "roster")
    found = FollowUpFilter(request.GET or None, queryset=most_urgent_first(rows, clock.today()))
    context = {
        "incident": incident,
        "filter": found,
        "page_obj": page_of(request, found.qs),
        "form": form,
        "chosen": form["follow_up"].value() or (),  # an error elsewhere takes no tick away
        "may_assign": can(user, Capability.ASSIGN),
    }
    return render(request, "notifications/supervision_follow_ups.html", context)


def _assign(request: HttpRequest, user: User, form: AssignForm) -> None:
    chosen = form.cleaned_data["owner"]
    owner = None if chosen == NONE else User.objects.get(pk=chosen)
    given = followups.assign(actor=user, follow_ups=form.cleaned_data["follow_up"], owner=owner)
    said = ngettext("%(n)d follow-up has a new owner.", "%(n)d follow-ups have a new owner.", given)
    messages.success(request, said % {"n": given})


def follow_ups_url(incident: Incident, **filters: str) -> str:
    """The list of the open follow-ups that match."""
    url = reverse("supervision-follow-ups", kwargs={"slug": incident.slug})
    return f"{url}?{urlencode(filters)}"


def _figures(incident: Incident, alarms: Alarms) -> list[dict[str, Any]]:
    deliveries = reverse("deliveries-list", kwargs={"slug": incident.slug})
    figures = [
        (_("Overdue"), alarms.overdue, follow_ups_url(incident, due="overdue"), "danger"),
        (_("Came back or refused"), alarms.returned,
         follow_ups_url(incident, kind=RETURNED), "danger"),
        (_("Outcome unknown"), alarms.ambiguous,
         f"{deliveries}?state={DeliveryState.AMBIGUOUS}", "warning"),
        (_("Sending failed"), alarms.failed, follow_ups_url(incident, kind=FollowUpKind.SEND_FAILED), "warning"),
        (_("Without owner"), alarms.unassigned, follow_ups_url(incident, owner=NONE), "warning"),
        (_("Removed before notice"), alarms.removed_untold,
         follow_ups_url(incident, kind=FollowUpKind.REMOVED_UNTOLD), "danger"),
    ]  # fmt: skip
    return [
        {"label": label, "value": value, "url": url if value else "", "tone": tone if value else ""}
        for label, value, url, tone in figures
    ]


def _overview(incident: Incident, dimension: str) -> dict[str, Any]:
    """The values with most people still to be told."""
    lines = [_line(incident, dimension, line) for line in queries.funnel_by(incident, dimension)]
    waiting = sorted((line for line in lines if line["open"]), key=lambda line: -line["open"])
    return {
        "title": DIMENSION_TITLES[dimension],
        "url": reverse("supervision-by", kwargs={"slug": incident.slug, "dimension": dimension}),
        "bars": [
            {"label": line["label"], "value": line["open"], "url": line["open_url"]}
            for line in waiting[:SHOWN]
        ],
        "more": max(len(waiting) - SHOWN, 0),
    }


def _line(incident: Incident, dimension: str, line: FunnelRow) -> dict[str, Any]:
    here = {dimension: line.key or NONE}
    return {
        "label": dimension_label(dimension, line.key, line.label),
        "total": line.total,
        "url": people_url(incident, **here),
        "open": line.total - sum(line.counts[state] for state in CLOSED_STATES),
        "open_url": people_url(incident, state=OPEN, **here),
        "cells": [
            (
                NotificationState(state).label,
                line.counts[state],
                people_url(incident, state=state, **here),
            )
            for state in COLUMNS
        ],
        "share": 100 * line.notified / line.total if line.total else 0,
    }


def _burn_up(incident: Incident, total: int) -> BurnUp:
    return burn_up(queries.notified_by_day(incident), total, clock.today())


def waiting_kinds(incident: Incident, alarms: Alarms) -> list[dict[str, Any]]:
    """Open follow-ups by reason, the most frequent first; each number opens its list."""
    found = sorted(alarms.kinds.items(), key=lambda pair: -pair[1])
    return [
        {
            "label": FollowUpKind(kind).label,
            "value": number,
            "url": follow_ups_url(incident, kind=kind),
        }
        for kind, number in found
    ]
