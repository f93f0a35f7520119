"""The same address is not written to twice because a row about it was edited, marked or taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from breach.core.roles import Role
from breach.models import AffectedPerson, Attorney, EvidenceKind, Guardian, Incident, User
from breach.services import attorneys, clock, people
from notifications.models import Delivery, Evidence, Notification
from notifications.services import disproving, following, proving
from notifications.services.receiving import apply_receipt
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World

Step = Callable[[World, User], object]


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


def suspended_by_mistake(world: World, worker: User) -> None:
    counsel = Attorney.objects.get()
    for value in (True, False):
        attorneys.suspend(actor=worker, attorney=counsel, value=value, reason="of that name")
        following.follow_changes(actor=world.system)


def same_email(world: World, worker: User) -> None:
    counsel = Attorney.objects.get()
    attorneys.change_email(
        actor=worker, attorney=counsel, email=counsel.email.upper(), verified=True
    )


def other_email(world: World, worker: User) -> None:
    attorneys.change_email(
        actor=worker, attorney=Attorney.objects.get(), email="other@firm.invalid", verified=True
    )


def address_entered(value: str) -> Step:
    return lambda world, worker: people.add_contact_point(
        actor=worker, person=world.people[0], kind="address", value=value, verified=True, safe=True
    )


def after(world: World, worker: User, sent: Delivery, step: Step) -> list[str]:
    step(world, worker)
    following.follow_changes(actor=world.system)
    rows = Delivery.objects.filter(person_id=sent.person_id).exclude(state="cancelled")
    return sorted(rows.values_list("state", flat=True))


@pytest.mark.parametrize("step", [suspended_by_mistake, same_email])
def test_counsel_is_not_mailed_again_at_the_same_address(
    world: World, worker: User, step: Step
) -> None:
    (mail,) = send_out(world, world.represented(1))
    assert after(world, worker, mail, step) == ["sent"]


def test_counsel_who_gets_post_is_not_written_to_again_when_their_email_is_corrected(
    world: World, worker: User
) -> None:
    world.represented(1)
    Attorney.objects.update(email="", address="1 Counsel Way\nTown, ST 00001")
    AffectedPerson.objects.update(routing_version=2)
    (post,) = send_out(world, world._queue(world.people, "mailhouse"))
    unverified: Step = lambda world, worker: attorneys.mark_email_bad(  # noqa: E731
        actor=worker, attorney=Attorney.objects.get(), reason="does not arrive"
    )
    assert after(world, worker, post, unverified) == ["sent"]


def test_the_same_postal_address_entered_again_is_no_new_address(
    world: World, worker: User
) -> None:
    (letter,) = send_out(world, world.outside(1))
    assert after(world, worker, letter, address_entered("2 Way\nTown, ST 00002")) == ["sent"]


@pytest.mark.parametrize("channel", ["email", "mailhouse"])
def test_another_address_is_written_to(world: World, worker: User, channel: str) -> None:
    queued = world.represented(1) if channel == "email" else world.outside(1)
    (sent,) = send_out(world, queued)
    step = other_email if channel == "email" else address_entered("7 Way\nTown, ST 00007")
    assert after(world, worker, sent, step) == ["queued", "sent"]


def test_an_address_that_bounced_and_is_entered_again_is_written_to_again(
    world: World, worker: User
) -> None:
    (mail,) = send_out(world, world.represented(1))
    apply_receipt(
        actor=world.mail_room, delivery=mail, kind="bounced", at=clock.now(), source="test", source_key="b:1"
    )  # fmt: skip
    attorneys.mark_email_bad(actor=worker, attorney=Attorney.objects.get(), reason="mailbox full")
    following.follow_changes(actor=world.system)
    assert after(world, worker, mail, same_email) == ["bounced", "queued"]


def test_a_letter_whose_proof_was_taken_back_goes_to_the_same_address_again(
    world: World, worker: User
) -> None:
    Incident.objects.update(sufficient_evidence=["carrier_proof"])
    (letter,) = send_out(world, world.outside(1))
    receipt = apply_receipt(
        actor=world.mail_room, delivery=letter, kind="delivered", at=clock.now(), source="test", source_key="d:1"
    )  # fmt: skip
    proof = proving.record_evidence(
        actor=world.mail_room, notification=letter.notification, kind=EvidenceKind.CARRIER_PROOF,
        proven_at=clock.now(), receipt=receipt,
    )  # fmt: skip
    disproving.disprove(actor=world.supervisor, evidence=proof, reason="wrong_person")
    following.follow_changes(actor=world.system)
    again = Delivery.objects.exclude(pk=letter.pk).get()
    assert (again.state, again.round, letter.round) == ("queued", 1, 0)
    assert Evidence.objects.count() == 1


def test_a_guardian_of_whom_more_is_known_is_the_same_guardian(world: World, worker: User) -> None:
    (child,) = world._people(1)
    AffectedPerson.objects.filter(pk=child.pk).update(is_minor=True)

    def name(phone: str, street: str) -> Guardian:
        return people.set_guardian(
            actor=worker, person=child, name="Gil Guardian", address=f"{street}\nTown, ST 00001",
            relationship="uncle", phone=phone, evidence="court order", verified=True,
        )  # fmt: skip

    first = name("", "1 Way")
    (letter,) = send_out(world, world._queue([child], "mailhouse"))
    step: Step = lambda world, worker: name("+12025550143", "1 Way")  # noqa: E731
    assert after(world, worker, letter, step) == ["sent"]
    assert Guardian.objects.get().phone == "+12025550143"
    assert name("+12025550143", "9 Way").pk != first.pk
    following.follow_changes(actor=world.system)
    assert Notification.objects.exclude(state="withdrawn").get().pk != letter.notification_id
