"""Two transactions that wait for each other: one is ended by the database, and done again."""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from breach.core.collisions import again_after_a_collision, collided
from breach.models import Incident
from tests import factories
from tests.at_once import SOON, meeting, together


def ended_by_the_database(code: str) -> None:
    """What the database says when it ends a transaction with this code."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'ended' USING ERRCODE = '{code}'; END $$")


@pytest.mark.django_db(transaction=True)
def test_of_two_verbs_that_wait_for_each_other_both_are_done() -> None:
    one, other = factories.incident(title="-"), factories.incident(title="-")
    gate = Barrier(2, timeout=SOON)
    rename = meeting(lambda pk, title: Incident.objects.filter(pk=pk).update(title=title), gate)

    @again_after_a_collision
    @transaction.atomic
    def rename_both(title: str, *order: Incident) -> None:
        for incident in order:
            rename(incident.pk, title)

    faults = together(lambda: rename_both("A", one, other), lambda: rename_both("B", other, one))
    assert not faults
    titles = set(Incident.objects.filter(pk__in=[one.pk, other.pk]).values_list("title", flat=True))
    assert titles in ({"A"}, {"B"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "tries"), [("40P01", 2), ("40001", 2), ("57014", 1)])
def test_a_verb_is_done_again_once_and_only_after_a_collision(code: str, tries: int) -> None:
    begun: list[Any] = []

    @again_after_a_collision
    def verb() -> None:
        begun.append(code)
        ended_by_the_database(code)

    with pytest.raises(OperationalError) as fault:
        verb()
    assert len(begun) == tries
    assert collided(fault.value) is (tries == 2)


@pytest.mark.django_db
def test_within_a_larger_transaction_nothing_is_repeated() -> None:
    begun: list[Any] = []

    @again_after_a_collision
    def verb() -> None:
        begun.append(1)
        ended_by_the_database("40P01")

    with pytest.raises(OperationalError), transaction.atomic():
        verb()
    assert len(begun) == 1
