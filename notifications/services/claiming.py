"""Taking deliveries from the outbox: a lease by the database's clock, and a fence that only grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from breach.models import Incident
from notifications import states
from notifications.guards import CALL
from notifications.models import Delivery
from notifications.states import DeliveryState

LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Claim:
    """A delivery this worker may send, as long as nobody's fence is higher."""

    delivery_id: UUID
    fence: int
    incident_id: UUID
    person_id: UUID


def due(channel: str, incident: Incident | None = None) -> QuerySet[Delivery]:
    """What waits in the outbox of this channel and may be tried now, the oldest first."""
    rows = Delivery.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=Now()),
        state=DeliveryState.QUEUED,
        channel=channel,
        incident__sending_stopped_at=None,
    )
    if channel != CALL:
        rows = rows.filter(artefact__isnull=False)
    if incident is not None:
        rows = rows.filter(incident=incident)
    return rows.order_by("queued_at", "id")


@transaction.atomic
def claim(rows: QuerySet[Delivery], *, limit: int, lease: timedelta = LEASE) -> list[Claim]:
    """Claim up to `limit` of these rows; rows another worker is claiming are passed over."""
    picked = list(
        rows.select_for_update(skip_locked=True, of=("self",)).values_list(
            "pk", "fence", "incident_id", "person_id"
        )[:limit]
    )
    states.DELIVERY.move_many(
        Delivery.objects.filter(pk__in=[row[0] for row in picked]),
        before=DeliveryState.QUEUED,
        after=DeliveryState.CLAIMED,
        fence=F("fence") + 1,
        lease_until=Now() + lease,
    )
    return [Claim(pk, fence + 1, incident, person) for pk, fence, incident, person in picked]


def hold_still(claims: Iterable[Claim]) -> None:
    """Keep incidents and people as they are until this transaction ends.

    Every change that could make a send wrong (stop, transfer, counsel, death) updates one of these rows, so it
    comes either before or after. Always incidents first, then people, by id: no two callers can deadlock.
    """
    chosen = list(claims)
    with connection.cursor() as cursor:
        for table, ids in (
            ("breach_incident", {str(claim.incident_id) for claim in chosen}),
            ("breach_affectedperson", {str(claim.person_id) for claim in chosen}),
        ):
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE",
                [sorted(ids)],
            )


def still_ours(claims: Sequence[Claim], state: DeliveryState) -> QuerySet[Delivery]:
    """These deliveries, locked, where they still are in this state. Compare the fences: see `unfenced`."""
    ids = [claim.delivery_id for claim in claims]
    return (
        Delivery.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, state=state)
        .order_by("pk")
    )


def unfenced(claims: Sequence[Claim], rows: Iterable[Delivery]) -> list[Delivery]:
    """Those rows nobody has claimed after us. A stale claimant writes nothing."""
    fences = {claim.delivery_id: claim.fence for claim in claims}
    return [row for row in rows if row.fence == fences[row.pk]]
