"""Celery is the alarm clock: tasks may be lost, doubled or forged, and the doorbell may be broken."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from breach.services import clock, placements
from notifications import mailsink, tasks
from notifications.models import Attempt, Delivery, Notification
from tests.notifications.outbox_world import World, finish


def everything() -> list[list[tuple[object, ...]]]:
    deliveries = Delivery.objects.values_list("pk", "state", "fence", "tries", "lease_until")
    return [list(deliveries.order_by("pk")), list(Notification.objects.values_list("pk", "state"))]


@pytest.fixture
def broken_broker() -> Iterator[None]:
    """A broker that nobody answers for."""
    app = current_app._get_current_object()
    before = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    app._after_fork()  # forget pooled connections
    yield
    app.conf.broker_url = before
    app._after_fork()


def test_a_broken_doorbell_fails_nobody(
    db: None,
    broken_broker: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as rung:
        tasks.ring(tasks.send_due, "email")
    assert len(rung) == 1


def test_a_tick_finds_what_no_message_said(
    world: World, sink: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    world.represented(2)
    world.detained(1)
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    called = {(call.args[0].name.rpartition(".")[2], *call.args[1]) for call in rung}
    assert called == {("send_due", "email"), ("send_batches", "hand")}
    tasks.send_due("email")
    tasks.send_batches("hand")
    assert mailsink.count(sink) == 2
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    assert rung == []


def test_the_same_message_twice_sends_once(world: World, sink: Path) -> None:
    world.represented(3)
    for _ in range(3):
        tasks.send_due("email")
    assert mailsink.count(sink) == 3


def test_forged_messages_change_nothing(world: World) -> None:
    world.represented(1)
    world.detained(1)
    before = everything()
    chance = random.Random(1)
    forged = ["hand", "portal; DROP TABLE", "", "../../etc/passwd", "\x00", "consulate"]
    forged += ["".join(chance.choices(string.printable, k=20)) for _ in range(200)]
    for name in forged:
        tasks.send_due(name)
        tasks.send_batches(name if name != "hand" else "email")
    with pytest.raises(TypeError):
        tasks.send_due("email", {"state": "sent"})
    assert everything() == before
    assert not Attempt.objects.exists()


def test_a_transfer_after_queueing_voids_the_letter_and_the_tick_finds_the_new_place(
    world: World,
) -> None:
    (old,) = world.detained(1)
    person, there = world.people[0], world.facility()
    placements.transfer(
        actor=world.supervisor,
        person=person,
        facility=there,
        on=clock.today(),
        source="Custody list",
    )
    tasks.send_batches("hand")
    old.refresh_from_db()
    assert old.state == "cancelled"
    assert not Attempt.objects.exists()
    tasks.tick()
    new = Delivery.objects.get(state="queued")
    assert new.placement is not None
    assert new.placement.facility == there
    finish([new])
    tasks.send_batches("hand")
    assert Attempt.objects.get().delivery_id == new.pk


def test_a_checkpoint_that_cannot_be_written_keeps_no_letter_from_going_out(
    world: World,
    sink: Path,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.CHECKPOINTS = tmp_path / "a-file" / "audit.jsonl"
    settings.CHECKPOINTS.parent.touch()
    world.represented(1)
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    assert len(rung) == 1
