"""Who was told and must be told once more: the hold pauses, somebody has a next action, and nobody is left behind."""

from __future__ import annotations

import pytest

from breach.core.roles import Role
from breach.models import AffectedPerson, EvidenceKind, FollowUp, Hold, User
from breach.services import clock, contacts, followups, incidents, placements
from breach.services.followups import LastNextAction
from notifications.models import Delivery
from notifications.services import closing, ending, following
from tests import factories, second_person
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World
from tests.notifications.services.test_preparing import (
    broken,
    duties,
    place,
    prove,
    represented_with_a_copy,
    states,
    waiting,
)

FOUND = "There may be a way to reach the person now: take the notice up again?"


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


def told_through_counsel(world: World) -> Delivery:
    """Counsel has confirmed, the hold runs; the person's copy is on its way and need not be proven."""
    mail, copy = represented_with_a_copy(world, required=False)
    send_out(world, [mail])
    send_out(world, [copy])
    prove(world, mail, EvidenceKind.ATTORNEY_ATTESTATION)
    assert Hold.objects.get().paused_at is None
    return copy


def copies_count_from_now_on(world: World) -> None:
    incidents.change_policy(actor=world.supervisor, incident=world.incident, copy_required=True)
    following.follow_changes(actor=world.system)


def test_a_copy_that_begins_to_count_pauses_the_hold(world: World, worker: User) -> None:
    copy = told_through_counsel(world)
    promised = Hold.objects.get().until
    copies_count_from_now_on(world)
    assert place(copy) == "underway"
    assert Hold.objects.get().paused_at is not None
    assert Hold.objects.get().until == promised
    assert broken() == {}
    last = FollowUp.objects.get(state="open")
    with pytest.raises(LastNextAction):
        followups.close(actor=worker, follow_up=last, reason="done")


def test_the_hold_runs_on_once_the_copy_is_proven_and_is_no_shorter(world: World) -> None:
    copy = told_through_counsel(world)
    promised = Hold.objects.get().until
    copies_count_from_now_on(world)
    prove(world, copy)
    hold = Hold.objects.get()
    assert hold.paused_at is None
    assert hold.until >= promised
    assert broken() == {}


def test_a_hold_that_runs_although_the_person_is_not_told_breaks_a_promise(world: World) -> None:
    told_through_counsel(world)
    copies_count_from_now_on(world)
    Hold.objects.update(paused_at=None)
    assert broken() == {"R7": 1}


def given_up_beside_told_counsel(world: World, worker: User) -> Delivery:
    """Counsel has confirmed; the person, whose copy counts as well, is nowhere to be found."""
    mail, copy = represented_with_a_copy(world, required=True)
    send_out(world, [mail])
    prove(world, mail, EvidenceKind.ATTORNEY_ATTESTATION)
    exposure = copy.notification.exposure
    contacts.log_contact(
        actor=worker, exposure=exposure, at=clock.now(), channel="phone", reached="nobody", outcome="no_answer"
    )  # fmt: skip
    ending.ask_to_end(
        actor=worker, exposure=exposure, kind=ending.UNREACHABLE, reason="Nobody knows where"
    )
    second_person.approves(world.supervisor, exposure)
    assert duties(copy) == {"representative": "notified", "person": "unreachable"}
    assert place(copy) == "notified"
    assert Hold.objects.get().paused_at is None
    return copy


def found(world: World, worker: User, copy: Delivery) -> None:
    """The person turns up at another facility."""
    placements.transfer(
        actor=worker, person=AffectedPerson.objects.get(pk=copy.person_id), facility=world.facility(),
        on=clock.today(), source="list",
    )  # fmt: skip


def test_somebody_given_up_beside_a_told_attorney_can_be_found_again(
    world: World, worker: User
) -> None:
    copy = given_up_beside_told_counsel(world, worker)
    following.follow_changes(actor=world.system)
    assert waiting(copy) == {}
    found(world, worker, copy)
    following.follow_changes(actor=world.system)
    assert waiting(copy) == {"other": FOUND}


def test_that_counsel_can_be_reached_is_no_news_about_the_person_given_up(
    world: World, worker: User
) -> None:
    copy = given_up_beside_told_counsel(world, worker)
    placements.end(
        actor=worker, person=AffectedPerson.objects.get(pk=copy.person_id), on=clock.today(), reason="released"
    )  # fmt: skip
    following.follow_changes(actor=world.system)
    assert waiting(copy) == {}


def test_whoever_is_taken_up_again_beside_told_counsel_gets_a_letter_and_the_hold_waits_for_it(
    world: World, worker: User
) -> None:
    copy = given_up_beside_told_counsel(world, worker)
    found(world, worker, copy)
    promised = Hold.objects.get().until
    closing.take_up_again(
        actor=worker, exposure=copy.notification.exposure, reason="Found in custody"
    )
    assert Hold.objects.get().paused_at is not None
    following.follow_changes(actor=world.system)
    assert duties(copy) == {"representative": "notified", "person": "ready"}
    assert states(copy)[-1] == ("hand", "queued")
    assert Hold.objects.get().until == promised
    assert broken() == {}


def test_only_what_is_closed_is_taken_up_again(world: World, worker: User) -> None:
    copy = told_through_counsel(world)
    with pytest.raises(closing.CannotClose):
        closing.take_up_again(actor=worker, exposure=copy.notification.exposure, reason="Why not")
    assert Hold.objects.get().paused_at is None
