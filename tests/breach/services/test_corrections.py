"""A fact recorded by mistake is taken back: the stay it ended goes on, and the latest comes first."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from breach.models import (
    AffectedPerson,
    AuditEvent,
    Exposure,
    FollowUp,
    FollowUpKind,
    Placement,
    User,
)
from breach.queries import placement_on
from breach.services import clock, corrections, holds, people, placements
from breach.services.corrections import CorrectionRefused, Fact
from tests import factories
from tests.factories import Cast

ON = date(2022, 12, 5)
LATER = ON + timedelta(days=3)


@pytest.fixture
def exposure(db: None) -> Exposure:
    """Somebody held at a facility."""
    exposure = factories.exposure()
    factories.placement(exposure.person)
    return exposure


def record(actor: User, person: AffectedPerson, fact: str, on: date = ON) -> None:
    given = {"actor": actor, "person": person, "on": on, "source": "a list"}
    if fact == Fact.TRANSFER:
        placements.transfer(**given, facility=factories.facility())
    elif fact == Fact.RELEASED:
        people.mark_released(**given)
    elif fact == Fact.REMOVED:
        people.mark_removed(**given)
    else:
        people.mark_deceased(**given)


def take_back(actor: User, person: AffectedPerson, fact: str) -> AffectedPerson:
    return corrections.take_back(actor=actor, person=person, fact=fact, reason="Another person")


@pytest.mark.parametrize("fact", Fact.values)
def test_everything_is_as_before_and_the_route_is_asked_anew(
    cast: Cast, exposure: Exposure, fact: str
) -> None:
    person, stay = exposure.person, Placement.objects.get()
    record(cast.worker, person, fact)
    assert placement_on(person.pk, LATER) != stay
    version = AffectedPerson.objects.get(pk=person.pk).routing_version
    take_back(cast.supervisor, person, fact)
    now = AffectedPerson.objects.get(pk=person.pk)
    assert (now.died_on, now.removed_on, now.released_on, now.fact_source) == (None, None, None, "")
    assert now.routing_version == version + 1
    (again,) = Placement.objects.filter(person=person)
    assert (again, again.period, again.ended_reason) == (stay, stay.period, "")
    assert placement_on(person.pk, clock.today()) == stay


def test_the_history_keeps_what_was_recorded_and_why_it_was_wrong(
    cast: Cast, exposure: Exposure
) -> None:
    record(cast.worker, exposure.person, Fact.REMOVED)
    take_back(cast.supervisor, exposure.person, Fact.REMOVED)
    event = AuditEvent.objects.get(action="person.fact_taken_back")
    assert (event.reason, event.changes["fact"], event.changes["on"]) == (
        "Another person", "removed", f"{ON}",
    )  # fmt: skip
    assert AuditEvent.objects.filter(action="person.removed").exists()


def test_the_stay_of_a_mistaken_transfer_is_kept_and_counts_nowhere(
    cast: Cast, exposure: Exposure
) -> None:
    record(cast.worker, exposure.person, Fact.TRANSFER)
    mistaken = placement_on(exposure.person_id, ON)
    take_back(cast.worker, exposure.person, Fact.TRANSFER)
    assert not Placement.objects.filter(pk=mistaken.pk).exists()
    assert Placement.with_mistakes.get(pk=mistaken.pk).mistaken_at
    record(cast.worker, exposure.person, Fact.TRANSFER)  # its days are free again
    assert placement_on(exposure.person_id, ON) != mistaken


def test_a_transfer_of_somebody_released_gives_the_release_back(
    cast: Cast, exposure: Exposure
) -> None:
    record(cast.worker, exposure.person, Fact.RELEASED)
    record(cast.worker, exposure.person, Fact.TRANSFER, LATER)
    take_back(cast.worker, exposure.person, Fact.TRANSFER)
    exposure.person.refresh_from_db()
    assert exposure.person.released_on == ON
    assert placement_on(exposure.person_id, LATER) is None


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (Fact.RELEASED, Fact.DECEASED), (Fact.REMOVED, Fact.TRANSFER),
        (Fact.TRANSFER, Fact.REMOVED), (Fact.TRANSFER, Fact.RELEASED),
    ],
)  # fmt: skip
def test_under_something_later_nothing_is_taken_away(
    cast: Cast, exposure: Exposure, first: Fact, then: Fact
) -> None:
    record(cast.worker, exposure.person, first)
    record(cast.worker, exposure.person, then, LATER)
    with pytest.raises(CorrectionRefused, match="the latest comes first"):
        take_back(cast.supervisor, exposure.person, first)
    take_back(cast.supervisor, exposure.person, then)
    take_back(cast.supervisor, exposure.person, first)
    assert placement_on(exposure.person_id, clock.today()) == Placement.objects.get()


def test_of_two_facts_of_one_day_the_other_still_ends_the_stay(
    cast: Cast, exposure: Exposure
) -> None:
    record(cast.worker, exposure.person, Fact.REMOVED)
    record(cast.worker, exposure.person, Fact.DECEASED)
    take_back(cast.supervisor, exposure.person, Fact.REMOVED)
    stay = Placement.objects.get()
    assert (stay.period.upper, stay.ended_reason) == (ON, "deceased")
    take_back(cast.supervisor, exposure.person, Fact.DECEASED)
    assert Placement.objects.get().period.upper is None


@pytest.mark.parametrize("fact", [Fact.REMOVED, Fact.TRANSFER])
def test_the_stay_of_a_joined_record_goes_on_too(cast: Cast, exposure: Exposure, fact: str) -> None:
    kept = factories.person()
    AffectedPerson.objects.filter(pk=exposure.person_id).update(merged_into=kept)
    record(cast.worker, kept, fact)
    assert Placement.objects.get(person=exposure.person_id).period.upper == ON
    take_back(cast.supervisor, kept, fact)
    assert Placement.objects.get().period.upper is None


def test_an_alarm_of_a_removal_gives_way_to_seeing_that_the_person_is_told(
    cast: Cast, exposure: Exposure
) -> None:
    record(cast.worker, exposure.person, Fact.REMOVED)
    alarm = FollowUp.objects.get(kind=FollowUpKind.REMOVED_UNTOLD)
    take_back(cast.supervisor, exposure.person, Fact.REMOVED)
    alarm.refresh_from_db()
    assert alarm.state == "superseded"
    left = FollowUp.objects.get(exposure=exposure, state="open")
    assert left.reason == "The removal was recorded by mistake: see that the person is told."


def test_whoever_has_been_told_needs_no_new_action(cast: Cast, exposure: Exposure) -> None:
    holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=clock.now(), evidence_id=exposure.pk
    )
    record(cast.worker, exposure.person, Fact.DECEASED)
    take_back(cast.supervisor, exposure.person, Fact.DECEASED)
    assert not FollowUp.objects.filter(exposure=exposure, state="open").exists()


def test_who_may_take_what_back(cast: Cast, exposure: Exposure) -> None:
    for fact in (Fact.DECEASED, Fact.REMOVED):
        record(cast.worker, exposure.person, fact)
        with pytest.raises(CorrectionRefused, match="Only a supervisor"):
            take_back(cast.worker, exposure.person, fact)
        take_back(cast.supervisor, exposure.person, fact)
    record(cast.worker, exposure.person, Fact.RELEASED)
    with pytest.raises(PermissionDenied):
        take_back(cast.auditor, exposure.person, Fact.RELEASED)
    take_back(cast.worker, exposure.person, Fact.RELEASED)


def test_what_is_not_on_record_or_has_no_reason_is_refused(cast: Cast, exposure: Exposure) -> None:
    with pytest.raises(CorrectionRefused, match="Nothing of the kind"):
        take_back(cast.worker, exposure.person, Fact.RELEASED)
    with pytest.raises(CorrectionRefused, match="did not begin with a recorded transfer"):
        take_back(cast.worker, exposure.person, Fact.TRANSFER)
    record(cast.worker, exposure.person, Fact.RELEASED)
    with pytest.raises(CorrectionRefused, match="reason is empty"):
        corrections.take_back(
            actor=cast.worker, person=exposure.person, fact=Fact.RELEASED, reason=" "
        )
