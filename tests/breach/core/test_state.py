"""Machines as data: a move is one compare-and-set, so of two callers exactly one wins."""

from __future__ import annotations

import pytest

from breach.core.state import IllegalMove, Machine
from breach.models import Incident
from tests import factories

# Any column will do; the incident's forum stands in for a state here.
TURNS = Machine(
    "turns",
    {"ice": frozenset({"eoir"}), "eoir": frozenset({"bia"}), "bia": frozenset()},
    field="forum",
)


def test_only_the_arrows_are_allowed() -> None:
    assert TURNS.allows("ice", "eoir")
    assert not TURNS.allows("eoir", "ice")
    assert not TURNS.allows("unknown", "ice")


@pytest.mark.django_db
def test_of_two_callers_one_wins() -> None:
    incident = factories.incident()
    assert TURNS.move(Incident, incident.pk, before="ice", after="eoir", title="Moved")
    assert not TURNS.move(Incident, incident.pk, before="ice", after="eoir", title="Again")
    incident.refresh_from_db()
    assert (incident.forum, incident.title) == ("eoir", "Moved")


@pytest.mark.django_db
def test_a_move_may_ask_for_more_than_the_state() -> None:
    incident = factories.incident(hold_days=30)
    assert not TURNS.move(Incident, incident.pk, before="ice", after="eoir", where={"hold_days": 9})
    assert TURNS.move(Incident, incident.pk, before="ice", after="eoir", where={"hold_days": 30})


@pytest.mark.django_db
def test_many_move_at_once_those_that_are_there() -> None:
    there, gone = factories.incident(), factories.incident(forum="bia")
    assert TURNS.move_many(Incident.objects.all(), before="ice", after="eoir") == 1
    there.refresh_from_db()
    gone.refresh_from_db()
    assert (there.forum, gone.forum) == ("eoir", "bia")


@pytest.mark.django_db
def test_an_arrow_the_machine_does_not_have_is_refused_before_anything_is_written() -> None:
    incident = factories.incident()
    with pytest.raises(IllegalMove, match="turns: ice -> bia"):
        TURNS.move(Incident, incident.pk, before="ice", after="bia")
    with pytest.raises(IllegalMove):
        TURNS.move_many(Incident.objects.all(), before="bia", after="ice")
    incident.refresh_from_db()
    assert incident.forum == "ice"
