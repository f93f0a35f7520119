"""Numbers of an incident: the funnel, by every dimension shown, and what is overdue. Each opens the list behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from breach.core.agency import agency_zone
from breach.core.codes import language_name
from breach.models import Exposure, FollowUp, FollowUpKind, Incident, RosterRow
from notifications.models import Attempt, Delivery, Notification, Progress
from notifications.states import DeliveryState, NotificationState

# Between the clock of whoever says when a call was and ours: what is typed has no seconds either.
CLOCKS_DIFFER = timedelta(minutes=5)
# Dimension -> (column counted by, column that names it).
DIMENSIONS: dict[str, tuple[str, str]] = {
    "facility": ("facility_id", "facility__name"),
    "language": ("language", "language"),
    "channel": ("channel", "channel"),
    "firm": ("firm_id", "firm__name"),
}


@dataclass(frozen=True)
class FunnelRow:
    """One line of a funnel: a value of the dimension and its people by state. `total` is their sum."""

    key: str
    label: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def notified(self) -> int:
        return self.counts[NotificationState.NOTIFIED]


@dataclass(frozen=True)
class JobProgress:
    """How far a run is: people routed, letters made, deliveries sent, duties proven, and what still waits."""

    people: int
    routed: int
    letters: int
    made: int
    sent: int
    proven: int
    waiting_to_send: int

    @property
    def is_working(self) -> bool:
        return self.routed < self.people or self.made < self.letters or self.waiting_to_send > 0


@dataclass(frozen=True)
class Alarms:
    """Counts a supervisor must see."""

    overdue: int = 0
    returned: int = 0
    ambiguous: int = 0
    failed: int = 0
    unassigned: int = 0
    removed_untold: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def funnel(incident: Incident, among: QuerySet[Exposure] | None = None) -> dict[str, int]:
    """People by state, every state named. Exposures never prepared count as pending, so it sums to all of them.

    With `among`, only these people are counted.
    """
    counts = dict.fromkeys(NotificationState.values, 0)
    placed, waiting = Progress.objects.filter(incident=incident), unprepared(incident)
    if among is not None:
        placed = placed.filter(exposure__in=among)
        waiting = waiting.filter(pk__in=among.values("pk"))
    counts.update(_states(placed))
    counts[NotificationState.PENDING] += waiting.count()
    return counts


def notice_since(exposure_id: UUID, reached: str) -> datetime | None:
    """From when on a call with whoever was `reached` proves notice; None as long as none is prepared for them.

    For settings.NOTICE_SINCE (decision 28).
    """
    live = Notification.objects.filter(exposure=exposure_id, recipient_role=reached).exclude(
        state=NotificationState.WITHDRAWN
    )
    prepared: datetime | None = live.values_list("created_at", flat=True).first()
    return prepared - CLOCKS_DIFFER if prepared else None


def unprepared(incident: Incident) -> QuerySet[Exposure]:
    """Exposures that have no place in the funnel yet: nobody ran `prepare` since they were imported."""
    placed = Progress.objects.filter(incident=incident).values("exposure")
    return Exposure.objects.filter(incident=incident).exclude(pk__in=placed)


def funnel_by(incident: Incident, dimension: str) -> list[FunnelRow]:
    """The funnel of each value of a dimension, the largest first. Raises KeyError for an unknown dimension."""
    column, label = DIMENSIONS[dimension]
    table: dict[str, FunnelRow] = {}
    counted = (
        Progress.objects.filter(incident=incident)
        .values(column, label, "state")
        .annotate(people=Count("pk"))
        .order_by()
    )
    for row in counted:
        key = str(row[column] or "")
        line = table.setdefault(
            key,
            FunnelRow(
                key, _label(dimension, row[label]), dict.fromkeys(NotificationState.values, 0)
            ),
        )
        line.counts[row["state"]] += row["people"]
    return sorted(table.values(), key=lambda line: (-line.total, line.label))


def _label(dimension: str, name: Any) -> str:
    if dimension == "language" and name:
        return language_name(str(name))
    return str(name or "")


def _states(rows: QuerySet[Progress]) -> dict[str, int]:
    return dict(rows.values_list("state").annotate(people=Count("pk")).order_by())


def job_progress(incident: Incident) -> JobProgress:
    """Figures for the progress bar of a run. Letters only: a call is somebody's next action."""
    deliveries = Delivery.objects.filter(incident=incident).exclude(channel="call")
    states = dict(deliveries.values_list("state").annotate(n=Count("pk")).order_by())
    unsent = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)
    live = sum(n for state, n in states.items() if state != DeliveryState.CANCELLED)
    unmade = deliveries.filter(state=DeliveryState.QUEUED, artefact=None).count()
    waiting = sum(states.get(state, 0) for state in unsent)
    return JobProgress(
        people=Exposure.objects.filter(incident=incident).count(),
        # A place that was only released has version 0: the tick has not routed it yet.
        routed=Progress.objects.filter(incident=incident, routed_version__gt=0).count(),
        letters=live,
        made=live - unmade,
        sent=live - waiting,
        proven=Notification.objects.filter(
            incident=incident, state=NotificationState.NOTIFIED
        ).count(),
        waiting_to_send=waiting,
    )


def tried_and_waiting(incident: Incident) -> dict[str, int]:
    """Deliveries that could not leave yet and are tried again later, by what the last attempt met."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-fence").values("detail")[:1]
    return dict(
        Delivery.objects.filter(incident=incident, state=DeliveryState.QUEUED)
        .annotate(met=Subquery(last))
        .exclude(met=None)
        .values_list("met")
        .annotate(n=Count("pk"))
        .order_by()
    )


def notified_by_day(incident: Incident) -> list[tuple[Any, int]]:
    """People told per day of proof, for the burn-up."""
    return list(
        Notification.objects.filter(
            incident=incident, state=NotificationState.NOTIFIED, is_required=True
        )
        .annotate(day=TruncDate("notified_at", tzinfo=agency_zone()))
        .values_list("day")
        .annotate(people=Count("exposure", distinct=True))
        .order_by("day")
    )


def open_follow_ups(incident: Incident) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(incident=incident, state="open")


def alarms(incident: Incident, today: Any) -> Alarms:
    """What is late, came back, is unknown or has no owner. `today` is the database's date."""
    waiting = open_follow_ups(incident)
    numbers = waiting.aggregate(
        overdue=Count("pk", filter=Q(due_on__lt=today)),
        unassigned=Count("pk", filter=Q(owner=None) | Q(owner__is_active=False)),
    )
    kinds = alarms_by_kind(incident)
    return Alarms(
        overdue=numbers["overdue"],
        unassigned=numbers["unassigned"],
        returned=kinds.get(FollowUpKind.RETURNED, 0) + kinds.get(FollowUpKind.REFUSED, 0),
        ambiguous=Delivery.objects.filter(incident=incident, state=DeliveryState.AMBIGUOUS).count(),
        failed=kinds.get(FollowUpKind.SEND_FAILED, 0),
        removed_untold=kinds.get(FollowUpKind.REMOVED_UNTOLD, 0),
        kinds=kinds,
    )


def alarms_by_kind(incident: Incident) -> dict[str, int]:
    """Open next actions by kind."""
    return dict(open_follow_ups(incident).values_list("kind").annotate(n=Count("pk")).order_by())


def roster_rows(incidents: Iterable[Incident]) -> int:
    """Data rows of all committed rosters."""
    return RosterRow.objects.filter(
        roster__incident__in=list(incidents), roster__status="committed"
    ).count()
