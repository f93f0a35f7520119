"""A recipient who comes back: nothing goes twice, what is unclear stays unclear, what is proven stays proven."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    AuditEvent,
    EvidenceKind,
    FollowUp,
    Hold,
    Incident,
    Representation,
    User,
)
from breach.services import clock, contacts, people, representation
from notifications import invariants
from notifications.models import Delivery, Evidence, Notification, Progress
from notifications.services import disproving, following, hearing, outcomes, proving, sending
from notifications.services.claiming import claim, due
from notifications.services.receiving import apply_receipt
from notifications.services.resolving import Finding, resolve_ambiguous
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World, finish


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


def lose(world: World, deliveries: list[Delivery]) -> None:
    """The relay's answer is lost: nobody knows whether these went out."""
    claims = claim(due(deliveries[0].channel), limit=len(deliveries))
    sending.write_intent(sending.pass_gate(world.system, claims), lease=timedelta(seconds=60))
    outcomes.unknown(actor=world.system, claims=claims, detail="lost")


def doubt_and_verify(world: World, worker: User) -> None:
    """Counsel is in doubt, and verified a day later."""
    appearance = Representation.objects.get()
    representation.dispute(actor=worker, representation=appearance, reason="two claims")
    following.follow_changes(actor=world.system)
    representation.verify(actor=worker, representation=appearance, evidence="g28", on=clock.today())
    following.follow_changes(actor=world.system)


def counsel_comes(world: World, worker: User) -> Representation:
    counsel = representation.replace_counsel(
        actor=worker, person=world.people[0], attorney=factories.attorney(), forum=world.incident.forum,
        on=clock.today(), evidence="g28",
    )  # fmt: skip
    following.follow_changes(actor=world.system)
    return counsel


def counsel_goes(world: World, worker: User, counsel: Representation) -> None:
    representation.withdraw(
        actor=worker, representation=counsel, on=clock.today(), reason="never filed"
    )
    # The day of a withdrawal still belongs to counsel: let it be over.
    Representation.objects.filter(pk=counsel.pk).update(period="[2022-01-01,2022-01-02)")
    AffectedPerson.objects.update(routing_version=F("routing_version") + 1)
    following.follow_changes(actor=world.system)


def live(role: str) -> Notification:
    return Notification.objects.exclude(state="withdrawn").get(recipient_role=role)


def open_kinds() -> set[str]:
    return set(FollowUp.objects.filter(state="open").values_list("kind", flat=True))


def broken(world: World) -> dict[str, int]:
    """Promises that do not hold; R13 is checked at commit, which a test has none of."""
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    return {name: count for name, count in found.items() if count and name != "R13"}


def test_a_mail_that_is_out_is_not_sent_again_after_a_dispute(world: World, worker: User) -> None:
    (mail,) = send_out(world, world.represented(1))
    doubt_and_verify(world, worker)
    assert list(Delivery.objects.values_list("pk", "state")) == [(mail.pk, "sent")]
    duty = live("representative")
    assert (duty.pk, duty.state) == (mail.notification_id, "underway")
    assert duty.closed_reason == ""
    assert duty.reopened_at is not None
    assert Progress.objects.get().state == "underway"
    assert open_kinds() == {"await_proof"}
    assert broken(world) == {}


def test_an_unknown_outcome_is_not_followed_by_another_mail_after_a_dispute(
    world: World, worker: User
) -> None:
    (mail,) = world.represented(1)
    lose(world, [mail])
    doubt_and_verify(world, worker)
    assert list(Delivery.objects.values_list("pk", "state")) == [(mail.pk, "ambiguous")]
    assert live("representative").state == "underway"
    assert "ambiguous" in open_kinds()
    assert broken(world) == {}
    resolve_ambiguous(
        actor=world.supervisor, delivery=mail, finding=Finding.NOT_SENT, statement="relay's log"
    )
    assert [d.pk for d in due("email")] == [mail.pk]  # and now it goes, once


def test_a_letter_whose_outcome_is_unknown_is_not_repeated_after_counsel_came_and_went(
    world: World, worker: User
) -> None:
    (letter,) = world.detained(1)
    lose(world, [letter])
    counsel_goes(world, worker, counsel_comes(world, worker))
    assert list(Delivery.objects.filter(channel="hand").values_list("pk", "state")) == [
        (letter.pk, "ambiguous")
    ]
    assert live("person").pk == letter.notification_id
    assert broken(world) == {}


def test_what_had_not_left_is_queued_again_in_the_same_duty(world: World, worker: User) -> None:
    (letter,) = world.detained(1)
    counsel_goes(world, worker, counsel_comes(world, worker))
    states = Delivery.objects.filter(channel="hand").order_by("queued_at")
    assert [(d.notification_id, d.state) for d in states] == [
        (letter.notification_id, "cancelled"),
        (letter.notification_id, "queued"),
    ]
    assert live("person").state == "ready"
    assert not Delivery.objects.exclude(channel="hand").filter(state="queued").exists()


def test_proof_that_came_meanwhile_counts_when_the_recipient_comes_back(
    world: World, worker: User
) -> None:
    (letter,) = send_out(world, world.detained(1))
    counsel = counsel_comes(world, worker)
    receipt = apply_receipt(
        actor=world.mail_room, delivery=letter, kind="signed", at=clock.now(), source="test", source_key="s:1"
    )  # fmt: skip
    proof = proving.record_evidence(
        actor=world.mail_room, notification=letter.notification, kind=EvidenceKind.SIGNED_SHEET,
        proven_at=clock.now(), receipt=receipt,
    )  # fmt: skip
    assert Progress.objects.get().state != "notified"  # counsel must be told
    counsel_goes(world, worker, counsel)
    duty = live("person")
    assert (duty.pk, duty.state, duty.notified_at) == (
        letter.notification_id, "notified", proof.proven_at,
    )  # fmt: skip
    assert Progress.objects.get().state == "notified"
    assert Hold.objects.get().evidence_id == proof.pk
    assert not Delivery.objects.filter(state="queued").exists()
    assert AuditEvent.objects.get(action="notification.reopened").changes["told"] is True
    assert broken(world) == {}


