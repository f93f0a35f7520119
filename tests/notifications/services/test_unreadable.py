"""One row whose seal does not open: that person is somebody's task, and everybody else is told as ever."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from django.db import connection
from django.utils.translation import override
from pytest_django import Settings

from breach.core import keyring
from breach.core.crypto import SealBroken
from breach.core.roles import Role
from breach.models import AffectedPerson, ContactPoint, FollowUp, Identifier, Incident
from breach.services import people
from notifications import guards, invariants
from notifications.models import Artefact, Delivery, Progress
from notifications.services import (
    batching,
    following,
    making,
    preparing,
    sending,
)
from notifications.services.bad_addresses import mark_bad
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    keyring.forget()


def swap(table: str, column: str, one: object, other: object) -> None:
    """Two rows' sealed values change places: neither opens any more."""
    key = "person_id" if table == "breach_personkey" else "id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} one SET {column} = other.{column} FROM {table} other"
            f" WHERE one.{key} IN (%s, %s) AND other.{key} IN (%s, %s) AND one.{key} <> other.{key}",
            [one, other, one, other],
        )
    keyring.forget()


def swap_addresses(deliveries: list[Delivery]) -> None:
    swap("notifications_delivery", "address", deliveries[0].pk, deliveries[1].pk)


def swap_names(first: AffectedPerson, second: AffectedPerson) -> None:
    swap("breach_affectedperson", "family_name", first.pk, second.pk)


def states(channel: str) -> list[str]:
    return sorted(Delivery.objects.filter(channel=channel).values_list("state", flat=True))


def asked() -> list[tuple[str, str]]:
    rows = FollowUp.objects.filter(state="open", kind__in=["send_failed", "no_route"])
    return list(rows.values_list("kind", "reason"))


def broken(world: World) -> dict[str, int]:
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    return {name: count for name, count in found.items() if count and name != "R13"}


UNREADABLE = ("send_failed", guards.SENTENCES["unreadable"][2])
PREPARED = (
    "no_route",
    "The name or address on file cannot be opened: have an administrator restore it from a backup, or enter the "
    "address again.",
)  # fmt: skip


@pytest.mark.usefixtures("sink")
def test_an_address_that_does_not_open_stops_its_own_mail_only(world: World) -> None:
    swap_addresses(world.represented(5))
    counts = sending.send_next(actor=world.system, channel="email", limit=20)
    assert counts == {"sent": 3, "held_back": 2}
    assert states("email") == ["cancelled", "cancelled", "sent", "sent", "sent"]
    assert asked() == [UNREADABLE] * 2
    assert set(Progress.objects.values_list("state", flat=True)) == {"pending", "underway"}
    assert broken(world) == {}


@pytest.mark.parametrize("what", ["address", "letter", "name", "key"])
def test_a_facility_gets_the_letters_of_everybody_else(world: World, what: str) -> None:
    letters = world.detained(5)
    first, second = world.people[:2]
    if what == "address":
        swap_addresses(letters)
    elif what == "letter":
        with connection.cursor() as cursor:
            connection.check_constraints()
            cursor.execute("ALTER TABLE notifications_artefact DISABLE TRIGGER USER")
            made = [Artefact.objects.get(delivery=row).pk for row in letters[:2]]
            swap("notifications_artefact", "pdf", *made)
            connection.check_constraints()
            cursor.execute("ALTER TABLE notifications_artefact ENABLE TRIGGER USER")
    elif what == "name":
        swap_names(first, second)
    else:
        swap("breach_personkey", "wrapped", first.pk, second.pk)
    batching.write_batches(actor=world.system, channel="hand")
    assert states("hand") == ["cancelled", "cancelled", "sent", "sent", "sent"]
    assert asked() == [UNREADABLE] * 2
    assert broken(world) == {}


def test_a_number_that_does_not_open_is_left_out_of_the_sheet(world: World) -> None:
    world.detained(2)
    one, other = (
        Identifier.objects.create(person=person, value=f"A{number:09}", index=f"{number}")
        for number, person in enumerate(world.people)
    )
    swap("breach_identifier", "value", one.pk, other.pk)
    assert batching.write_batches(actor=world.system, channel="hand")["sent"] == 2


