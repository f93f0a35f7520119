"""A confirmed contact becomes evidence, once, for the duty to whoever was reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from breach.core.roles import NotAllowed, Role
from breach.models import ContactLogEntry, Exposure, FollowUp, Hold, User
from breach.services import clock, contacts, representation
from breach.services.contact_proof import TOO_EARLY
from notifications.models import Evidence, Notification
from notifications.services import hearing, preparing
from tests import factories
from tests.notifications.outbox_world import World

UNDERSTOOD = {"outcome": "understood", "identity_confirmed": True, "understanding_confirmed": True}


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


def logged(by: User, exposure: Exposure, **fields: Any) -> ContactLogEntry:
    return contacts.log_contact(
        actor=by, exposure=exposure, at=clock.now(),
        **{"channel": "legal_call", "reached": "person", **UNDERSTOOD, **fields},
    ).entry  # fmt: skip


def held(world: World) -> Exposure:
    (delivery,) = world.detained(1)
    return delivery.notification.exposure


def test_told_and_understood_is_proof_of_notice(world: World, worker: User) -> None:
    entry = logged(worker, held(world))
    assert hearing.take_up_contacts(actor=world.system) == 1
    evidence = Evidence.objects.get()
    assert (evidence.contact, evidence.kind, evidence.recorded_by) == (
        entry,
        "confirmed_call",
        worker,
    )
    assert Notification.objects.get().state == "notified"
    assert not FollowUp.objects.filter(state="open").exists()


def test_each_entry_counts_once(world: World, worker: User) -> None:
    logged(worker, held(world))
    assert hearing.take_up_contacts(actor=world.system) == 1
    assert hearing.take_up_contacts(actor=world.system) == 0
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"identity_confirmed": False},
        {"understanding_confirmed": False},
        {"outcome": "not_understood", "understanding_confirmed": False},
        {"outcome": "refused", "understanding_confirmed": False},
        {
            "outcome": "no_answer", "reached": "nobody", "channel": "phone", "identity_confirmed": False,
            "understanding_confirmed": False,
        },
        {"reached": "guardian"},
    ],
)  # fmt: skip
def test_anything_less_proves_nothing(world: World, worker: User, fields: dict[str, Any]) -> None:
    logged(worker, held(world), **fields)
    assert hearing.take_up_contacts(actor=world.system) == 0
    assert Notification.objects.get().state == "ready"


def test_a_corrected_entry_is_not_heard(world: World, worker: User) -> None:
    exposure = held(world)
    entry = logged(worker, exposure)
    logged(
        worker, exposure, corrects=entry, outcome="not_understood", understanding_confirmed=False
    )
    assert hearing.take_up_contacts(actor=world.system) == 0


def test_a_call_before_the_notice_was_prepared_proves_nothing_and_says_so(
    world: World, worker: User
) -> None:
    exposure = held(world)
    for at in (world.incident.discovered_at + timedelta(hours=1), clock.now() - timedelta(hours=1)):
        said = contacts.log_contact(
            actor=worker, exposure=exposure, at=at, channel="legal_call", reached="person", **UNDERSTOOD
        )  # fmt: skip
        assert (said.proves_notice, said.lacking) == (False, (TOO_EARLY,))
        assert (said.proposed.kind, said.proposed.reason) == ("call_back", contacts.EARLY.reason)
    assert hearing.take_up_contacts(actor=world.system) == 0
    assert Notification.objects.get().state == "ready"
    assert not Hold.objects.exists()


def test_nor_does_one_of_which_no_notice_is_prepared_yet_even_when_it_is_later(
    world: World, worker: User
) -> None:
    exposure = factories.exposure(incident=world.incident, elements=["name"])
    said = contacts.log_contact(
        actor=worker, exposure=exposure, at=clock.now() - timedelta(minutes=30), channel="legal_call",
        reached="person", **UNDERSTOOD,
    )  # fmt: skip
    assert said.lacking == (TOO_EARLY,)
    Notification.objects.create(
        reference="N-1", exposure=exposure, incident=world.incident, recipient_role="person"
    )
    assert hearing.take_up_contacts(actor=world.system, exposure=exposure) == 0
    assert not Evidence.objects.exists()


def test_a_call_typed_to_the_minute_right_after_preparing_counts(
    world: World, worker: User
) -> None:
    exposure = held(world)
    at = clock.now().replace(second=0, microsecond=0)
    assert contacts.log_contact(
        actor=worker, exposure=exposure, at=at, channel="legal_call", reached="person", **UNDERSTOOD
    ).proves_notice
    assert hearing.take_up_contacts(actor=world.system) == 1


def test_a_caller_who_has_left_since_does_not_stop_the_others(world: World, worker: User) -> None:
    gone = factories.user(Role.CASE_WORKER)
    logged(gone, held(world))
    logged(worker, held(world))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert hearing.take_up_contacts(actor=world.system) == 2
    assert set(Evidence.objects.values_list("recorded_by", flat=True)) == {
        world.system.pk,
        worker.pk,
    }


def test_counsel_reached_by_phone_proves_notice_to_counsel(world: World, worker: User) -> None:
    (delivery,) = world.represented(1)
    logged(worker, delivery.notification.exposure, reached="representative", channel="phone")
    assert hearing.take_up_contacts(actor=world.system) == 1
    assert Notification.objects.get().state == "notified"


def test_hearing_is_for_those_who_log_or_send(world: World) -> None:
    with pytest.raises(NotAllowed):
        hearing.take_up_contacts(actor=factories.user(Role.AUDITOR))


def test_a_call_with_former_counsel_proves_nothing_about_their_successor(
    world: World, worker: User
) -> None:
    (delivery,) = world.represented(1)
    duty = delivery.notification
    Notification.objects.update(state="withdrawn")  # counsel had gone when the call was logged
    logged(worker, duty.exposure, reached="representative")
    representation.replace_counsel(
        actor=world.supervisor, person=duty.exposure.person, attorney=factories.attorney(),
        forum=world.incident.forum, on=clock.today(), evidence="g28",
    )  # fmt: skip
    preparing.prepare(actor=world.system, incident=world.incident)
    assert hearing.take_up_contacts(actor=world.system) == 0
    assert not Notification.objects.filter(state="notified").exists()
