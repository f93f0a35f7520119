"""Who a row is about: a new person, one we know, or a conflict for somebody to decide. Nothing is written here.

A row is matched by its A-number, unless name or birth date contradict it; without A-numbers, when name, birth date,
nationality and place all agree with exactly one person. Everything weaker is a new person and, where they look
alike, a pair for review (`breach.core.similarity`).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from sys import intern

from django.db.models import Prefetch

from breach.core import keyring
from breach.core.normalize import name_key
from breach.core.similarity import (
    Candidate,
    Features,
    birth_dates_contradict,
    candidates,
    names_contradict,
)
from breach.models import AffectedPerson, Facility, Identifier, Placement
from breach.models.people import IdentifierKind
from breach.models.rosters import RowOutcome

from .rosters_columns import Column
from .rosters_reading import HOLD, NOTE, REJECT, Entry, Problem

KNOWN_AT_ONCE = 1000
Likeness = tuple[str, str, object, str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a row. `person` is the id of the matched person, or the id a new one will get."""

    outcome: str
    person: uuid.UUID | None = None
    facility: Facility | None = None


class Facilities:
    """Facilities by code and by name, as lists write them."""

    def __init__(self) -> None:
        self.by_code: dict[str, Facility] = {}
        self.by_name: defaultdict[str, list[Facility]] = defaultdict(list)
        for facility in Facility.objects.all():
            self.by_code[facility.code.casefold()] = facility
            self.by_name[name_key(facility.name)].append(facility)

    def find(self, entry: Entry, columns: dict[str, str]) -> Facility | None:
        """The facility of a row by code, else by name; otherwise none, with a problem that says why."""
        if facility := self.by_code.get(entry.facility_code.casefold()):
            return facility
        named = self.by_name.get(name_key(entry.facility_name), [])
        if len(named) == 1:
            return named[0]
        column = Column.FACILITY if Column.FACILITY in columns else Column.FACILITY_CODE
        listed = entry.facility_code or entry.facility_name
        code = "facility_two" if named else "facility_unknown" if listed else "facility_missing"
        entry.problems.append(Problem(code, NOTE, columns.get(column, "")))
        return None


class Matcher:
    """Decides row after row; remembers what it decided, so that rows of one file meet each other.

    Holds a few hundred bytes per person, equal words once: all that grows with the file.
    """

    def __init__(self, columns: dict[str, str]) -> None:
        self.columns = columns
        self.facilities = Facilities()
        self.known = list(known_people())
        self.fresh: list[Features] = []
        self._by_a_number = {record.a_number: record for record in self.known if record.a_number}
        self._alike: defaultdict[Likeness, list[Features]] = defaultdict(list)
        for record in self.known:
            self._alike[_likeness(record)].append(record)
        self._fresh_ids: set[str] = set()

    def decide(self, entry: Entry) -> Decision:
        if entry.has(REJECT):
            return Decision(RowOutcome.REJECTED)
        facility = self.facilities.find(entry, self.columns)
        record = features_of(entry, facility)
        match = self._same_number(entry, record) or (
            not entry.has(HOLD) and self._same_values(entry, record)
        )
        if entry.has(HOLD):
            return Decision(RowOutcome.CONFLICT)
        if match:
            return Decision(RowOutcome.MATCHED, uuid.UUID(match.id), facility)
        self._remember(record)
        return Decision(RowOutcome.NEW, uuid.UUID(record.id), facility)

    def pairs(self) -> list[Candidate]:
        """The new people who look like somebody else, known or new; asked after the last row."""
        return candidates(self.known, self.fresh)

    def _same_number(self, entry: Entry, record: Features) -> Features | None:
        known = self._by_a_number.get(record.a_number) if record.a_number else None
        if known and (
            names_contradict(known, record)
            or birth_dates_contradict(known.birth_date, record.birth_date)
        ):
            column = self.columns.get(Column.A_NUMBER, "")
            entry.problems.append(Problem("a_number_other_person", HOLD, column, known.id))
            return None
        return known

    def _same_values(self, entry: Entry, record: Features) -> Features | None:
        """The one person with the same name, birth date, nationality and place, unless two numbers speak against."""
        if not (
            record.birth_date
            and record.nationality
            and record.facility
            and record.family
            and record.given
        ):
            return None
        alike = {
            known.id: known
            for known in self._alike.get(_likeness(record), [])
            if self._may_be_one(known, record)
        }
        if len(alike) > 1:
            entry.problems.append(Problem("several_fit", HOLD))
        return next(iter(alike.values()), None)

    def _may_be_one(self, known: Features, record: Features) -> bool:
        if known.a_number and record.a_number:
            return False
        # Within one file a row with and a row without a number are shown for review instead.
        return known.id not in self._fresh_ids or not (known.a_number or record.a_number)

    def _remember(self, record: Features) -> None:
        self.fresh.append(record)
        self._fresh_ids.add(record.id)
        self._alike[_likeness(record)].append(record)
        if record.a_number:
            self._by_a_number[record.a_number] = record


def features_of(entry: Entry, facility: Facility | None) -> Features:
    """What of a row is compared, under the id its person would get."""
    return Features(
        id=str(uuid.uuid4()),
        family=intern(name_key(entry.name.family)),
        given=intern(name_key(entry.name.given)),
        birth_date=entry.birth_date,
        a_number=entry.a_number,
        nationality=intern(entry.nationality),
        facility=intern(str(facility.pk)) if facility else "",
    )


def known_people() -> Iterator[Features]:
    """Everybody on file, once per A-number, opened in portions; shredded records are left out.

    The numbers of a record that was joined to another are that one's.
    """
    numbers = Prefetch("identifiers", Identifier.objects.filter(kind=IdentifierKind.A_NUMBER))
    theirs = Prefetch("merged_from__identifiers", numbers.queryset)
    stays = Prefetch("placements", Placement.objects.filter(period__upper_inf=True))
    people = (
        AffectedPerson.objects.filter(merged_into=None, key__wrapped__isnull=False)
        .order_by("pk")
        .prefetch_related(numbers, theirs, stays)
    )
    last: uuid.UUID | None = None
    while portion := list((people.filter(pk__gt=last) if last else people)[:KNOWN_AT_ONCE]):
        last = portion[-1].pk
        keyring.preload(str(person.pk) for person in portion)
        for person in portion:
            records = [person, *person.merged_from.all()]
            for number in [
                identifier.value for record in records for identifier in record.identifiers.all()
            ] or [""]:
                yield _features_of_person(person, number)
        keyring.forget()


def _features_of_person(person: AffectedPerson, a_number: str) -> Features:
    stay = next(iter(person.placements.all()), None)
    return Features(
        id=str(person.pk),
        family=intern(name_key(person.family_name)),
        given=intern(name_key(person.given_names)),
        birth_date=person.birth_date,
        a_number=a_number,
        nationality=intern(person.nationality or ""),
        facility=intern(str(stay.facility_id)) if stay else "",
    )


def _likeness(record: Features) -> Likeness:
    return (record.family, record.given, record.birth_date, record.nationality, record.facility)
