"""What becomes known about a person is dated, sourced, and asks the route anew."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from breach.models import ContactPoint, FollowUp, FollowUpKind, Guardian, PersonLanguage
from breach.models.people import ContactKind
from breach.queries import placement_on
from breach.services import addresses, clock, holds, people
from tests import factories
from tests.factories import Cast

ADDRESS = "12 Invented Street\nSpringfield, IL 62701"


def test_a_release_ends_the_stay_and_keeps_the_new_address(cast: Cast) -> None:
    person = factories.person()
    factories.placement(person)
    today = clock.today()
    released = people.mark_released(
        actor=cast.worker, person=person, on=today, address_lines=ADDRESS.splitlines(),
        phone="202-555-0143", source="facility list",
    )  # fmt: skip
    assert released.released_on == today
    assert placement_on(person.pk, today) is None
    assert placement_on(person.pk, today - timedelta(days=1)) is not None
    assert {point.value for point in ContactPoint.objects.all()} == {ADDRESS, "+12025550143"}
    person.refresh_from_db()
    assert person.routing_version == 2


def test_a_removal_before_notice_alarms_a_supervisor_today(cast: Cast) -> None:
    exposure = factories.exposure()
    people.mark_removed(
        actor=cast.worker, person=exposure.person, on=clock.today(), source="flight list"
    )
    alarm = FollowUp.objects.get(kind=FollowUpKind.REMOVED_UNTOLD)
    assert (alarm.due_on, alarm.desk, alarm.exposure) == (clock.today(), "supervisor", exposure)


def test_a_removal_after_notice_or_before_the_disclosure_does_not_alarm(cast: Cast) -> None:
    told = factories.exposure()
    holds.start_hold(actor=cast.worker, exposure=told, notified_at=clock.now(), evidence_id=uuid4())
    people.mark_removed(
        actor=cast.worker, person=told.person, on=clock.today(), source="flight list"
    )
    earlier = factories.exposure()
    people.mark_removed(
        actor=cast.worker, person=earlier.person, on=date(2022, 11, 1), source="flight list"
    )
    assert not FollowUp.objects.exists()


def test_a_death_is_recorded_and_nothing_happens_to_the_person_afterwards(cast: Cast) -> None:
    person = factories.person()
    factories.placement(person)
    people.mark_deceased(actor=cast.worker, person=person, on=date(2023, 1, 5), source="facility")
    with pytest.raises(people.FactRefused):
        people.mark_released(actor=cast.worker, person=person, on=date(2023, 1, 6), source="list")


def test_a_fact_has_a_source_and_is_not_to_come(cast: Cast) -> None:
    person = factories.person()
    with pytest.raises(people.FactRefused):
        people.mark_removed(actor=cast.worker, person=person, on=clock.today(), source=" ")
    with pytest.raises(people.FactRefused):
        people.mark_deceased(
            actor=cast.worker, person=person, on=clock.today() + timedelta(days=1), source="list"
        )


def test_the_language_set_last_is_the_best_and_the_others_follow(cast: Cast) -> None:
    person = factories.person(language="es")
    for tag in ("Q'eqchi'", "quc", "kek"):
        people.set_language(
            actor=cast.worker, person=person, tag=tag, reads=False, verified=True, source="asked"
        )
    ranked = PersonLanguage.objects.filter(person=person).order_by("rank")
    assert list(ranked.values_list("tag", "rank")) == [("kek", 1), ("quc", 2), ("es", 3)]
    with pytest.raises(addresses.UnusableContact):
        people.set_language(
            actor=cast.worker,
            person=person,
            tag="nonsense",
            reads=True,
            verified=True,
            source="asked",
        )


def added(cast: Cast, person, kind: str, value: str, **more) -> ContactPoint:
    return people.add_contact_point(
        actor=cast.worker, person=person, kind=kind, value=value, verified=False, safe=True, **more
    )


@pytest.mark.parametrize(
    "value",
    [
        "Consulado General de Guatemala\n5 Invented Plaza, Houston TX",
        "Embassy of Honduras\n3 Invented Row, Washington DC",
        "c/o Ambassade d'Haïti\n9 Invented Avenue, Miami FL",
        "中国总领事馆\n1 Invented Street, New York NY",
        "Посольство\n1 Invented Street, New York NY",
    ],
)
def test_a_consulate_is_never_a_contact_point(cast: Cast, value: str) -> None:
    with pytest.raises(addresses.ConsulateRefused):
        added(cast, factories.person(), ContactKind.ADDRESS, value)
    assert not ContactPoint.objects.exists()


@pytest.mark.parametrize(
    "street", ["12 Embassy Drive", "4 Consul Lane", "Consulting House, 3 Main Street"]
)
def test_a_street_that_only_carries_the_name_is_fine(cast: Cast, street: str) -> None:
    point = added(cast, factories.person(), ContactKind.ADDRESS, f"{street}\nTampa, FL 33601")
    assert ContactPoint.objects.get(is_current=True) == point
    assert point.value.startswith(street)


@pytest.mark.parametrize(
    ("kind", "value", "more"),
    [
        (ContactKind.ADDRESS, "4a Avenida 1-00\nGuatemala", {}),
        (ContactKind.ADDRESS, "4a Avenida 1-00\nQuetzaltenango", {"country": "GT"}),
        (ContactKind.PHONE, "+502 2345 6789", {}),
        (ContactKind.EMAIL, "luz@correo.gt", {}),
    ],
)
def test_nothing_is_sent_to_the_country_of_feared_harm(
    cast: Cast, kind: str, value: str, more: dict
) -> None:
    with pytest.raises(addresses.FearedCountryRefused):
        added(cast, factories.person(nationality="GT"), kind, value, **more)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ContactKind.PHONE, "12"),
        (ContactKind.EMAIL, "nobody"),
        (ContactKind.ADDRESS, "just one line"),
    ],
)
def test_an_unreadable_contact_point_is_refused_in_one_sentence(
    cast: Cast, kind: str, value: str
) -> None:
    with pytest.raises(addresses.UnusableContact) as refused:
        added(cast, factories.person(), kind, value)
    assert value not in str(refused.value)


def test_a_new_address_takes_the_place_of_the_old_which_is_kept(cast: Cast) -> None:
    person = factories.person()
    first = added(cast, person, ContactKind.ADDRESS, ADDRESS)
    second = added(cast, person, ContactKind.ADDRESS, "34 Invented Street\nSpringfield, IL 62701")
    current = dict(ContactPoint.objects.values_list("pk", "is_current"))
    assert current == {first.pk: False, second.pk: True}
    bad = people.mark_contact_point_bad(actor=cast.worker, contact_point=second, reason="returned")
    assert bad.deliverability == "bad"


def test_only_a_supervisor_lifts_a_do_not_contact(cast: Cast) -> None:
    person = factories.person()
    people.set_do_not_contact(actor=cast.worker, person=person, value=True, reason="Asked for it")
    with pytest.raises(PermissionDenied):
        people.set_do_not_contact(actor=cast.worker, person=person, value=False, reason="Over")
    assert not people.set_do_not_contact(
        actor=cast.supervisor, person=person, value=False, reason="Over"
    ).do_not_contact


def test_a_guardian_is_replaced_never_a_consulate_and_verified_only_with_evidence(
    cast: Cast,
) -> None:
    person = factories.person(is_minor=True)
    given = {
        "person": person, "relationship": "aunt", "address": ADDRESS, "phone": "", "evidence": "court order",
        "verified": True,
    }  # fmt: skip
    people.set_guardian(actor=cast.worker, name="Rosa Invented", **given)
    second = people.set_guardian(actor=cast.worker, name="Inés Invented", **given)
    assert Guardian.objects.get(is_current=True) == second
    with pytest.raises(addresses.ConsulateRefused):
        people.set_guardian(actor=cast.worker, name="The Consul General", **given)
    with pytest.raises(people.FactRefused):
        people.set_guardian(actor=cast.worker, name="Rosa Invented", **{**given, "evidence": ""})
