"""How many more deliveries of an incident may be taken from the outbox in its stage of release."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from notifications.guards import CALL
from notifications.models import Delivery, Stage
from notifications.models.stages import STAGES


def limit_of(incident_id: UUID) -> tuple[int, int | None]:
    """The number of the incident's stage, from 0, and how many may leave in it; none: all."""
    newest = Stage.objects.filter(incident=incident_id).order_by("-number").first()
    return (newest.number, newest.limit) if newest else (0, STAGES[0])


def slots(incidents: Collection[UUID]) -> dict[UUID, int]:
    """Deliveries that may still be taken, by incident; incidents past the last stage are left out."""
    limits = {pk: limit for pk in incidents if (limit := limit_of(pk)[1]) is not None}
    if not limits:
        return {}
    taken = dict(
        taken_in(Delivery.objects.filter(incident__in=limits))
        .order_by()
        .values_list("incident")
        .annotate(Count("pk"))
    )
    return {pk: max(limit - taken.get(pk, 0), 0) for pk, limit in limits.items()}


def taken_in(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those that a worker has ever taken up: whatever became of them, they used their place in the stage."""
    return rows.filter(first_claimed_at__isnull=False).exclude(channel=CALL)


def hold_stage(incidents: Collection[UUID]) -> None:
    """Let nobody else take from these incidents, or raise their stage, until this transaction ends."""
    with connection.cursor() as cursor:
        for incident in sorted(map(str, incidents)):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"stage:{incident}"]
            )
