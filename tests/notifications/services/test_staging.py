"""A release begins with ten letters; a hundred follow, then all, each time after somebody has looked."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from breach.core.roles import NotAllowed
from breach.models import AuditEvent
from notifications import mailsink, tasks
from notifications.models import Delivery, Stage, stages
from notifications.services import allowance, batching, reading_back, sending, staging
from notifications.services.staging import StageRefused, raise_stage, standing
from tests.notifications.outbox_world import World, make_world
from tests.signing_in import client_of

SIZES = (3, 5, None)


@pytest.fixture
def staged(
    db: None, settings: Settings, tmp_path: Path, sink: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A world at the beginning of its release; small stages, and a reader that believes blank pages."""
    return _staged(settings, tmp_path, monkeypatch)


def _staged(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.SPOOL_DIR = tmp_path / "spool"
    for module in (allowance, staging):
        monkeypatch.setattr(module, "STAGES", SIZES)
    for module in (sending, staging):
        monkeypatch.setattr(module, "misread", lambda _delivery: ())
    return make_world("staged", released=False)


def sent() -> int:
    return Delivery.objects.filter(state="sent").count()


def send_all(world: World) -> int:
    while sending.send_next(actor=world.system, channel="email"):
        pass
    while batching.write_batches(actor=world.system, channel="hand"):
        pass
    return sent()


def test_nobody_has_to_switch_it_on_ten_are_the_first_of_every_incident() -> None:
    assert stages.STAGES == (10, 100, None)


def test_a_release_stops_after_each_stage_until_a_person_says_go_on(staged: World) -> None:
    staged.represented(7)
    assert send_all(staged) == 3
    assert standing(staged.incident).holds_back
    assert staging.waiting_behind(staged.incident) == 4
    stage = raise_stage(actor=staged.supervisor, incident=staged.incident)
    assert staging.waiting_behind(staged.incident) == 0
    assert (stage.limit, stage.seen["left"], stage.seen["letters"], stage.seen["faults"]) == (
        5,
        3,
        3,
        0,
    )
    assert send_all(staged) == 5
    raise_stage(actor=staged.supervisor, incident=staged.incident)
    assert send_all(staged) == 7
    with pytest.raises(StageRefused, match="Everything may leave"):
        raise_stage(actor=staged.supervisor, incident=staged.incident)
    assert AuditEvent.objects.filter(action="release.stage_raised").count() == 2


def test_paper_and_mail_share_the_places_of_a_stage(staged: World) -> None:
    staged.represented(2)
    staged.detained(4)
    assert send_all(staged) == 3
    assert batching.anything_ripe("hand") is False, "the clock is not woken for what may not leave"


def test_another_incident_is_not_held_up(staged: World, world: World) -> None:
    staged.represented(4)
    world.represented(4)
    send_all(staged)
    assert Delivery.objects.filter(state="sent", incident=world.incident).count() == 4


def test_what_was_held_back_or_failed_keeps_its_place_so_a_fault_touches_no_more_than_the_stage(
    staged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged.represented(7)
    monkeypatch.setattr(sending, "misread", lambda _delivery: ("another person's letter",))
    assert send_all(staged) == 0
    assert Delivery.objects.filter(state="cancelled").count() == 3
    assert Delivery.objects.filter(state="queued").count() == 4


def test_a_letter_that_is_wrong_when_read_back_keeps_the_next_stage_shut(
    staged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged.represented(4)
    send_all(staged)
    monkeypatch.setattr(staging, "misread", reading_back.misread)
    with pytest.raises(StageRefused, match="3 of 3 letters"):
        raise_stage(actor=staged.supervisor, incident=staged.incident)
    assert not Stage.objects.filter(incident=staged.incident).exists()


def test_a_program_does_not_go_on_where_most_of_the_stage_did_not_arrive(staged: World) -> None:
    staged.represented(4)
    send_all(staged)
    gone = Delivery.objects.filter(state="sent").values_list("pk", flat=True)[:2]
    Delivery.objects.filter(pk__in=list(gone)).update(state="bounced")
    with pytest.raises(StageRefused, match="More than half"):
        raise_stage(actor=staged.system, incident=staged.incident, by_itself=True)
    assert raise_stage(actor=staged.supervisor, incident=staged.incident).seen["came_back"] == 2


def test_the_stage_is_not_over_while_places_are_left(staged: World) -> None:
    staged.represented(2)
    send_all(staged)
    with pytest.raises(StageRefused, match="2 of 3"):
        raise_stage(actor=staged.supervisor, incident=staged.incident)
    with pytest.raises(NotAllowed):
        raise_stage(actor=staged.privacy, incident=staged.incident)


def test_the_clock_wakes_nobody_for_a_full_stage_and_the_page_goes_on(
    staged: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    staged.represented(5)
    tasks.send_due("email")
    assert sent() == 3
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    assert "send_due" not in str(rung)
    client = client_of(staged.supervisor)
    page = reverse("release-stage", args=[staged.incident.slug])
    assert "The stage is over: continue?" in client.get(page).content.decode()
    answer = client.post(page, follow=True)
    assert "The release continues" in answer.content.decode()
    tasks.send_due("email")
    assert sent() == 5
    assert client_of(staged.privacy).post(page).status_code == 403


def test_workers_at_once_never_take_more_than_the_stage_has_places(
    transactional_db: None,
    settings: Settings,
    tmp_path: Path,
    sink: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = _staged(settings, tmp_path, monkeypatch)
    world.represented(12)

    def work() -> None:
        try:
            while sending.send_next(actor=world.system, channel="email", limit=2):
                pass
        finally:
            connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert mailsink.count(sink) == sent() == 3


def test_an_envelope_that_is_somebody_elses_never_leaves(
    world: World, sink: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.represented(2)
    made: list[Any] = []
    original = sending._envelope

    def off_by_one(*given: Any) -> Any:
        made.append(original(*given))
        return made[max(len(made) - 2, 0)]

    monkeypatch.setattr(sending, "_envelope", off_by_one)
    send_all(world)
    assert mailsink.count(sink) == 1
    assert Delivery.objects.filter(state="failed").count() == 1