def test_a_contact_that_does_not_open_is_asked_about_and_the_others_are_routed(
    world: World,
) -> None:
    newcomers = world._people(5)
    points = [
        ContactPoint.objects.create(
            person=person, kind="address", value="2 Way\nTown, ST 00002", deliverability="deliverable", verified=True
        )
        for person in newcomers
    ]  # fmt: skip
    swap("breach_contactpoint", "value", points[0].pk, points[1].pk)
    preparing.prepare(actor=world.system, incident=world.incident)
    assert states("mailhouse") == ["queued"] * 3
    assert Progress.objects.count() == 5
    assert asked() == [PREPARED] * 2
    assert Progress.objects.filter(channel="").count() == 2
    assert broken(world) == {}
    # Entered again, it is a route as any other, and the question is answered.
    people.add_contact_point(
        actor=factories.user(Role.CASE_WORKER), person=newcomers[0], kind="address", value="3 Way\nTown, ST 00003",
        verified=True, safe=True,
    )  # fmt: skip
    following.follow_changes(actor=world.system)
    assert states("mailhouse") == ["queued"] * 4
    assert asked() == [PREPARED]


@pytest.mark.parametrize("what", ["name", "key"])
def test_whose_name_or_key_does_not_open_does_not_keep_others_from_being_routed(
    world: World, what: str
) -> None:
    world.facility()
    newcomers = world._people(4)
    for person in newcomers:
        factories.placement(person)
    if what == "name":
        swap_names(*newcomers[:2])
    else:
        swap("breach_personkey", "wrapped", newcomers[0].pk, newcomers[1].pk)
    preparing.prepare(actor=world.system, incident=world.incident)
    assert states("hand") == ["queued"] * 2
    assert asked() == [PREPARED] * 2


def test_a_child_whose_birth_date_does_not_open_is_told_through_the_guardian(world: World) -> None:
    child, other = world._people(2)
    for person in (child, other):
        person.birth_date_text, person.is_minor = "2001-01-01", True
        person.save()
    swap("breach_affectedperson", "birth_date_text", child.pk, other.pk)
    preparing.prepare(actor=world.system, incident=world.incident)
    assert {kind for kind, _reason in asked()} == {"no_route"}
    assert "no guardian is verified" in asked()[0][1]


def test_a_letter_of_whoever_does_not_open_is_refused_and_the_others_are_made(world: World) -> None:
    for person in world._people(4):
        factories.placement(person)
    preparing.prepare(actor=world.system, incident=world.incident)
    swap_names(*world.people[:2])
    made = making.make_next(actor=world.system, limit=20)
    assert (made.finished, made.refused) == (2, 2)
    assert asked() == [UNREADABLE] * 2
    assert broken(world) == {}


def test_a_root_key_that_opens_nothing_is_nobodys_fault_and_cancels_nothing(
    world: World, settings: Settings
) -> None:
    world.detained(3)
    settings.ROOT_KEY = base64.b64encode(bytes(32)).decode()
    keyring.forget()
    with pytest.raises(SealBroken, match="ROOT_KEY"):
        batching.write_batches(actor=world.system, channel="hand")
    assert "cancelled" not in states("hand")
    assert asked() == []


@pytest.mark.usefixtures("sink")
def test_a_fault_in_the_program_holds_one_notice_back_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_others = world.represented(3)
    ask = guards.blockers

    def faulty(deliveries: list[Delivery], **facts: object) -> object:
        if first in deliveries:
            raise RuntimeError
        return ask(deliveries, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(guards, "blockers", faulty)
    counts = sending.send_next(actor=world.system, channel="email", limit=20)
    assert counts == {"sent": 2, "held_back": 1}
    first.refresh_from_db()
    assert (first.state, first.state_reason) == ("queued", sending.FAULT)
    assert FollowUp.objects.get(kind="blocked", state="open").reason == sending.FAULT
    assert broken(world) == {}


def test_a_bounce_of_a_mail_whose_address_does_not_open_marks_nothing(world: World) -> None:
    mails = send_out(world, world.represented(2))
    swap_addresses(mails)
    mark_bad(actor=world.system, delivery=Delivery.objects.get(pk=mails[0].pk), reason="unknown")
    assert not Delivery.objects.get(pk=mails[0].pk).notification.attorney.email_bad_reason


def test_the_reason_is_said_in_the_readers_language(world: World) -> None:
    with override("es"):
        assert guards.Blocker("unreadable").sentence.startswith("La dirección o la carta")
