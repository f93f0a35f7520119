"""Stop beats send: the lock a sender also asks for, and the version that makes prepared letters be looked at again.

Every verb that can change who is told, or how, takes the person first, changes, and calls `reroute`, all in one
transaction. A sender holds the same row shared while it commits to send, so one of the two is always first.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, QuerySet

from breach.models import AffectedPerson


def locked_person(pk: UUID) -> AffectedPerson:
    """The person as of now, locked until the transaction ends."""
    return AffectedPerson.objects.select_for_update().get(pk=pk)


def locked_people(people: QuerySet[AffectedPerson]) -> list[AffectedPerson]:
    """Many people, locked in one order, so that two callers never wait for each other."""
    ids = list(people.values_list("pk", flat=True))
    return list(AffectedPerson.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def reroute(*people: AffectedPerson) -> None:
    """Have these people's routes decided anew. Call it with the people locked."""
    ids = [person.pk for person in people]
    AffectedPerson.objects.filter(pk__in=ids).update(routing_version=F("routing_version") + 1)
