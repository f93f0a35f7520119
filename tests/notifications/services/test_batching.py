"""Paper: one batch, one send; the spool is the evidence of what left."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from pytest_django import Settings

from breach.models import FollowUp
from breach.services import incidents
from notifications.models import Attempt, Batch, Delivery
from notifications.rendering.mailhouse import BatchRefused
from notifications.services import batching, sweeping
from notifications.services.batching import BatchAltered, settle_batch, write_batches
from tests.notifications.outbox_world import World

OVER = timedelta(seconds=-1)


def states() -> set[str]:
    return set(Delivery.objects.values_list("state", flat=True))


def crash_before_writing(world: World, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """The worker dies between the intent and the spool."""

    def die(*_args: object) -> str:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(batching, "_put_in_spool", die)
        write_batches(actor=world.system, channel="hand", lease=OVER)
    return Batch.objects.get(state="open")


def test_one_facilitys_letters_make_one_batch_with_its_sheet(
    world: World, settings: Settings
) -> None:
    world.detained(3)
    world.detained(2)
    counts = write_batches(actor=world.system, channel="hand", max_batches=5)
    assert counts == {"batches": 2, "sent": 5}
    assert states() == {"sent"}
    batch = Batch.objects.get(letters=3)
    assert batch.state == "written"
    folder: Path = settings.SPOOL_DIR / "hand" / batch.number
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS", "cover.pdf", "letters.pdf", "manifest.csv", "sheet.pdf",
    ]  # fmt: skip
    with pikepdf.open(folder / "letters.pdf") as letters:
        assert len(letters.pages) == 6
    with (folder / "manifest.csv").open(newline="") as stream:
        listed = {row["reference"] for row in csv.DictReader(stream)}
    assert listed == {d.notification.reference for d in batch.deliveries.all()}


def test_nothing_due_writes_nothing(world: World) -> None:
    assert write_batches(actor=world.system, channel="mailhouse") == {}


def test_somebody_held_back_is_not_in_the_batch(world: World, settings: Settings) -> None:
    first, _second = world.detained(2)
    world.people[0].__class__.objects.filter(pk=first.person_id).update(do_not_contact=True)
    counts = write_batches(actor=world.system, channel="hand")
    assert (counts["sent"], counts["held_back"]) == (1, 1)
    first.refresh_from_db()
    assert first.state == "cancelled"
    assert Batch.objects.get().letters == 1


def test_somebody_stopped_while_the_batch_was_printed_is_left_out_of_a_new_print(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = world.detained(2)
    printed = []
    make = batching._make

    def print_and_lose_one(channel: str, deliveries: list[Delivery]) -> batching.Parcel:
        parcel = make(channel, deliveries)
        printed.append(len(deliveries))
        world.people[0].__class__.objects.filter(pk=first.person_id).update(do_not_contact=True)
        return parcel

    monkeypatch.setattr(batching, "_make", print_and_lose_one)
    counts = write_batches(actor=world.system, channel="hand")
    assert printed == [2, 1]
    assert (counts["sent"], counts["held_back"]) == (1, 1)


def test_a_stop_during_printing_lets_nothing_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.detained(2)
    make = batching._make

    def print_and_stop(channel: str, deliveries: list[Delivery]) -> batching.Parcel:
        incidents.stop_sending(actor=world.supervisor, incident=world.incident, reason="Stop")
        return make(channel, deliveries)

    monkeypatch.setattr(batching, "_make", print_and_stop)
    counts = write_batches(actor=world.system, channel="hand")
    assert counts == {"held_back": 2}
    assert states() == {"queued"}
    assert not Attempt.objects.exists()


def test_a_letter_that_has_not_its_recorded_pages_is_put_back_and_stops_no_other_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.detained(2)
    with monkeypatch.context() as patch:
        patch.setattr(batching, "combine", refuse)
        assert write_batches(actor=world.system, channel="hand") == {"held_back": 2}
    assert states() == {"queued"}
    assert not Batch.objects.exists()


def refuse(*_: object) -> None:
    raise BatchRefused("Letter N does not have the recorded number of pages.")


def test_a_print_job_with_a_wrong_page_never_reaches_the_spool(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    world.detained(2)
    monkeypatch.setattr(
        batching, "check_combined", lambda *_: ("a page is where it should not be",)
    )
    write_batches(actor=world.system, channel="hand")
    assert states() == {"queued"}
    kinds = FollowUp.objects.filter(state="open").values_list("kind", flat=True)
    assert list(kinds) == ["blocked", "blocked"]  # tried again for ever, but not unseen
    assert not Batch.objects.exists()
    assert not (settings.SPOOL_DIR / "hand").exists()


def test_a_batch_that_never_reached_the_spool_is_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.detained(2)
    lost = crash_before_writing(world, monkeypatch)
    assert sweeping.sweep(actor=world.system)["settled"] == 1
    lost.refresh_from_db()
    assert lost.state == "void"
    assert states() == {"queued"}
    Delivery.objects.update(next_try_at=None)
    assert write_batches(actor=world.system, channel="hand")["sent"] == 2
    assert (
        sorted(Attempt.objects.values_list("outcome", flat=True))
        == ["accepted"] * 2 + ["temporary"] * 2
    )


def test_a_writer_that_wakes_up_after_its_batch_was_settled_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.detained(2)
    late = {}
    put = batching._put_in_spool

    def sleep_through_the_sweep(*args: object) -> str:
        sweeping.sweep(actor=world.system)
        late["outcome"] = put(*args)  # type: ignore[arg-type]  # passed on as they came
        return late["outcome"]

    monkeypatch.setattr(batching, "_put_in_spool", sleep_through_the_sweep)
    write_batches(actor=world.system, channel="hand", lease=OVER)
    assert late["outcome"] == "queued"
    assert states() == {"queued"}
    assert Batch.objects.get().state == "void"
    monkeypatch.undo()
    Delivery.objects.update(next_try_at=None)
    assert write_batches(actor=world.system, channel="hand")["sent"] == 2


def test_a_batch_found_in_the_spool_was_sent_whatever_the_worker_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.detained(2)

    def die(**_facts: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(batching.outcomes, "accepted", die)
        write_batches(actor=world.system, channel="hand", lease=OVER)
    assert states() == {"sending"}
    sweeping.sweep(actor=world.system)
    assert states() == {"sent"}
    assert Batch.objects.get().state == "written"


def test_an_altered_batch_is_ambiguous_and_somebody_looks(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    world.detained(1)
    batch = crash_before_writing(world, monkeypatch)
    folder: Path = settings.SPOOL_DIR / "hand" / batch.number
    folder.mkdir(parents=True)
    (folder / "SHA256SUMS").write_text("0000  letters.pdf\n")
    (folder / "letters.pdf").write_bytes(b"something else")
    with pytest.raises(BatchAltered):
        settle_batch(actor=world.system, batch=batch)
    sweeping.sweep(actor=world.system)
    assert states() == {"ambiguous"}
