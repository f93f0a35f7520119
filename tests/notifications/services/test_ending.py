"""Unreachable and not affected: two people, diligence shown, nothing left behind, and never for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from breach.core.roles import NotAllowed, Role
from breach.models import Approval, Exposure, FollowUp, Hold, Incident, User
from breach.services import audit, clock, contacts, people
from breach.services.approvals import NotAsAsked, OwnRequest
from notifications import invariants, queries
from notifications.models import Delivery, Notification, Progress
from notifications.services import closing, ending, following, preparing, proving
from notifications.services.closing import CannotClose
from tests import factories, second_person
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World

WHY = "Four calls, two letters, nobody knows the person there"


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


@pytest.fixture
def exposure(world: World) -> Exposure:
    """Held in custody, with a letter that waits to be handed over."""
    (delivery,) = world.detained(1)
    return delivery.notification.exposure


def tried(worker: User, exposure: Exposure, **changes: Any) -> None:
    given = {"at": clock.now(), "channel": "phone", "reached": "nobody", "outcome": "no_answer"}
    contacts.log_contact(actor=worker, exposure=exposure, **(given | changes))


def ask(worker: User, exposure: Exposure, kind: str = ending.UNREACHABLE) -> Approval:
    return ending.ask_to_end(actor=worker, exposure=exposure, kind=kind, reason=WHY)


def place(exposure: Exposure) -> str:
    return Progress.objects.get(exposure=exposure).state


def open_kinds(exposure: Exposure) -> set[str]:
    rows = FollowUp.objects.filter(exposure=exposure, state="open")
    return set(rows.values_list("kind", flat=True))


def assert_the_promises_hold(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # chains the history, as a commit does
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    assert found == dict.fromkeys(found, 0)
    assert sum(queries.funnel(world.incident).values()) == world.incident.exposures.count()


def test_a_person_nobody_reached_is_unreachable_once_two_agree(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    ask(worker, exposure)
    assert place(exposure) == "ready"
    second_person.approves(world.supervisor, exposure)
    assert place(exposure) == "unreachable"
    assert Notification.objects.get(exposure=exposure).state == "unreachable"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}
    assert open_kinds(exposure) == set()
    assert_the_promises_hold(world)


def test_nobody_is_given_up_before_something_was_tried(worker: User, exposure: Exposure) -> None:
    with pytest.raises(CannotClose, match="Nothing was tried"):
        ask(worker, exposure)


def test_a_returned_letter_is_an_attempt(world: World, worker: User) -> None:
    (delivery,) = send_out(world, world.outside(1))
    Delivery.objects.filter(pk=delivery.pk).update(state="returned")
    approval = ask(worker, delivery.notification.exposure)
    assert {"by": "mailhouse", "state": "returned", "count": 1} in approval.content["deliveries"]


@pytest.mark.parametrize(
    "reached_somebody",
    [
        {"reached": "person", "outcome": "not_understood"},
        {"reached": "person", "outcome": "appointment"},
        {"reached": "person", "outcome": "interpreter_needed"},
        {"reached": "person", "outcome": "safety_concern"},
    ],
    ids=lambda fields: fields["outcome"],
)
def test_whoever_was_reached_is_not_given_up(
    worker: User, exposure: Exposure, reached_somebody: dict[str, str]
) -> None:
    tried(worker, exposure, **reached_somebody)
    with pytest.raises(CannotClose, match="Nothing was tried"):
        ask(worker, exposure)


def test_a_letter_that_never_left_and_a_corrected_entry_are_no_attempts(
    world: World, worker: User
) -> None:
    (delivery,) = send_out(world, world.outside(1))
    Delivery.objects.filter(pk=delivery.pk).update(state="failed")
    exposure = delivery.notification.exposure
    tried(worker, exposure)
    entry = exposure.contacts.get()
    tried(worker, exposure, corrects=entry, reached="person", outcome="appointment")
    with pytest.raises(CannotClose, match="Nothing was tried"):
        ask(worker, exposure)


def test_one_more_contact_voids_the_request(world: World, worker: User, exposure: Exposure) -> None:
    tried(worker, exposure)
    ask(worker, exposure)
    tried(worker, exposure, outcome="appointment", next_on=clock.today() + timedelta(days=1))
    with pytest.raises(NotAsAsked):
        second_person.approves(world.supervisor, exposure)
    assert place(exposure) == "ready"


def test_who_asked_does_not_agree_and_another_case_worker_neither(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    ask(world.supervisor, exposure)
    with pytest.raises(OwnRequest):
        second_person.approves(world.supervisor, exposure)
    with pytest.raises((NotAllowed, Approval.DoesNotExist)):
        second_person.approves(worker, exposure)


def test_a_letter_of_unknown_outcome_is_resolved_first(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    Delivery.objects.update(state="ambiguous")
    for kind in (ending.UNREACHABLE, ending.WITHDRAWAL):
        with pytest.raises(CannotClose, match="Resolve that delivery first"):
            ask(worker, exposure, kind)


def test_a_person_found_after_all_is_told_after_all(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    ask(worker, exposure)
    second_person.approves(world.supervisor, exposure)
    closing.take_up_again(actor=worker, exposure=exposure, reason="A relative called back")
    assert_the_promises_hold(world)
    following.follow_changes(actor=world.system)
    assert place(exposure) == "ready"
    assert Delivery.objects.filter(state="queued").count() == 1
    assert_the_promises_hold(world)


def test_late_proof_finishes_an_unreachable_duty(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    ask(worker, exposure)
    second_person.approves(world.supervisor, exposure)
    proving.record_evidence(
        actor=world.system, notification=Notification.objects.get(exposure=exposure), kind="signed_sheet",
        proven_at=clock.now(),
    )  # fmt: skip
    assert place(exposure) == "notified"
    assert_the_promises_hold(world)


def test_a_way_that_turns_up_later_is_somebodys_question(
    world: World, worker: User, exposure: Exposure
) -> None:
    tried(worker, exposure)
    ask(worker, exposure)
    second_person.approves(world.supervisor, exposure)
    people.set_language(
        actor=worker, person=exposure.person, tag="en", reads=True, verified=True, source="call"
    )
    following.follow_changes(actor=world.system)
    assert place(exposure) == "unreachable"
    assert open_kinds(exposure) == {"other"}


def test_who_was_told_stays_told_when_the_other_recipient_is_given_up(
    world: World, worker: User
) -> None:
    (delivery,) = world.represented(1)
    exposure = delivery.notification.exposure
    copy = Notification.objects.create(
        reference="N-COPY", exposure=exposure, incident=world.incident, recipient_role="person"
    )
    audit.record(
        actor=world.system, action="notification.routed", subject=copy, incident=world.incident
    )
    proving.record_evidence(
        actor=world.system, notification=delivery.notification, kind="attorney_attestation", proven_at=clock.now()
    )  # fmt: skip
    assert place(exposure) != "notified"
    tried(worker, exposure)
    ask(worker, exposure)
    second_person.approves(world.supervisor, exposure)
    assert place(exposure) == "notified"
    assert Hold.objects.filter(exposure=exposure).exists()
    assert_the_promises_hold(world)


def test_a_person_on_the_list_by_mistake_is_withdrawn_and_stays_so(
    world: World, worker: User, exposure: Exposure
) -> None:
    ask(worker, exposure, ending.WITHDRAWAL)
    second_person.approves(world.privacy, exposure)
    assert place(exposure) == "withdrawn"
    people.set_language(
        actor=worker, person=exposure.person, tag="en", reads=True, verified=True, source="call"
    )
    following.follow_changes(actor=world.system)
    preparing.prepare(actor=world.system, incident=world.incident, exposures=[exposure.pk])
    assert place(exposure) == "withdrawn"
    assert not Delivery.objects.exclude(state="cancelled").exists()
    assert open_kinds(exposure) == set()
    assert_the_promises_hold(world)


def test_somebody_never_released_can_be_withdrawn(world: World, worker: User) -> None:
    exposure = factories.exposure(incident=world.incident)
    ask(worker, exposure, ending.WITHDRAWAL)
    second_person.approves(world.privacy, exposure)
    assert place(exposure) == "withdrawn"
    assert_the_promises_hold(world)


def test_a_withdrawal_by_mistake_is_taken_up_again(
    world: World, worker: User, exposure: Exposure
) -> None:
    ask(worker, exposure, ending.WITHDRAWAL)
    second_person.approves(world.privacy, exposure)
    closing.take_up_again(actor=worker, exposure=exposure, reason="It was a namesake")
    following.follow_changes(actor=world.system)
    assert place(exposure) == "ready"
    assert Notification.objects.filter(exposure=exposure).count() == 1
    assert_the_promises_hold(world)


def test_who_was_told_cannot_be_withdrawn(world: World, worker: User, exposure: Exposure) -> None:
    proving.record_evidence(
        actor=world.system, notification=Notification.objects.get(exposure=exposure), kind="signed_sheet",
        proven_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(CannotClose, match="was told"):
        ask(worker, exposure, ending.WITHDRAWAL)


def test_what_is_not_closed_is_not_taken_up(worker: User, exposure: Exposure) -> None:
    with pytest.raises(CannotClose, match="not closed"):
        closing.take_up_again(actor=worker, exposure=exposure, reason="Why not")
