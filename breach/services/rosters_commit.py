"""Writing what rows say: people, where they are, who speaks for them, what was exposed, the next action.

Everything goes in bulk, portion by portion. For somebody already on file only what is missing is added; what
differs is never overwritten but becomes a problem of the row and a follow-up.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Model
from django.utils.translation import override

from breach.core import crypto, keyring
from breach.core.agency import agency_day
from breach.core.dates import is_minor
from breach.core.deadlines import add_business_days
from breach.core.references import new_reference
from breach.models import (
    AffectedPerson,
    DataElement,
    Exposure,
    Facility,
    FollowUpKind,
    Identifier,
    PersonKey,
    PersonLanguage,
    Placement,
    Representation,
    Roster,
    RosterRow,
    User,
)
from breach.models.people import IdentifierKind
from breach.models.representation import AppearanceEvidence, RepresentationStatus
from breach.models.rosters import RowOutcome
from breach.one_human import records_of
from breach.reasons import Reason

from . import audit, followups
from .copying import copy_in
from .risks import risk_of
from .rosters_columns import Column
from .rosters_counsel import CounselBook
from .rosters_matching import Decision
from .rosters_reading import NOTE, Counsel, Entry, Problem, elements_of, sentence

PREPARE_DAYS = 2  # business days
QUESTION_DAYS = 3
# Those first that others point to.
IN_ORDER: tuple[type[Model], ...] = (
    AffectedPerson, PersonKey, Identifier, PersonLanguage, Placement, Representation, Exposure,
)  # fmt: skip
MARK_ROWS = """
    UPDATE breach_rosterrow AS row SET outcome = said.outcome, person_id = said.person, problems = said.problems
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::jsonb[]) AS said (id, outcome, person, problems)
    WHERE row.id = said.id
