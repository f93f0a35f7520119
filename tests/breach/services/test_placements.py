"""Custody moves people: stays follow one another, and a move asks the route anew."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from breach.models import Placement
from breach.queries import placement_on
from breach.services import clock, people, placements
from tests import factories
from tests.factories import Cast

MOVED_ON = date(2022, 12, 5)


def test_the_day_of_transfer_belongs_to_the_new_facility(cast: Cast) -> None:
    person = factories.person()
    old, new = factories.placement(person).facility, factories.facility()
    placements.transfer(actor=cast.worker, person=person, facility=new, on=MOVED_ON, source="call")
    assert placement_on(person.pk, MOVED_ON - timedelta(days=1)).facility == old
    assert placement_on(person.pk, MOVED_ON).facility == new
    person.refresh_from_db()
    assert person.routing_version == 2


def test_a_transfer_on_the_day_of_arrival_counts_the_stay_as_the_day_before(cast: Cast) -> None:
    person = factories.person()
    today = clock.today()
    first = factories.placement(person, since=today)
    moved = placements.transfer(
        actor=cast.worker, person=person, facility=factories.facility(), on=today, source="call"
    )
    assert placement_on(person.pk, today) == moved
    assert placement_on(person.pk, today - timedelta(days=1)) == first
    with pytest.raises(placements.PlacementRefused, match="that day already"):
        placements.transfer(
            actor=cast.worker, person=person, facility=factories.facility(), on=today, source="call"
        )


def test_moves_are_entered_in_order_and_not_before_they_happen(cast: Cast) -> None:
    person = factories.person()
    stay = factories.placement(person)
    tries = [
        (stay.facility, MOVED_ON, "already"),
        (factories.facility(), factories.SINCE - timedelta(days=1), "began on"),
        (factories.facility(), clock.today() + timedelta(days=1), "future"),
    ]
    for facility, on, says in tries:
        with pytest.raises(placements.PlacementRefused, match=says):
            placements.transfer(
                actor=cast.worker, person=person, facility=facility, on=on, source="call"
            )
    assert Placement.objects.get().period.upper is None


def test_a_closed_later_stay_is_not_overlapped(cast: Cast) -> None:
    person = factories.person()
    factories.placement(person, until=date(2023, 1, 1))
    with pytest.raises(placements.PlacementRefused, match="order"):
        placements.transfer(
            actor=cast.worker,
            person=person,
            facility=factories.facility(),
            on=MOVED_ON,
            source="call",
        )


def test_somebody_detained_again_is_no_longer_released(cast: Cast) -> None:
    person = factories.person()
    factories.placement(person)
    people.mark_released(actor=cast.worker, person=person, on=MOVED_ON, source="list")
    again = MOVED_ON + timedelta(days=9)
    placements.transfer(
        actor=cast.worker, person=person, facility=factories.facility(), on=again, source="list"
    )
    person.refresh_from_db()
    assert person.released_on is None


def test_a_stay_ends_once_and_only_by_who_may_edit(cast: Cast) -> None:
    person = factories.person()
    factories.placement(person)
    with pytest.raises(PermissionDenied):
        placements.end(actor=cast.auditor, person=person, on=MOVED_ON, reason="left")
    assert (
        placements.end(actor=cast.worker, person=person, on=MOVED_ON, reason="left").ended_reason
        == "left"
    )
    with pytest.raises(placements.PlacementRefused):
        placements.end(actor=cast.worker, person=person, on=MOVED_ON, reason="left")
