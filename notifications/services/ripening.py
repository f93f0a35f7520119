"""When paper is ripe: letters of one facility leave together; the clock waits for those being made, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from breach.models import Exposure, Incident
from breach.services import clock
from notifications.guards import HAND
from notifications.models import Delivery, Progress
from notifications.states import DeliveryState

from .claiming import due

MAX_LETTERS = 200  # in one batch
# Whichever comes first ends the waiting for a letter that may be stuck.
QUIET = timedelta(minutes=2)  # since the last letter of the group was made
LONGEST = timedelta(minutes=10)  # since the first one was


@dataclass(frozen=True)
class Group:
    """What belongs into one batch: one incident and, by hand, one facility."""

    channel: str
    incident_id: UUID
    facility_id: UUID | None = None

    def of(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        rows = rows.filter(channel=self.channel, incident=self.incident_id)
        return rows.filter(placement__facility=self.facility_id) if self.channel == HAND else rows


def groups(channel: str, incident: Incident | None = None, *, patient: bool) -> Iterator[Group]:
    """The batches that may be written now, the one that waits longest first; a patient caller waits for ripe ones."""
    by = ["incident_id", "placement__facility_id"] if channel == HAND else ["incident_id"]
    ready = (
        due(channel, incident)
        .order_by()
        .values(*by)
        .annotate(
            letters=Count("pk"), waiting_since=Min("queued_at"),
            first_made=Min("artefact__verified_at"), last_made=Max("artefact__verified_at"),
        )
        .order_by("waiting_since")
    )  # fmt: skip
    found = [
        (Group(channel, row["incident_id"], row.get("placement__facility_id")), row)
        for row in ready
    ]
    now = clock.now()
    growing = _still_growing([group for group, _row in found]) if patient else set()
    for group, row in found:
        full = row["letters"] >= MAX_LETTERS
        if full or group not in growing or _long_enough(row["first_made"], row["last_made"], now):
            yield group


def _long_enough(first_made: datetime | None, last_made: datetime | None, now: datetime) -> bool:
    """Letters nobody verified have no time; the gate refuses them at once."""
    return (
        first_made is None
        or last_made is None
        or last_made < now - QUIET
        or first_made < now - LONGEST
    )


def _still_growing(chosen: Iterable[Group]) -> set[Group]:
    """Groups some of whose letters are still to be made, or whose incident has people still to be routed."""
    incidents = {group.incident_id for group in chosen}
    routed = Progress.objects.exclude(routed_version=0).values("exposure")
    unrouted = set(
        Exposure.objects.filter(incident__in=incidents, person__merged_into=None)
        .exclude(pk__in=routed)
        .values_list("incident_id", flat=True)
    )
    unmade = set(
        Delivery.objects.filter(
            Q(incident__in=incidents), state=DeliveryState.QUEUED, artefact=None
        ).values_list("channel", "incident_id", "placement__facility_id")
    )
    places = {(channel, incident) for channel, incident, _facility in unmade}
    return {
        group
        for group in chosen
        if group.incident_id in unrouted
        or (
            (group.channel, group.incident_id, group.facility_id) in unmade
            if group.channel == HAND
            else (group.channel, group.incident_id) in places
        )
    }