"""
# Problems that somebody must settle for the person to be reached, and whose work that is.
QUESTIONS = {
    "facility_missing": FollowUpKind.NO_ROUTE,
    "facility_unknown": FollowUpKind.NO_ROUTE,
    "facility_two": FollowUpKind.NO_ROUTE,
    "facility_differs": FollowUpKind.NO_ROUTE,
    "protected_unclear": FollowUpKind.NO_ROUTE,
    "counsel_claimed": FollowUpKind.DISPUTED_COUNSEL,
    "counsel_appeared": FollowUpKind.DISPUTED_COUNSEL,
    "counsel_differs": FollowUpKind.DISPUTED_COUNSEL,
    "counsel_former": FollowUpKind.DISPUTED_COUNSEL,
    "eoir_id_two_names": FollowUpKind.DISPUTED_COUNSEL,
}


@dataclass(slots=True)
class StagedRow:
    """A row with what was read and decided."""

    row: RosterRow
    entry: Entry
    decision: Decision


@dataclass(slots=True)
class OnFile:
    """What is on file for one person and must not be doubled."""

    person: AffectedPerson
    numbers: int = 0
    facility: uuid.UUID | None = None
    ever_placed: bool = False
    languages: int = 0
    counsel: set[uuid.UUID] = field(default_factory=set)
    claimed: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)  # attorney, representation
    former: set[uuid.UUID] = field(default_factory=set)
    exposure: uuid.UUID | None = None


class Intake:
    """Writes portions of rows of one roster, inside the caller's transaction."""

    def __init__(self, *, actor: User, roster: Roster, today: date) -> None:
        self.actor, self.roster, self.incident, self.today = actor, roster, roster.incident, today
        self.as_of = (
            roster.as_of or self.incident.extract_as_of or agency_day(self.incident.occurred_at)
        )
        self.book = CounselBook()
        self.problems: Counter[str] = Counter()
        self.source = f"roster {roster.pk}"
        self._due = {days: add_business_days(today, days) for days in (PREPARE_DAYS, QUESTION_DAYS)}

    def write(self, portion: Sequence[StagedRow]) -> None:
        self._made: dict[type[Model], list[Model]] = {}
        self._actions: list[followups.NextAction] = []
        self._happenings: list[audit.Happening] = []
        self._touched: set[uuid.UUID] = set()
        self._protected: set[uuid.UUID] = set()
        self._doubted: set[uuid.UUID] = set()
        on_file = self._on_file(portion)
        for staged in portion:
            person = staged.decision.person
            if person is not None:
                if staged.decision.outcome == RowOutcome.NEW:
                    on_file[person] = OnFile(self._person(person, staged.entry))
                self._complete(person, staged, on_file[person])
        self._save()
        self._mark(portion)
        keyring.forget()

    def _person(self, pk: uuid.UUID, entry: Entry) -> AffectedPerson:
        data_key = crypto.new_key()
        keyring.remember(str(pk), data_key)
        born = entry.birth_date
        person = AffectedPerson(
            id=pk,
            reference=new_reference("P"),
            family_name=entry.name.family,
            given_names=entry.name.given,
            name_as_listed=entry.name_as_listed,
            aliases=list(entry.aliases),
            birth_date_text=born.isoformat() if born else None,
            nationality=entry.nationality or None,
            sex=entry.sex or None,
            is_minor=born is not None and is_minor(born, self.today),
            protected_1367=entry.protected,
        )
        self._make(person)
        self._make(PersonKey(person_id=pk, wrapped=keyring.wrap(str(pk), data_key)))
        return person

    def _complete(self, person: uuid.UUID, staged: StagedRow, known: OnFile) -> None:
        """Add what the row knows and the file does not; ask where they differ."""
        entry, facility = staged.entry, staged.decision.facility
        added: dict[str, object] = {}
        if entry.a_number and not known.numbers:
            index = keyring.identifier_index(IdentifierKind.A_NUMBER, entry.a_number)
            self._make(
                Identifier(person_id=person, value=entry.a_number, index=index, source=self.source)
            )
            known.numbers, added["identifier"] = 1, IdentifierKind.A_NUMBER
        if entry.language and not known.languages:
            self._make(PersonLanguage(person_id=person, tag=entry.language, source=self.source))
            known.languages, added["language"] = 1, entry.language
        if facility and not known.ever_placed:
            self._place(person, facility, entry)
            known.ever_placed, known.facility, added["facility"] = True, facility.pk, facility.pk
        elif facility and facility.pk != known.facility:
            self._ask(entry, "facility_differs", Column.FACILITY)
        if entry.protected and not known.person.protected_1367:  # a list protects, it never lifts
            self._protected.add(person)
            known.person.protected_1367 = added["protected"] = True
        if entry.counsel and (attorney := self._represent(person, entry, entry.counsel, known)):
            added["attorney"] = attorney
        self._expose(person, staged, known, added)

    def _place(self, person: uuid.UUID, facility: Facility, entry: Entry) -> None:
        since = (
            entry.held_since if entry.held_since and entry.held_since <= self.today else self.as_of
        )
        period = DateRange(since, None)
        self._make(
            Placement(person_id=person, facility=facility, period=period, source=self.source)
        )

    def _represent(
        self, person: uuid.UUID, entry: Entry, counsel: Counsel, known: OnFile
    ) -> uuid.UUID | None:
        attorney = self.book.find_or_add(counsel)
        if attorney is None:
            self._ask(entry, "eoir_id_two_names", Column.EOIR_ID)
            return None
        if attorney.pk in known.counsel:
            # Claimed so far, and the person would be told past them: nobody is, until somebody has looked.
            if counsel.appeared and attorney.pk in known.claimed:
                self._ask(entry, "counsel_appeared", Column.G28_FILED)
                self._doubted.add(known.claimed.pop(attorney.pk))
                return attorney.pk
            return None
        rivals = bool(known.counsel)
        if rivals:
            self._ask(entry, "counsel_differs", Column.ATTORNEY)
        # An old extract does not bring back counsel who has left since: somebody asks first.
        former = attorney.pk in known.former
        if former:
            self._ask(entry, "counsel_former", Column.ATTORNEY)
        evidence = AppearanceEvidence.G28 if counsel.appeared else AppearanceEvidence.NONE
        self._make(
            Representation(
                person_id=person, attorney=attorney, forum=self.incident.forum,
                period=DateRange(counsel.appeared_on or self.as_of, None),
                evidence=evidence, evidence_on=counsel.appeared_on,
                status=_status(counsel, rivals=rivals, former=former),
                status_reason=self.source, claimed_on=self.today,
            )
        )  # fmt: skip
        known.counsel.add(attorney.pk)
        return attorney.pk

    def _expose(
        self, person: uuid.UUID, staged: StagedRow, known: OnFile, added: dict[str, object]
    ) -> None:
        entry = staged.entry
        action = "person.completed"
        if known.exposure is None:
            tier, reason = risk_of(entry.posture)
            exposure = Exposure(
                incident=self.incident, person_id=person, elements=self._elements(entry),
                posture=entry.posture, risk_tier=tier, risk_reason=reason,
            )  # fmt: skip
            self._make(exposure)
            known.exposure, added["exposure"] = exposure.pk, exposure.pk
            action = "person.listed"
            self._next(exposure.pk, FollowUpKind.PREPARE, "Prepare the notice", PREPARE_DAYS)
        if added:
            changes = {"roster": self.roster.pk, "row": entry.number, **added}
            self._happenings.append(audit.Happening(action, known.person, changes))
            if staged.decision.outcome == RowOutcome.MATCHED:
                self._touched.add(person)
        asked: dict[str, list[dict[str, str]]] = {}  # two questions to one desk are one next action
        for problem in entry.problems:
            self.problems[problem.code] += 1
            if kind := QUESTIONS.get(problem.code):
                asked.setdefault(kind, []).append(problem.as_json())
        for question, problems in asked.items():
            self._next(known.exposure, question, self._about_row(entry, problems), QUESTION_DAYS)

    def _about_row(self, entry: Entry, problems: list[dict[str, str]]) -> Reason:
        """What a row leaves open, with the list named as people know it."""
        named = self.roster.source or self.as_of.isoformat()
        with override(settings.LANGUAGE_CODE):
            said = " ".join(map(sentence, problems))
        facts = {"row": entry.number, "roster": named, "said": said, "problems": problems}
        return Reason("roster_row", facts)

    def _elements(self, entry: Entry) -> list[str]:
        """What the list disclosed of the person, and what being on the list discloses by itself."""
        listed = elements_of(entry)
        if DataElement.PROTECTION_SOUGHT in self.incident.data_elements:
            listed.append(DataElement.PROTECTION_SOUGHT)
        return listed

    def _next(self, exposure: uuid.UUID, kind: str, reason: str | Reason, days: int) -> None:
        self._actions.append(followups.NextAction(exposure, kind, reason, self._due[days]))

    def _ask(self, entry: Entry, code: str, column: Column) -> None:
        entry.problems.append(Problem(code, NOTE, self.roster.mapping.get(column, "")))

    def _make(self, row: Model) -> None:
        self._made.setdefault(type(row), []).append(row)

    def _save(self) -> None:
        """One statement per kind and portion."""
        self._happenings += self.book.save()
        for model in IN_ORDER:
            copy_in(model, self._made.get(model, []))
        AffectedPerson.objects.filter(pk__in=self._protected).update(protected_1367=True)
        Representation.objects.filter(
            pk__in=self._doubted, status=RepresentationStatus.CLAIMED
        ).update(status=RepresentationStatus.DISPUTED, status_reason=self.source)
        AffectedPerson.objects.filter(pk__in=self._touched).update(
            routing_version=F("routing_version") + 1
        )
        audit.record_many(actor=self.actor, incident=self.incident, happenings=self._happenings)
        followups.open_many(actor=self.actor, incident=self.incident, rows=self._actions)

    def _mark(self, portion: Sequence[StagedRow]) -> None:
        mark_rows(
            [
                (staged.row, staged.decision.outcome, staged.decision.person, staged.entry)
                for staged in portion
            ]
        )
        for staged in portion:
            if staged.decision.person is None:
                self.problems.update(problem.code for problem in staged.entry.problems)

    def _on_file(self, portion: Sequence[StagedRow]) -> dict[uuid.UUID, OnFile]:
        """What is on file for the matched people of a portion, in a handful of queries."""
        people = {
            staged.decision.person
            for staged in portion
            if staged.decision.outcome == RowOutcome.MATCHED and staged.decision.person
        }
        records = records_of(people)  # those joined to a person's tell of the same human being
        asked = list(records) if any(staged.entry.protected for staged in portion) else ()
        protected = {
            records[pk]
            for pk in AffectedPerson.objects.filter(pk__in=asked, protected_1367=True).values_list(
                "pk", flat=True
            )
        }
        on_file = {
            person: OnFile(AffectedPerson(id=person, protected_1367=person in protected))
            for person in people
        }
        for record in Identifier.objects.filter(person__in=records).values_list(
            "person_id", flat=True
        ):
            on_file[records[record]].numbers += 1
        for record in PersonLanguage.objects.filter(person__in=records).values_list(
            "person_id", flat=True
        ):
            on_file[records[record]].languages += 1
        for stay in Placement.objects.filter(person__in=records):
            known = on_file[records[stay.person_id]]
            known.ever_placed = True
            if stay.period.upper is None:
                known.facility = stay.facility_id
        spoken_for = Representation.objects.filter(
            person__in=records,
            forum=self.incident.forum,
        )
        for pk, record, attorney, status in spoken_for.values_list(
            "pk", "person_id", "attorney_id", "status"
        ):
            known = on_file[records[record]]
            gone = status in (RepresentationStatus.WITHDRAWN, RepresentationStatus.SUSPENDED)
            (known.former if gone else known.counsel).add(attorney)
            if status == RepresentationStatus.CLAIMED:
                known.claimed[attorney] = pk
        exposed = Exposure.objects.filter(person__in=people, incident=self.incident)
        for person, exposure in exposed.values_list("person_id", "pk"):
            on_file[person].exposure = exposure
        return on_file


def _status(counsel: Counsel, *, rivals: bool, former: bool) -> str:
    """Of two attorneys who both appeared nobody guesses the right one: the person waits for a decision."""
    if not counsel.appeared or former:
        return RepresentationStatus.CLAIMED
    return RepresentationStatus.DISPUTED if rivals else RepresentationStatus.ACTIVE


def mark_rows(rows: Iterable[tuple[RosterRow, str, uuid.UUID | None, Entry]]) -> None:
    """Store outcome, person and problems of many rows in one statement."""
    columns = zip(
        *(
            (row.pk, outcome, person, json.dumps([problem.as_json() for problem in entry.problems]))
            for row, outcome, person, entry in rows
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(MARK_ROWS, [list(column) for column in columns])
