"""The order of the worklist, and who is where and represented by whom, for many people at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from breach.models import Exposure, FollowUp, FollowUpKind, Forum
from breach.queries import counsels_on, placements_on, worklist
from breach.services import clock, followups
from tests import factories
from tests.factories import Cast

_K = FollowUpKind


def opened(cast: Cast, kind: str, days: int, exposure: Exposure | None = None) -> FollowUp:
    exposure = exposure or factories.exposure()
    return followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=kind, reason="Because",
        due_on=clock.today() + timedelta(days=days),
    )  # fmt: skip


def test_threats_come_first_then_what_is_due_then_what_is_to_come(cast: Cast) -> None:
    coming = opened(cast, _K.TRANSFERRED, 3)
    overdue = opened(cast, _K.AWAIT_PROOF, -9)
    due = opened(cast, _K.RETURNED, 0)
    threat = opened(cast, _K.SAFETY_CONCERN, 5)
    rows = worklist(cast.supervisor, clock.today())
    assert [(row.pk, row.band) for row in rows] == [
        (threat.pk, 0),
        (due.pk, 1),
        (overdue.pk, 1),
        (coming.pk, 2),
    ]


def test_a_worklist_shows_the_own_and_the_desks_and_nothing_closed(cast: Cast) -> None:
    mine = opened(cast, _K.CALL_BACK, 1)
    opened(cast, _K.SAFETY_CONCERN, 0)
    closed = opened(cast, _K.RETURNED, 1)
    followups.close_kinds(
        actor=cast.worker, exposure=closed.exposure, kinds=[_K.RETURNED], reason="Found"
    )
    assert list(worklist(cast.worker, clock.today())) == [mine]
    assert not worklist(cast.stranger, clock.today()).exists()


@pytest.mark.django_db
def test_counsel_and_place_of_many_people_take_the_same_two_queries_each(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [factories.person() for _number in range(5)]
    for person in people[:3]:
        factories.representation(person)
        factories.placement(person)
    ids, today = [person.pk for person in people], clock.today()
    with django_assert_num_queries(4):  # each asks for joined records first
        assert set(counsels_on(ids, today, Forum.ICE)) == set(ids[:3])
        assert {row.facility.name for row in placements_on(ids, today).values()}
