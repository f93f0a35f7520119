"""Stop beats send: the lock a sender also asks for, and the version that makes prepared letters be looked at again.

Every verb that can change who is told, or how, takes the person first, changes, and calls `reroute`, all in one
transaction. A sender holds the same row shared while it commits to send, so one of the two is always first.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q, QuerySet

from breach.models import AffectedPerson


def locked_person(pk: UUID) -> AffectedPerson:
    """The person as of now, locked until the transaction ends, with the record it was joined to: that one is told."""
    people = AffectedPerson.objects.filter(Q(pk=pk) | Q(pk__in=_kept([pk])))
    locked = {person.pk: person for person in people.select_for_update().order_by("pk")}
    if pk not in locked:
        raise AffectedPerson.DoesNotExist
    return locked[pk]


def locked_people(people: QuerySet[AffectedPerson]) -> list[AffectedPerson]:
    """Many people, locked in one order, so that two callers never wait for each other."""
    ids = set(people.values_list("pk", flat=True))
    rows = AffectedPerson.objects.filter(Q(pk__in=ids) | Q(pk__in=_kept(ids)))
    return [row for row in rows.select_for_update().order_by("pk") if row.pk in ids]


def reroute(*people: AffectedPerson) -> None:
    """Have these people's routes decided anew, and those of the records they were joined to. With the people locked."""
    ids = [person.pk for person in people]
    AffectedPerson.objects.filter(Q(pk__in=ids) | Q(pk__in=_kept(ids))).update(
        routing_version=F("routing_version") + 1
    )


def _kept(ids: Collection[UUID]) -> QuerySet[AffectedPerson, UUID | None]:
    joined = AffectedPerson.objects.filter(pk__in=ids, merged_into__isnull=False)
    return joined.values_list("merged_into", flat=True)
