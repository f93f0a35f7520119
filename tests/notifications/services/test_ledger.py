"""The disclosure ledger, 5 USC 552a(c): whatever leaves the house leaves a row a person, in the same transaction."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings

from breach.models import Disclosure, User
from breach.services import keys
from notifications.models import Delivery
from notifications.services import batching, ledger, outcomes, portal
from notifications.services.claiming import claim, due
from notifications.services.resolving import Finding, resolve_ambiguous
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World


def rows() -> list[tuple[str, str, str, str]]:
    return [
        (row.nature, row.recipient_kind, row.recipient["name"], row.recipient["address"])
        for row in Disclosure.objects.all()
    ]


def test_letters_for_the_mail_house_are_a_row_a_person(world: World, settings: Settings) -> None:
    settings.MAIL_HOUSE = {"name": "Invented Printers", "address": "9 Press Way"}
    send_out(world, world.outside(3))
    assert rows() == [("print_file", "mail_house", "Invented Printers", "9 Press Way")] * 3
    assert Disclosure.objects.values("person").distinct().count() == 3


def test_a_batch_for_a_facility_names_the_facility(world: World) -> None:
    place = world.facility()
    world.detained(2, place)
    batching.write_batches(actor=world.system, channel="hand")
    assert rows() == [("sealed_letter", "facility", place.name, place.address)] * 2
    assert set(Disclosure.objects.values_list("recipient_id", flat=True)) == {place.pk}


def test_a_message_to_counsel_and_the_notice_opened_are_two_disclosures(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    portal.open_notice(actor=account, notification=notice)
    told = {(nature, kind, name) for nature, kind, name, _where in rows()}
    assert told == {
        ("message", "counsel", attorney.name), ("notice_opened", "counsel", attorney.name)
    }  # fmt: skip
    assert Disclosure.objects.count() == 2


def test_a_letter_that_did_not_leave_is_no_disclosure(world: World) -> None:
    world.outside(1)
    claims = claim(due("mailhouse"), limit=1)
    outcomes.refused(actor=world.system, claims=claims, permanent=True, detail="550")
    assert not Disclosure.objects.exists()


def test_a_letter_found_to_have_left_is_one(world: World) -> None:
    (delivery,) = world.represented(1)
    claims = claim(due("email"), limit=1)
    Delivery.objects.filter(pk=delivery.pk).update(state="ambiguous")
    delivery.refresh_from_db()
    resolve_ambiguous(
        actor=world.supervisor, delivery=delivery, finding=Finding.SENT, statement="The relay's log"
    )
    assert len(claims) == 1 and [row[0] for row in rows()] == ["message"]


def test_the_same_disclosure_is_told_once(world: World) -> None:
    sent = send_out(world, world.outside(1))
    ledger.record_deliveries(actor=world.system, deliveries=sent)
    assert Disclosure.objects.count() == 1


def test_when_the_ledger_cannot_be_written_nothing_counts_as_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = world.outside(1)

    def broken(*_args: object, **_kwargs: object) -> None:
        raise IntegrityError("the ledger is full")

    monkeypatch.setattr(Disclosure.objects, "bulk_create", broken)
    with pytest.raises(IntegrityError):
        send_out(world, deliveries)
    assert not Delivery.objects.filter(state="sent").exists()


def test_a_row_is_never_changed_nor_taken_out(world: World) -> None:
    send_out(world, world.outside(1))
    for attempt in (
        lambda: Disclosure.objects.update(purpose="proof"),
        lambda: Disclosure.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_name_and_address_of_the_recipient_are_sealed(world: World) -> None:
    place = world.facility()
    world.detained(1, place)
    batching.write_batches(actor=world.system, channel="hand")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(d)::text FROM breach_disclosure d")
        (kept,) = cursor.fetchone()
    assert place.name not in kept and place.name.encode().hex() not in kept


def test_the_ledger_outlives_a_destroyed_key(world: World) -> None:
    send_out(world, world.outside(1))
    second = User.objects.get(username="sup2-invented")
    keys.destroy(actor=world.privacy, second=second, person=world.people[0], reason="Time is over")
    row = Disclosure.objects.get()
    assert (row.nature, row.recipient_kind) == ("print_file", "mail_house")
