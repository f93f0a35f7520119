"""Exposures as routing sees them: read in a handful of queries, on a day, with nothing decrypted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from breach.cases import load_cases
from breach.core import keyring
from breach.models import (
    AffectedPerson,
    ContactPoint,
    Exposure,
    Forum,
    Guardian,
    LawFirm,
    PersonKey,
    PersonLanguage,
)
from breach.routing import CaseView
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2022, 12, 5)


def view(person: AffectedPerson, on: date = TODAY, **incident: object) -> CaseView:
    exposure = factories.exposure(of=person, incident=factories.incident(**incident))
    return load_cases(loaded(exposure), on, {"en"})[str(exposure.pk)]


def loaded(*exposures: Exposure) -> list[Exposure]:
    rows = Exposure.objects.filter(pk__in=[exposure.pk for exposure in exposures])
    return list(rows.select_related("incident", "person"))


def address(of: AffectedPerson, **fields: object) -> ContactPoint:
    return ContactPoint.objects.create(
        person=of, **{"kind": "address", "value": "1 Way\nTown", **fields}
    )


def test_counsel_counts_in_the_forum_and_on_the_days_of_the_appearance() -> None:
    person = factories.person()
    factories.representation(person, since=date(2022, 11, 1), until=date(2022, 12, 1))
    factories.representation(person, forum=Forum.EOIR)
    assert view(person, on=date(2022, 11, 30)).counsel
    assert not view(person, on=date(2022, 12, 1)).counsel
    (counsel,) = view(person, forum=Forum.EOIR).counsel
    assert counsel.evidence == "Form G-28"


def test_a_withdrawn_appearance_is_none_and_the_lead_comes_first() -> None:
    person = factories.person()
    factories.representation(person, status="withdrawn")
    factories.representation(person, is_lead=False)
    lead = factories.representation(person)
    first, second = view(person).counsel
    assert first.representation_id == str(lead.pk)
    assert not second.is_lead


def test_what_makes_counsels_email_usable() -> None:
    def usable(evidence: str, status: str = "claimed", **attorney: object) -> bool:
        person = factories.person()
        by = factories.attorney(**attorney)
        factories.representation(person, by=by, evidence=evidence, status=status)
        return view(person).counsel[0].email_usable

    assert usable("g28", email_verified=False)
    assert usable("none", email_verified=True)
    assert not usable("none", email_verified=False)
    assert not usable("g28", email_bad_reason="bounced")
    assert not usable("g28", email="")


def test_counsels_own_address_or_the_firms_will_do() -> None:
    firm = LawFirm.objects.create(name="Invented Firm", address="2 Court Street")
    for attorney, expected in (
        ({"address": "1 Way"}, True),
        ({"firm": firm}, True),
        ({}, False),
    ):
        person = factories.person()
        factories.representation(person, by=factories.attorney(**attorney))
        assert view(person).counsel[0].has_address is expected


def test_the_place_is_that_of_the_day() -> None:
    person = factories.person()
    factories.placement(person, since=date(2022, 11, 1), until=date(2022, 12, 1))
    second = factories.placement(person, since=date(2022, 12, 1))
    assert view(person, on=date(2022, 11, 30)).placement_id != str(second.pk)
    assert view(person).placement_id == str(second.pk)
    assert view(person, on=date(2022, 10, 1)).placement_id == ""


def test_a_good_address_comes_before_a_bad_one() -> None:
    person = factories.person()
    address(person, verified=True, deliverability="bad")
    good = address(person)
    address(person, is_current=False)
    address(person, kind="phone", value="+12025550143")
    seen = view(person).address
    assert seen is not None
    assert (seen.contact_point_id, seen.bad) == (str(good.pk), False)


def test_a_person_with_only_a_bad_address_is_seen_with_it() -> None:
    person = factories.person()
    address(person, deliverability="bad")
    seen = view(person).address
    assert seen is not None
    assert seen.bad


def test_languages_come_in_their_order_with_english_names() -> None:
    person = factories.person(language="mam", reads=None)
    PersonLanguage.objects.create(person=person, tag="es", rank=2, reads=False)
    with translation.override("es"):
        languages = view(person).languages
    assert [(one.tag, one.name, one.reads) for one in languages] == [
        ("mam", "Mam", None),
        ("es", "Spanish", False),
    ]


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"verified": False}, False),
        ({"address": None}, False),
        ({"is_current": False}, False),
    ],
)
def test_a_guardian_counts_when_verified_current_and_with_an_address(
    fields: dict[str, object], counts: bool
) -> None:
    person = factories.person(is_minor=True)
    given = {"name": "Gloria", "relationship": "aunt", "address": "1 Way\nTown", "verified": True}
    Guardian.objects.create(person=person, **{**given, **fields})
    assert bool(view(person).guardian_id) is counts


def test_the_day_of_the_disclosure_is_the_agencys() -> None:
    evening = datetime(2022, 11, 29, 1, tzinfo=UTC)
    seen = view(factories.person(), occurred_at=evening, discovered_at=evening)
    assert seen.occurred_on == date(2022, 11, 28)


def test_many_exposures_cost_as_many_queries_as_one_and_open_nothing(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    exposures = loaded(*factories.crowd(40, incident=factories.incident()))
    keyring.forget()
    with django_assert_num_queries(7):  # type: ignore[attr-defined]  # a context manager
        cases = load_cases(exposures, TODAY, {"en"})
    assert len(cases) == 40
    assert not keyring._scope()


def test_a_claim_is_asked_about_for_two_business_days_and_a_second_one_adds_none() -> None:
    """Thanksgiving and the weekend are no days on which an office answers."""
    person = factories.person()
    wednesday = date(2026, 11, 25)
    factories.representation(person, status="claimed", evidence="none", claimed_on=wednesday)
    assert view(person, on=wednesday).claim_waits_until == date(2026, 11, 30)
    factories.representation(
        person, status="claimed", evidence="none", claimed_on=date(2026, 11, 30)
    )
    assert view(person, on=date(2026, 11, 30)).claim_waits_until == date(2026, 11, 30)


def test_who_was_a_child_when_the_list_came_is_of_age_one_day() -> None:
    person = factories.person(is_minor=True, birth_date_text="2005-03-01")
    assert view(person, on=date(2023, 2, 28)).is_minor
    assert not view(person, on=date(2023, 3, 1)).is_minor


def test_a_destroyed_key_is_known_without_opening_anything() -> None:
    person = factories.person(is_minor=True)
    PersonKey.objects.filter(person=person).update(
        wrapped=None, destroyed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    keyring.forget()
    assert view(person).shredded
