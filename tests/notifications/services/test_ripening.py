"""A facility gets one sheet, not several: the clock waits for letters still being made, but not for a stuck one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from pytest_django import DjangoCaptureOnCommitCallbacks

from breach.models import Exposure, Facility, Incident, Placement
from notifications import invariants, tasks
from notifications.models import Batch, Delivery, Progress
from notifications.services import batching, preparing, ripening
from tests.notifications import outbox_world
from tests.notifications.outbox_world import SINCE, World, finish


def held(world: World, made: int, unmade: int, ago: timedelta = timedelta(0)) -> Facility:
    """A facility some of whose letters are made, and some still to be."""
    place = world.facility()
    people = world._people(made + unmade)
    Placement.objects.bulk_create(
        Placement(person=person, facility=place, period=DateRange(SINCE, None)) for person in people
    )
    preparing.prepare(actor=world.system, incident=world.incident)
    rows = list(Delivery.objects.filter(placement__facility=place).order_by("pk"))
    assert len(rows) == made + unmade
    finish(rows[:made], ago)
    return place


def unmade() -> list[Delivery]:
    return list(Delivery.objects.filter(state="queued", artefact=None))


def batches() -> list[int]:
    tasks.send_batches("hand")
    return sorted(Batch.objects.values_list("letters", flat=True))


def test_letters_still_being_made_are_waited_for_and_all_leave_on_one_sheet(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    held(world, made=3, unmade=1)
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    assert "send_batches" not in str(rung)
    assert batches() == []
    finish(unmade())
    with django_capture_on_commit_callbacks() as rung:
        tasks.tick()
    assert "send_batches" in str(rung)
    assert batches() == [4]
    broken = invariants.check(Incident.objects.all())
    broken.pop("R13")  # this world's people were made without their history
    assert not any(broken.values()), broken


def test_another_facility_does_not_wait_with_it(world: World) -> None:
    held(world, made=3, unmade=1)
    held(world, made=2, unmade=0)
    assert batches() == [2]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(1, []), (3, [2])], ids=["a minute ago", "three minutes ago"]
)
def test_a_stuck_letter_is_left_behind_when_none_was_made_for_a_while(
    world: World, minutes: int, expected: list[int]
) -> None:
    held(world, made=2, unmade=1, ago=timedelta(minutes=minutes))
    assert batches() == expected


def test_the_first_letter_never_waits_longer_than_the_limit(world: World) -> None:
    held(world, made=1, unmade=2, ago=ripening.LONGEST + timedelta(minutes=1))
    finish(unmade()[:1])
    assert batches() == [2]


def test_people_still_to_be_routed_may_belong_to_any_facility(world: World) -> None:
    place = held(world, made=2, unmade=0)
    (late,) = world._people(1)
    Placement.objects.create(person=late, facility=place, period=DateRange(SINCE, None))
    Progress.objects.create(exposure=Exposure.objects.get(person=late), incident=world.incident)
    assert batches() == []
    preparing.prepare(actor=world.system, incident=world.incident)
    finish(unmade())
    assert batches() == [3]


def test_a_full_batch_goes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripening, "MAX_LETTERS", 3)
    monkeypatch.setattr(batching, "MAX_LETTERS", 3)
    held(world, made=3, unmade=1)
    assert batches() == [3]


def test_the_mail_house_gets_one_job_of_an_incident(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.outside(2)
    with monkeypatch.context() as patch:
        patch.setattr(outbox_world, "finish", lambda _rows: None)
        late = world.outside(1)
    tasks.send_batches("mailhouse")
    assert not Batch.objects.exists()
    finish(late)
    tasks.send_batches("mailhouse")
    assert [batch.letters for batch in Batch.objects.all()] == [3]


def test_whoever_runs_the_job_by_hand_need_not_wait(world: World) -> None:
    held(world, made=2, unmade=1)
    assert batching.write_batches(actor=world.system, channel="hand")["sent"] == 2
