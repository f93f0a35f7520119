"""What the import could not decide, people decide: this person, a new one, or nobody's row."""

from __future__ import annotations

from datetime import date

import pytest

from breach.core.roles import NotAllowed
from breach.models import (
    AffectedPerson,
    AuditEvent,
    DuplicatePair,
    Exposure,
    FollowUp,
    FollowUpKind,
    Identifier,
    Incident,
    RosterRow,
)
from breach.services import rosters
from breach.services.rosters_rows import RowRefused, row_is_new, row_is_nobodys, row_is_person
from tests import factories
from tests.breach.services.lists import twenty
from tests.factories import Cast

OTHER_NAME = {"Last Name": "Quite", "First Name": "Different"}
NO_DATE = {
    "A-Number": "A000100014",
    "Last Name": "Otherwise",
    "First Name": "Bea",
    "Date of Birth": "03/26/90",
}


@pytest.fixture
def rows(cast: Cast) -> dict[int, RosterRow]:
    """A committed roster: a person, somebody else under the same number, somebody without a readable date."""
    factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")
    incident = factories.incident(extract_as_of=date(2022, 11, 19))
    rosters.import_roster(
        actor=cast.supervisor, incident=incident, source=twenty({}, OTHER_NAME, NO_DATE)
    )
    return {row.number: row for row in RosterRow.objects.all()}


def open_question() -> FollowUp | None:
    return FollowUp.objects.filter(kind=FollowUpKind.ROSTER_ROWS, state="open").first()


def test_a_corrected_row_becomes_a_person(cast: Cast, rows: dict[int, RosterRow]) -> None:
    corrected = {"Date of Birth": "1990-03-26"}
    row = row_is_new(
        actor=cast.supervisor, row=rows[4], reason="Read from the source", corrections=corrected
    )
    assert row.person is not None and row.person.birth_date == date(1990, 3, 26)
    assert (row.outcome, row.resolution, bool(row.resolved_at)) == (
        "conflict",
        "Read from the source",
        True,
    )
    assert Exposure.objects.filter(person=row.person).exists()
    assert open_question() is not None  # one row is left


def test_a_row_that_stays_unreadable_is_refused_with_its_sentence(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    with pytest.raises(RowRefused, match="two digits"):
        row_is_new(actor=cast.supervisor, row=rows[4], reason="Try")
    assert Exposure.objects.count() == 1


def test_a_shared_number_stays_with_the_person_who_has_it(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    row = row_is_new(actor=cast.supervisor, row=rows[3], reason="Another person, number mistyped")
    assert row.person is not None
    assert Identifier.objects.get().person != row.person


def test_a_row_can_be_given_to_somebody_on_file(cast: Cast, rows: dict[int, RosterRow]) -> None:
    person = AffectedPerson.objects.get()
    row = row_is_person(actor=cast.supervisor, row=rows[3], person=person, reason="Married name")
    assert row.person == person and Exposure.objects.count() == 1


def test_when_every_row_is_decided_the_question_is_closed(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    for number in (3, 4):
        row_is_nobodys(actor=cast.supervisor, row=rows[number], reason="A total, not a person")
    assert open_question() is None
    assert AuditEvent.objects.filter(action="roster_row.decided").count() == 2


def test_a_row_is_decided_once_with_a_reason_and_by_those_who_may(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    with pytest.raises(RowRefused):
        row_is_nobodys(actor=cast.supervisor, row=rows[3], reason=" ")
    row_is_nobodys(actor=cast.supervisor, row=rows[3], reason="Typed twice")
    for row in (rows[2], rows[3]):
        with pytest.raises(RowRefused):
            row_is_nobodys(actor=cast.supervisor, row=row, reason="Again")
    with pytest.raises(NotAllowed):
        row_is_nobodys(actor=cast.worker, row=rows[4], reason="Not mine to say")


def test_a_new_person_from_a_row_is_compared_with_everybody(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    alike = {
        "A-Number": "",
        "Last Name": "Sample",
        "First Name": "Ada",
        "Date of Birth": "1990-03-25",
    }
    row_is_new(actor=cast.supervisor, row=rows[4], reason="Read from the source", corrections=alike)
    assert DuplicatePair.objects.count() == 1


def test_incident_is_unchanged_by_a_refused_decision(
    cast: Cast, rows: dict[int, RosterRow]
) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(RowRefused):
        row_is_new(
            actor=cast.supervisor,
            row=rows[4],
            reason="Try",
            corrections={"Date of Birth": "99/99/9999"},
        )
    assert AuditEvent.objects.count() == before and Incident.objects.count() == 1
