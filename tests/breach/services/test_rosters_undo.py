"""A roster taken back says what went, what stayed because somebody worked on it, and who was already told."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from breach.models import (
    AffectedPerson,
    AuditEvent,
    Exposure,
    FollowUp,
    Identifier,
    Incident,
    PersonKey,
    Roster,
    RosterRow,
)
from breach.services import clock, holds, rosters
from breach.services.rosters import RosterRefused
from breach.services.rosters_undo import Reversal, reverse_roster
from tests import factories
from tests.breach.services.lists import COUNSEL, twenty
from tests.factories import Cast

PEOPLE = [
    {
        "A-Number": f"A00010{n:04}",
        "Last Name": name,
        "First Name": "Ada",
        "Date of Birth": f"{n}/25/1990",
    }
    for n, name in enumerate(("Untouched", "Changed", "Served"), start=1)
]


@pytest.fixture
def incident(db: None) -> Incident:
    factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")
    return factories.incident(extract_as_of=date(2022, 11, 19))


def committed(cast: Cast, incident: Incident, *people: dict[str, str]) -> Roster:
    rosters.import_roster(actor=cast.supervisor, incident=incident, source=twenty(*people))
    return Roster.objects.filter(status="committed", incident=incident).latest("created_at")


def named(family: str) -> AffectedPerson:
    return next(person for person in AffectedPerson.objects.all() if person.family_name == family)


def test_each_person_is_counted_by_what_became_of_them(cast: Cast, incident: Incident) -> None:
    roster = committed(cast, incident, *[{**person, **COUNSEL} for person in PEOPLE])
    AffectedPerson.objects.filter(pk=named("Changed").pk).update(routing_version=2)
    served = Exposure.objects.get(person=named("Served"))
    holds.start_hold(
        actor=cast.worker, exposure=served, notified_at=clock.now(), evidence_id=uuid4()
    )
    result = reverse_roster(actor=cast.supervisor, roster=roster, reason="Wrong file")
    assert result == Reversal(reversed=1, kept_edited=1, kept_served=1)
    assert (
        AffectedPerson.objects.count(),
        Identifier.objects.count(),
        PersonKey.objects.count(),
    ) == (2, 2, 2)
    assert RosterRow.objects.filter(person=None).count() == 1
    roster.refresh_from_db()
    assert roster.status == "reversed"
    assert AuditEvent.objects.get(action="roster.reversed").changes["kept_served"] == 1


def test_afterwards_the_same_file_can_come_in_again(cast: Cast, incident: Incident) -> None:
    reverse_roster(
        actor=cast.supervisor, roster=committed(cast, incident, *PEOPLE), reason="Too early"
    )
    assert (AffectedPerson.objects.count(), FollowUp.objects.filter(state="open").count()) == (0, 0)
    again = rosters.import_roster(actor=cast.supervisor, incident=incident, source=twenty(*PEOPLE))
    assert (again.new, again.already_imported) == (3, False)


def test_people_of_another_incident_stay_people(cast: Cast, incident: Incident) -> None:
    committed(cast, incident, *PEOPLE)
    second = factories.incident()
    result = reverse_roster(
        actor=cast.supervisor, roster=committed(cast, second, *PEOPLE), reason="Wrong incident"
    )
    assert result.reversed + result.kept_edited == 3
    assert AffectedPerson.objects.count() == 3


def test_people_whom_another_roster_of_the_incident_lists_stay(
    cast: Cast, incident: Incident
) -> None:
    roster = committed(cast, incident, *PEOPLE[:2])
    committed(cast, incident, *PEOPLE)
    assert reverse_roster(actor=cast.supervisor, roster=roster, reason="Superseded") == Reversal(
        0, 2, 0
    )
    assert Exposure.objects.count() == 3


def test_only_a_committed_roster_is_taken_back_and_only_with_a_reason(
    cast: Cast, incident: Incident
) -> None:
    roster = committed(cast, incident, *PEOPLE)
    with pytest.raises(RosterRefused):
        reverse_roster(actor=cast.supervisor, roster=roster, reason="")
    reverse_roster(actor=cast.supervisor, roster=roster, reason="Wrong file")
    with pytest.raises(RosterRefused):
        reverse_roster(actor=cast.supervisor, roster=roster, reason="Wrong file")
