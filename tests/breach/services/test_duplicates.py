"""Pairs are decided by people: kept apart, or joined in a way that can be undone."""

from __future__ import annotations

import pytest

from breach.models import AffectedPerson, AuditEvent, DuplicatePair, Exposure
from breach.services import duplicates
from breach.services.duplicates import PairRefused
from tests import factories
from tests.factories import Cast


@pytest.fixture
def pair(db: None) -> DuplicatePair:
    first, second = sorted(
        (factories.exposure().person for _ in range(2)), key=lambda person: person.pk
    )
    return DuplicatePair.objects.create(
        first=first, second=second, score=90, reasons=["same_name", "same_birth_date"]
    )


def test_a_pair_says_why_in_words(pair: DuplicatePair) -> None:
    assert duplicates.reasons_of(pair) == ["same name", "same birth date"]


def test_kept_apart_is_for_good(cast: Cast, pair: DuplicatePair) -> None:
    duplicates.keep_apart(actor=cast.worker, pair=pair, reason="Two different fingerprints")
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == ("different", cast.worker)
    with pytest.raises(PairRefused):
        duplicates.keep_apart(actor=cast.worker, pair=pair, reason="Again")


def test_joining_points_one_record_to_the_other_and_takes_over_its_incidents(
    cast: Cast, pair: DuplicatePair
) -> None:
    kept = duplicates.join(actor=cast.worker, pair=pair, keep=pair.first, reason="Same photograph")
    other = AffectedPerson.objects.get(pk=pair.second_id)
    assert other.merged_into == kept
    assert Exposure.objects.filter(person=kept).count() == 2
    assert AuditEvent.objects.filter(action="exposure.taken_over").count() == 1


def test_a_join_can_be_undone(cast: Cast, pair: DuplicatePair) -> None:
    duplicates.join(actor=cast.worker, pair=pair, keep=pair.first, reason="Same photograph")
    duplicates.part(actor=cast.worker, pair=pair, reason="Not the same after all")
    pair.refresh_from_db()
    assert pair.status == "open" and AffectedPerson.objects.filter(merged_into=None).count() == 2
    with pytest.raises(PairRefused):
        duplicates.part(actor=cast.worker, pair=pair, reason="Again")


def test_a_decision_needs_a_reason_and_one_of_the_two(cast: Cast, pair: DuplicatePair) -> None:
    with pytest.raises(PairRefused):
        duplicates.keep_apart(actor=cast.worker, pair=pair, reason=" ")
    with pytest.raises(PairRefused):
        duplicates.join(
            actor=cast.worker, pair=pair, keep=factories.person(), reason="Somebody else"
        )
    pair.refresh_from_db()
    assert pair.status == "open"
