"""One human being with two records is told once: what was sent or proven under either counts for both."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now

from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    DuplicatePair,
    Exposure,
    FollowUp,
    Hold,
    Incident,
    Placement,
    User,
)
from breach.services import duplicates
from notifications import invariants
from notifications.models import Delivery, Evidence, Notification, Progress
from notifications.services import closing, disproving, following, preparing
from notifications.services.claiming import claim, due
from notifications.services.sending import pass_gate
from tests import factories
from tests.notifications.outbox_world import World, finish

from .test_receiving import load, sent, sheet


@pytest.fixture
def worker(world: World) -> User:
    return factories.user(Role.CASE_WORKER)


def join(worker: User, keep: AffectedPerson, other: AffectedPerson) -> DuplicatePair:
    first, second = sorted((keep, other), key=lambda person: person.pk)
    pair = DuplicatePair.objects.create(first=first, second=second, score=90, reasons=["same_name"])
    duplicates.join(actor=worker, pair=pair, keep=keep, reason="Same photograph")
    return pair


def tick(world: World) -> None:
    following.follow_changes(actor=world.system)


def leaves(world: World) -> list[Delivery]:
    """What the gate lets out now, by hand."""
    finish(list(Delivery.objects.filter(channel="hand", state="queued", artefact=None)))
    return pass_gate(world.system, claim(due("hand"), limit=5))


def follow_all(world: World, person: AffectedPerson) -> None:
    """Prepare an exposure that has come new, as the next release does."""
    preparing.prepare(
        actor=world.system, incident=world.incident,
        exposures=list(Exposure.objects.filter(person=person).values_list("pk", flat=True)),
    )  # fmt: skip


def sent_alone(world: World, delivery: Delivery) -> list[Delivery]:
    """Only this letter leaves; the others wait in the outbox."""
    others = Delivery.objects.filter(state="queued").exclude(pk=delivery.pk)
    later = [(row.pk, row.next_try_at) for row in others]
    others.update(next_try_at=Now() + timedelta(hours=1))
    gone = sent(world, [delivery])
    for pk, at in later:
        Delivery.objects.filter(pk=pk).update(next_try_at=at)
    return gone


def place(person: AffectedPerson) -> str:
    return Progress.objects.get(exposure__person=person).state


def broken(world: World) -> dict[str, int]:
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    return {rule: count for rule, count in found.items() if count and rule != "R13"}


def people_of(world: World, *deliveries: Delivery) -> list[AffectedPerson]:
    return [AffectedPerson.objects.get(pk=delivery.person_id) for delivery in deliveries]


def test_whoever_was_told_under_one_record_is_not_told_under_the_other(
    world: World, worker: User
) -> None:
    first, second = world.detained(2)
    (first,) = sent_alone(world, first)
    load(world, sheet((first, "delivered")))
    told, other = people_of(world, first, second)
    join(worker, other, told)
    assert leaves(world) == []
    tick(world)
    assert place(other) == "notified" and leaves(world) == []
    mine, theirs = Hold.objects.all()
    assert (mine.until, mine.evidence_id) == (theirs.until, theirs.evidence_id)
    assert broken(world) == {}


def test_while_a_notice_is_out_under_one_record_none_goes_to_the_other_and_its_proof_counts_for_both(
    world: World, worker: User
) -> None:
    first, second = world.detained(2)
    (first,) = sent_alone(world, first)
    gone, other = people_of(world, first, second)
    join(worker, other, gone)
    tick(world)
    assert leaves(world) == []
    asked = FollowUp.objects.get(exposure__person=other, state="open")
    assert asked.kind == "blocked" and "joined" in asked.reason
    load(world, sheet((first, "delivered")))
    assert leaves(world) == []
    tick(world)
    assert place(other) == "notified"
    assert not FollowUp.objects.filter(exposure__person=other, state="open").exists()
    assert broken(world) == {}


def test_a_notice_that_comes_back_under_one_record_lets_the_other_be_told(
    world: World, worker: User
) -> None:
    first, second = world.detained(2)
    (first,) = sent_alone(world, first)
    gone, other = people_of(world, first, second)
    join(worker, other, gone)
    tick(world)
    load(world, sheet((first, "refused")))
    tick(world)
    assert [delivery.person_id for delivery in leaves(world)] == [other.pk]
    assert broken(world) == {}


def test_proof_taken_back_under_one_record_leaves_the_other_untold(
    world: World, worker: User
) -> None:
    first, second = world.detained(2)
    (first,) = sent_alone(world, first)
    load(world, sheet((first, "delivered")))
    told, other = people_of(world, first, second)
    join(worker, other, told)
    tick(world)
    disproving.disprove(
        actor=world.supervisor, evidence=Evidence.objects.get(), reason="not_signed"
    )
    assert not Hold.objects.filter(paused_at=None).exists()
    assert place(other) == "pending" and broken(world) == {}
    tick(world)
    assert [delivery.person_id for delivery in leaves(world)] == [other.pk]


def test_records_separated_again_are_each_told_for_themselves(world: World, worker: User) -> None:
    first, second = world.detained(2)
    (first,) = sent_alone(world, first)
    load(world, sheet((first, "delivered")))
    told, other = people_of(world, first, second)
    pair = join(worker, other, told)
    tick(world)
    duplicates.part(actor=worker, pair=pair, reason="Two people")
    tick(world)
    assert place(told) == "notified" and place(other) == "ready"
    assert [delivery.person_id for delivery in leaves(world)] == [other.pk]
    assert broken(world) == {}


def test_the_wrong_person_is_not_told_once_the_records_are_separated(
    world: World, worker: User
) -> None:
    world.detained(1)
    (exposed,) = world.people
    stranger = factories.person()
    facility = Placement.objects.get(person=exposed).facility
    Placement.objects.create(
        person=stranger, facility=facility, period=DateRange(date(2022, 1, 1), None)
    )
    pair = join(worker, stranger, exposed)
    tick(world)
    follow_all(world, stranger)
    assert Notification.objects.filter(exposure__person=stranger, state="ready").exists()
    duplicates.part(actor=worker, pair=pair, reason="Two people")
    tick(world)
    assert place(stranger) == "withdrawn"
    assert {delivery.person_id for delivery in leaves(world)} == {exposed.pk}
    asked = FollowUp.objects.get(exposure__person=stranger, state="open")
    assert asked.desk == "supervisor" and broken(world) == {}


def test_somebody_found_affected_after_all_is_taken_up_again(world: World, worker: User) -> None:
    world.detained(1)
    (exposed,), stranger = world.people, factories.person()
    pair = join(worker, stranger, exposed)
    follow_all(world, stranger)
    duplicates.part(actor=worker, pair=pair, reason="Two people")
    tick(world)
    theirs = Exposure.objects.get(person=stranger)
    closing.take_up_again(actor=world.supervisor, exposure=theirs, reason="On another list as well")
    tick(world)
    assert place(stranger) == "pending" and broken(world) == {}
