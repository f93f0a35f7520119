"""Looks at people: opening parts of a file, a roster's row, and searching for somebody. Each is recorded and counted.

Names exist only sealed, so a search compares them in memory, portion by portion; what was typed is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import QuerySet, TextChoices, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from breach.access import exposures_visible_to
from breach.core import keyring, normalize, references
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Exposure, Incident, RosterRow, User
from breach.models.people import IdentifierKind

from . import audit
from .audit import Happening
from .budgets import counted

SHORTEST = 2
SHORTEST_REASON, LONGEST_REASON = 10, 200
OPENED_AT_ONCE = 2000
NAMES = ("family_name", "given_names", "name_as_listed", "aliases")


class Part(TextChoices):
    """What of a file opens on its own. Lists and headers show none of it."""

    IDENTITY = "identity", gettext_lazy("Who it is: names, birth date, numbers, nationality")
    WHEREABOUTS = "whereabouts", gettext_lazy("Where: custody, release, removal")
    CONTACTS = "contacts", gettext_lazy("Contacts: addresses, phones, guardian, notes of the log")
    DISCLOSURES = "disclosures", gettext_lazy("Disclosures: names and addresses of the recipients")


class ReasonToLook(TextChoices):
    """Why somebody opens a file. Words of one's own only where none of these fits."""

    CALL = "call", gettext_lazy("To call or meet the person")
    CHECK = "check", gettext_lazy("To check who this is")
    CORRECT = "correct", gettext_lazy("To correct the record")
    COUNSEL = "counsel", gettext_lazy("To answer the attorney")
    DELIVER = "deliver", gettext_lazy("To settle a delivery")
    OTHER = "other", gettext_lazy("For another reason, in my own words")


class LookRefused(Refused):
    """There is no reason, nothing left to see, or too little to find anybody by."""


def look_at(
    *, actor: User, exposure: Exposure, parts: Sequence[str], reason: str, words: str = ""
) -> None:
    """Record that `actor` opens these parts of one person's file, before they are shown. It counts as one opening.

    Raises LookRefused, BudgetSpent and NotRecorded, and Exposure.DoesNotExist for whom the actor may not see.
    """
    look_at_all(actor=actor, exposures=[exposure], parts=parts, reason=reason, words=words)


def look_at_all(
    *, actor: User, exposures: Sequence[Exposure], parts: Sequence[str], reason: str, words: str = ""
) -> None:  # fmt: skip
    """As look_at, for several people of one incident who are shown together; each of them counts."""
    require(actor, Capability.VIEW_IDENTITY)
    why = _why(reason, words)
    wanted = [Part(part) for part in Part.values if part in parts]
    if not wanted or len(wanted) != len(set(parts)):
        raise LookRefused(_("Choose what you need to see."))
    with counted(actor=actor, incident=exposures[0].incident, openings=len(exposures)):
        visible = exposures_visible_to(actor).filter(pk__in=[one.pk for one in exposures])
        if visible.count() != len(exposures):
            raise Exposure.DoesNotExist
        for exposure in exposures:
            _still_readable(exposure.person_id)
        happenings = [
            # A file that is opened counts once, however many of its parts are shown.
            Happening(
                "identity.viewed",
                exposure.person,
                {"what": part, "counts": int(part == wanted[0])},
                why,
            )
            for exposure in exposures
            for part in wanted
        ]
        audit.record_many(actor=actor, incident=exposures[0].incident, happenings=happenings)


def look_at_row(*, actor: User, row: RosterRow) -> None:
    """Record that `actor` opens the cells of a roster's row, which are somebody's identity, to decide about it."""
    require(actor, Capability.IMPORT_ROSTER)
    with counted(actor=actor, incident=row.roster.incident):
        audit.record(
            actor=actor, action="roster_row.viewed", subject=row, incident=row.roster.incident,
            roster=row.roster_id, row=row.number,
        )  # fmt: skip


def find_people(*, actor: User, incident: Incident, text: str) -> QuerySet[Exposure]:
    """Whom of the incident this text names: a reference, an A-number, or words that begin parts of the name.

    The audit says which kind of search it was and how many it found, never the text.
    """
    require(actor, Capability.VIEW_IDENTITY)
    text = text.strip()
    if len(text) < SHORTEST:
        raise LookRefused(_("Type at least two letters, an A-number or a reference."))
    with counted(actor=actor, incident=incident):
        scope = exposures_visible_to(actor).filter(incident=incident)
        kind, found = _by_identifier(scope, text)
        if kind == "name":
            found = scope.filter(person__in=list(named(scope, text)))
        audit.record(
            actor=actor, action="people.searched", subject=incident, incident=incident, by=kind,
            found=found.count(),
        )  # fmt: skip
    return found


def named(scope: QuerySet[Exposure], text: str) -> Iterator[str]:
    """People each word of the text begins a part of whose name, aliases included. Nothing opened here is kept.

    One query brings the sealed columns and the wrapped key together, and no rows are made of them: at a hundred
    thousand people that is most of what a search costs.
    """
    words = [f" {word}" for word in normalize.name_key(text).split()]
    if not words:
        return
    fields = [AffectedPerson._meta.get_field(name) for name in NAMES]
    rows = (
        AffectedPerson.objects.filter(pk__in=scope.values("person"), key__wrapped__isnull=False)
        .annotate(owner=Cast("pk", TextField()))
        .values_list("owner", "key__wrapped", *NAMES)
        .order_by()
    )
    unwrapper = keyring.Unwrapper()
    for owner, wrapped, *sealed in rows.iterator(OPENED_AT_ONCE):
        key = unwrapper.open(owner, bytes(wrapped))
        opened = [
            field.open_with(key, owner, value)  # type: ignore[union-attr]  # sealed fields
            for field, value in zip(fields, sealed, strict=True)
        ]
        name = _spoken(opened)
        if all(word in name for word in words):
            yield owner


def _why(reason: str, words: str) -> str:
    """What goes into the history: the code of the list, or the words of whoever looks."""
    if reason == ReasonToLook.OTHER:
        said = " ".join(words.split())
        if len(said) < SHORTEST_REASON:
            raise LookRefused(
                _("Say in a few words why you need to see it, and write no names: it stays in the history.")
            )  # fmt: skip
        return said[:LONGEST_REASON]
    if reason not in ReasonToLook.values:
        raise LookRefused(_("Say why you need to see it; the reason goes into the history."))
    return reason


def _still_readable(person_id: UUID) -> None:
    try:
        keyring.data_key(str(person_id))
    except keyring.KeyDestroyed:
        raise LookRefused(
            _("This identity was destroyed when its time was over; only the reference is left.")
        ) from None


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


def _spoken(values: Iterable[str | list[object] | None]) -> str:
    """Every part of every name in its form for comparing, each after a space."""
    names: list[str] = []
    for value in values:
        names += map(str, value) if isinstance(value, list) else [value or ""]
    return f" {normalize.name_key(' '.join(names))}"