def test_proof_that_was_taken_back_meanwhile_does_not_count(world: World, worker: User) -> None:
    (letter,) = send_out(world, world.detained(1))
    counsel = counsel_comes(world, worker)
    proof = proving.record_evidence(
        actor=world.mail_room, notification=letter.notification, kind=EvidenceKind.SIGNED_SHEET,
        proven_at=clock.now(),
    )  # fmt: skip
    disproving.disprove(actor=world.supervisor, evidence=proof, reason="wrong_person")
    counsel_goes(world, worker, counsel)
    assert live("person").state == "underway"
    assert broken(world) == {}


def test_a_signed_sheet_is_not_enough_for_whoever_was_found_to_read_nothing(
    world: World, worker: User
) -> None:
    (letter,) = send_out(world, world.detained(1))
    counsel = counsel_comes(world, worker)
    proving.record_evidence(
        actor=world.mail_room, notification=letter.notification, kind=EvidenceKind.SIGNED_SHEET,
        proven_at=clock.now(),
    )  # fmt: skip
    people.set_language(
        actor=worker, person=world.people[0], tag="es", reads=False, verified=True, source="call"
    )
    counsel_goes(world, worker, counsel)
    duty = live("person")
    assert (duty.state, duty.needs_interpreter) == ("underway", True)
    assert Delivery.objects.filter(channel="call", state="queued").exists()
    assert broken(world) == {}


def test_the_duty_that_opens_again_follows_the_policy_of_today(world: World, worker: User) -> None:
    (letter,) = send_out(world, world.detained(1))
    counsel_comes(world, worker)
    assert Notification.objects.get(pk=letter.notification_id).state == "withdrawn"
    Incident.objects.update(copy_to_person=True, copy_required=False)
    AffectedPerson.objects.update(routing_version=F("routing_version") + 1)
    following.follow_changes(actor=world.system)
    copy = live("person")
    assert (copy.pk, copy.is_required) == (letter.notification_id, False)


def test_a_call_with_counsel_in_between_does_not_prove_notice_to_counsel_who_came_back(
    world: World, worker: User
) -> None:
    send_out(world, world.represented(1))
    first = Representation.objects.get()
    second = representation.replace_counsel(
        actor=worker, person=world.people[0], attorney=factories.attorney(), forum=world.incident.forum,
        on=clock.today(), evidence="g28",
    )  # fmt: skip
    following.follow_changes(actor=world.system)
    contacts.log_contact(
        actor=worker, exposure=live("representative").exposure, at=clock.now(), channel="legal_call",
        reached="representative", outcome="understood", identity_confirmed=True, understanding_confirmed=True,
    )  # fmt: skip
    Representation.objects.filter(pk=second.pk).update(status="withdrawn")
    Representation.objects.filter(pk=first.pk).update(status="active", period="[2022-01-01,)")
    AffectedPerson.objects.update(routing_version=F("routing_version") + 1)
    following.follow_changes(actor=world.system)
    assert live("representative").representation_id == first.pk
    hearing.take_up_contacts(actor=world.system)
    assert not Evidence.objects.exists()


def test_the_history_tells_that_it_is_the_same_notice(world: World, worker: User) -> None:
    (mail,) = send_out(world, world.represented(1))
    doubt_and_verify(world, worker)
    told = AuditEvent.objects.filter(subject_id=str(mail.notification_id)).order_by("pk")
    assert list(told.values_list("action", flat=True)) == [
        "notification.routed", "notification.withdrawn", "notification.reopened",
    ]  # fmt: skip


# One guardian is not another.


def guardian(worker: User, child: AffectedPerson, name: str, street: str) -> None:
    people.set_guardian(
        actor=worker, person=child, name=name, address=f"{street}\nTown, ST 00001", relationship="uncle",
        phone="", evidence="court order", verified=True,
    )  # fmt: skip


def letter_to_guardian(world: World, worker: User) -> Delivery:
    (child,) = world._people(1)
    AffectedPerson.objects.filter(pk=child.pk).update(is_minor=True)
    guardian(worker, child, "Former Guardian", "1 Old Street")
    (letter,) = world._queue([child], "mailhouse")
    send_out(world, [letter])
    return letter


def test_proof_that_the_former_guardian_got_the_letter_proves_nothing(
    world: World, worker: User
) -> None:
    letter = letter_to_guardian(world, worker)
    guardian(worker, world.people[0], "Rightful Guardian", "9 New Street")
    following.follow_changes(actor=world.system)
    Incident.objects.update(sufficient_evidence=["carrier_proof"])
    proving.record_evidence(
        actor=world.mail_room, notification=letter.notification, kind=EvidenceKind.CARRIER_PROOF,
        proven_at=clock.now(),
    )  # fmt: skip
    duty = live("guardian")
    assert duty.pk != letter.notification_id
    assert (duty.state, Progress.objects.get().state) == ("ready", "ready")
    (fresh,) = Delivery.objects.filter(state="queued")
    assert fresh.address["name"] == "Rightful Guardian"
    finish([fresh])
    assert send_out(world, [fresh])[0].state == "sent"
    assert not Hold.objects.exists()
    assert broken(world) == {}
