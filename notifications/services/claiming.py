"""Taking deliveries from the outbox: a lease by the database's clock, and a fence that only grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from breach.models import Incident
from notifications import states
from notifications.guards import CALL
from notifications.models import Delivery
from notifications.states import DeliveryState

from .allowance import hold_stage, slots

LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class Claim:
    """A delivery this worker may send, as long as nobody's fence is higher."""

    delivery_id: UUID
    fence: int
    incident_id: UUID
    person_id: UUID


def due(channel: str, incident: Incident | None = None) -> QuerySet[Delivery]:
    """What waits in the outbox of this channel and may be tried now, the oldest first.

    Where an incident's stage of release is full, only what was taken up in it before.
    """
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
    full = [pk for pk, left in slots(_incidents(rows)).items() if not left]
    return _without_new(rows, full).order_by("queued_at", "id")


@transaction.atomic
def claim(rows: QuerySet[Delivery], *, limit: int, lease: timedelta = LEASE) -> list[Claim]:
    """Claim up to `limit` of these rows; rows another worker is claiming are passed over."""
    picked = [
        row
        for chosen, most in _within_stages(rows, limit)
        for row in chosen.select_for_update(skip_locked=True, of=("self",)).values_list(
            "pk", "fence", "incident_id", "person_id"
        )[:most]
    ][:limit]
    states.DELIVERY.move_many(
        Delivery.objects.filter(pk__in=[row[0] for row in picked]),
        before=DeliveryState.QUEUED,
        after=DeliveryState.CLAIMED,
        fence=F("fence") + 1,
        lease_until=Now() + lease,
        first_claimed_at=Coalesce("first_claimed_at", Now()),
    )
    return [Claim(pk, fence + 1, incident, person) for pk, fence, incident, person in picked]


def _incidents(rows: QuerySet[Delivery]) -> list[UUID]:
    return list(
        rows.exclude(channel=CALL).order_by().values_list("incident_id", flat=True).distinct()
    )


def _without_new(rows: QuerySet[Delivery], incidents: Iterable[UUID]) -> QuerySet[Delivery]:
    """Without letters of these incidents that nobody has taken up yet."""
    return rows.exclude(~Q(channel=CALL), incident__in=incidents, first_claimed_at=None)


def _within_stages(
    rows: QuerySet[Delivery], limit: int
) -> Iterator[tuple[QuerySet[Delivery], int]]:
    """What may be taken, and how much of it: in a stage of release no more new letters than it has places."""
    staged = sorted(slots(_incidents(rows)))
    if not staged:
        yield rows, limit
        return
    hold_stage(staged)
    yield _without_new(rows, staged), limit
    for incident, left in slots(staged).items():
        yield rows.filter(incident=incident, first_claimed_at=None), min(left, limit)


def hold_still(claims: Iterable[Claim]) -> None:
    """Keep incidents and people as they are until this transaction ends.

    Every change that could make a send wrong (stop, transfer, counsel, death) updates one of these rows, so it
    comes either before or after. Always incidents first, then people, by id: no two callers can deadlock.
    """
    chosen = list(claims)
    hold_incidents(claim.incident_id for claim in chosen)
    _hold("breach_affectedperson", (claim.person_id for claim in chosen))


def hold_incidents(incidents: Iterable[UUID]) -> None:
    """Keep these incidents as they are until this transaction ends. For whoever locks people and later sends news.

    A change of policy takes its incident and then the people: in the other order the two would wait for each other.
    """
    _hold("breach_incident", incidents)


def _hold(table: str, rows: Iterable[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE id = ANY(%s::uuid[]) ORDER BY id FOR SHARE",
            [sorted({str(pk) for pk in rows})],
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
