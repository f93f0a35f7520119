"""Celery is the alarm clock: tasks may be lost, doubled or forged, and the doorbell may be broken."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from celery import current_app
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from breach.core.roles import Role
from breach.models import Incident, User
from breach.services import approvals, checkpoints, clock, contacts, exporting, placements
from notifications import mailsink, tasks
from notifications.models import Attempt, Delivery, Notification
from notifications.services import claiming, following, hearing, making, sweeping
from tests import factories
from tests.notifications.outbox_world import World, finish, make_world


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


def broken(*_args: object, **_kwargs: object) -> None:
    raise ValueError("somebody's name")


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """What a tick logged about steps that failed."""
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [event for event in events if event["event"] == "tick.step_failed"]


STEPS = {
    "sweep": (sweeping, "tidy_spool"),
    "take_up_contacts": (hearing, "take_up_contacts"),
    "follow_changes": (following, "follow_changes"),
    "expire_approvals": (approvals, "expire_old"),
    "forget_exports": (exporting, "forget_old"),
    "checkpoint": (checkpoints, "write_when_due"),
    "wake.render": (making, "waiting"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_is_told_once_and_stops_no_other_and_no_letter(
    world: World,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    world.represented(1)
    world.detained(1)
    taken = []
    for name, (module, verb) in STEPS.items():
        watched = broken if name == step else partial(noted, taken, name, getattr(module, verb))
        monkeypatch.setattr(module, verb, watched)
    with (
        pytest.raises(tasks.TickIncomplete, match=f"^{step}$"),
        django_capture_on_commit_callbacks() as rung,
    ):
        tasks.tick()
    assert taken == [name for name in STEPS if name != step]
    assert {call.args[1] for call in rung} == {("email",), ("hand",)}
    (event,) = told(caplog)
    assert (event["phase"], event["error"], event["count"]) == (step, "ValueError", 1)
    assert "somebody" not in caplog.text


def noted(taken: list[str], name: str, verb: Callable[..., object], **kwargs: object) -> object:
    taken.append(name)
    return verb(**kwargs)


def test_a_channel_that_cannot_be_asked_keeps_no_other_from_being_woken(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    world.represented(1)
    world.detained(1)
    monkeypatch.setattr(claiming, "due", broken)
    with (
        pytest.raises(tasks.TickIncomplete, match=r"^wake.call, wake.email, wake.portal$"),
        django_capture_on_commit_callbacks() as rung,
    ):
        tasks.tick()
    assert [call.args[1] for call in rung] == [("hand",)]


def test_one_bad_incident_and_one_bad_contact_stop_nobody_elses(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_world("other")
    here, there = world.detained(1)[0], other.detained(1)[0]
    worker = factories.user(Role.CASE_WORKER)
    for delivery in (here, there):
        contacts.log_contact(
            actor=worker, exposure=delivery.notification.exposure, at=clock.now(), channel="legal_call",
            reached="person", outcome="understood", identity_confirmed=True, understanding_confirmed=True,
        )  # fmt: skip
    followed = []

    def follow(actor: User, incident: Incident, *, limit: int) -> int:
        followed.append(incident)
        return broken() or 0 if incident == first else 1

    def prove(*, notification: Notification, **fields: object) -> object:
        return (
            broken()
            if notification == here.notification
            else record(notification=notification, **fields)
        )

    first = min((world.incident, other.incident), key=lambda incident: incident.pk)
    record: Callable[..., object] = hearing.record_evidence
    monkeypatch.setattr(following, "_follow", follow)
    monkeypatch.setattr(hearing, "record_evidence", prove)
    with pytest.raises(tasks.TickIncomplete, match=r"^take_up_contacts, follow_changes$"):
        tasks.tick()
    assert len(followed) == 2
    assert Notification.objects.get(pk=there.notification_id).state == "notified"
    assert Notification.objects.get(pk=here.notification_id).state == "ready"
    assert [event["error"] for event in told(caplog)] == ["ValueError", "ValueError"]


def test_a_broken_statement_of_one_step_leaves_the_next_a_sound_connection(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(**_kwargs: object) -> None:
        with transaction.atomic():
            Incident.objects.extra(where=["1/0 = 1"]).count()

    world.represented(1)
    monkeypatch.setattr(hearing, "take_up_contacts", refuses)
    with pytest.raises(tasks.TickIncomplete, match=r"^take_up_contacts$"):
        tasks.tick()
    (event,) = told(caplog)
    assert (event["error"], event["sqlstate"]) == ("DataError", "22012")
