"""Looks at identities: opening one, and searching for somebody. Each is recorded in its own transaction.

Names exist only sealed, so a search compares them in memory, portion by portion; what was typed is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from breach.access import exposures_visible_to
from breach.core import keyring, normalize, references
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Exposure, Incident, RosterRow, User
from breach.models.people import IdentifierKind

from . import audit

SHORTEST = 2
OPENED_AT_ONCE = 1000


class LookRefused(Refused):
    """There is no reason, nothing left to see, or too little to find anybody by."""


@transaction.atomic
def look_at(*, actor: User, exposure: Exposure, what: str, reason: str) -> None:
    """Record that `actor` opens `what` ("identity", "notes") of this person, before it is shown."""
    require(actor, Capability.VIEW_IDENTITY)
    if not reason.strip():
        raise LookRefused(_("Say why you need to see it; the reason goes into the history."))
    try:
        keyring.data_key(str(exposure.person_id))
    except keyring.KeyDestroyed:
        raise LookRefused(
            _("This identity was destroyed when its time was over; only the reference is left.")
        ) from None
    audit.record(
        actor=actor, action="identity.viewed", subject=exposure.person, incident=exposure.incident,
        reason=reason, what=what,
    )  # fmt: skip


@transaction.atomic
def look_at_row(*, actor: User, row: RosterRow) -> None:
    """Record that `actor` opens the cells of a roster's row, which are somebody's identity, to decide about it."""
    require(actor, Capability.IMPORT_ROSTER)
    audit.record(
        actor=actor, action="roster_row.viewed", subject=row, incident=row.roster.incident,
        roster=row.roster_id, row=row.number,
    )  # fmt: skip


@transaction.atomic
def find_people(*, actor: User, incident: Incident, text: str) -> QuerySet[Exposure]:
    """Whom of the incident this text names: a reference, an A-number, or words that begin parts of the name.

    The audit says which kind of search it was and how many it found, never the text.
    """
    require(actor, Capability.VIEW_IDENTITY)
    text = text.strip()
    if len(text) < SHORTEST:
        raise LookRefused(_("Type at least two letters, an A-number or a reference."))
    scope = exposures_visible_to(actor).filter(incident=incident)
    kind, found = _by_identifier(scope, text)
    if kind == "name":
        found = scope.filter(person__in=list(_named(scope, text)))
    audit.record(
        actor=actor, action="people.searched", subject=incident, incident=incident, by=kind,
        found=found.count(),
    )  # fmt: skip
    return found


def _by_identifier(scope: QuerySet[Exposure], text: str) -> tuple[str, QuerySet[Exposure]]:
    """The exact ways to name somebody; anything else is taken as a name."""
    try:
        number = normalize.a_number(text)
    except normalize.Unreadable:
        pass
    else:
        kind = IdentifierKind.A_NUMBER
        return "a_number", scope.filter(
            person__identifiers__kind=kind,
            person__identifiers__index__in=keyring.identifier_indexes(kind, number),
        )
    try:
        return "reference", scope.filter(person__reference=references.parse(text))
    except references.InvalidReference:
        return "name", scope.none()


def _named(scope: QuerySet[Exposure], text: str) -> Iterator[UUID]:
    """People each word of the text begins a part of whose name, aliases included."""
    words = normalize.name_key(text).split()
    columns = ("id", "family_name", "given_names", "name_as_listed", "aliases")
    people = AffectedPerson.objects.filter(
        pk__in=scope.values("person"), key__wrapped__isnull=False
    )
    ids = list(people.values_list("pk", flat=True))
    for start in range(0, len(ids), OPENED_AT_ONCE):
        portion = people.filter(pk__in=ids[start : start + OPENED_AT_ONCE]).only(*columns)
        keyring.preload(str(person.pk) for person in portion)
        for person in portion:
            parts = _parts(person)
            if words and all(any(part.startswith(word) for part in parts) for word in words):
                yield person.pk


def _parts(person: AffectedPerson) -> set[str]:
    names = [
        person.family_name,
        person.given_names,
        person.name_as_listed,
        *map(str, person.aliases),
    ]
    return {part for name in names for part in normalize.name_key(name).split()}
