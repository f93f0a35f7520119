"""One human being: the record that goes on, read together with the records that were joined to it.

A join moves nothing but a pointer (`merged_into`), so that it can be undone. Whoever asks about a person therefore
asks about all of their records; nothing is joined to a record that is itself joined to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet

from breach.models import AffectedPerson, Representation


def records_of(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """Every record of these people, their own and those joined to it, with the person it is read for."""
    asked = list(people)
    joined = AffectedPerson.objects.filter(merged_into__in=asked).values_list("pk", "merged_into")
    return {pk: pk for pk in asked} | {pk: kept for pk, kept in joined if kept is not None}


def joined_to(people: Iterable[UUID]) -> Mapping[UUID, list[AffectedPerson]]:
    """The records joined to each of these people, without what is sealed but the birth date."""
    found: dict[UUID, list[AffectedPerson]] = defaultdict(list)
    rows = AffectedPerson.objects.filter(merged_into__in=list(people)).only(
        "merged_into", "birth_date_text", "is_minor", "do_not_contact", "protected_1367",
        "died_on", "released_on", "removed_on",
    )  # fmt: skip
    for row in rows.order_by("created_at", "pk"):
        if row.merged_into_id is not None:
            found[row.merged_into_id].append(row)
    return found


def all_records(person: AffectedPerson) -> list[UUID]:
    """All records of this human being, the one that goes on first, whichever of them is given."""
    kept = person.merged_into_id or person.pk
    return list(records_of([kept]))


def representations_of(person: AffectedPerson) -> QuerySet[Representation]:
    """Who speaks or spoke for this human being, under any record."""
    return Representation.objects.filter(person__in=all_records(person))


def may_not_be_contacted(person: AffectedPerson) -> bool:
    """Whether any record of this human being says that nobody contacts them directly."""
    records = AffectedPerson.objects.filter(pk__in=all_records(person))
    return records.filter(do_not_contact=True).exists()
