"""A signed sheet is read in for the wrong person. A supervisor takes the proof back; in the end the person is told."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from breach.models import FollowUp, Hold, Incident, User
from breach.services import clock
from notifications import invariants
from notifications.models import Delivery, Evidence, Notification, Progress
from notifications.services import following
from tests.agency import day_there
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World, finish, make_world
from tests.signing_in import client_of


def test_a_person_who_counted_as_told_by_mistake_is_told_after_all(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.SPOOL_DIR = tmp_path / "spool"
    world = make_world()
    (first,) = world.detained(1)
    send_out(world, [first])
    read_in(world.mail_room, first, str(day_there()))
    promised = Hold.objects.get().until
    assert Progress.objects.get().state == "notified"

    take_back(world)
    assert Progress.objects.get().state == "pending"
    assert FollowUp.objects.get(state="open").due_on == clock.today()
    assert (Hold.objects.get().until, Hold.objects.get().paused_at) == (promised, clock.now())
    every_promise_is_kept()

    following.follow_changes(actor=world.system)
    (again,) = Delivery.objects.filter(state="queued")
    finish([again])
    send_out(world, [again])
    read_in(world.mail_room, again, clock.now().isoformat(timespec="minutes"))
    hold = Hold.objects.get()
    assert Notification.objects.get().state == "notified"
    assert (hold.paused_at, hold.until >= promised) == (None, True)
    assert hold.evidence_id == Evidence.objects.get(disproved_at=None).pk
    every_promise_is_kept()


def read_in(mail_room: User, delivery: Delivery, at: str) -> None:
    rows = (
        f"Reference,Outcome,Date,Officer\r\n{delivery.notification.reference},delivered,{at},4471"
    )
    file = SimpleUploadedFile("sheet.csv", rows.encode(), "text/csv")
    assert client_of(mail_room).post(reverse("receipts"), {"file": file}).status_code in (200, 302)


def take_back(world: World) -> None:
    proof = Evidence.objects.select_related("notification__exposure__person").get()
    person = proof.notification.exposure.person
    page = reverse("proof-wrong", args=[world.incident.slug, person.reference, proof.pk])
    answer = client_of(world.supervisor).post(page, {"reason": "wrong_person", "words": ""})
    assert answer.status_code == 302


def every_promise_is_kept() -> None:
    connection.check_constraints()  # the chain is made at commit
    assert not any(invariants.check(Incident.objects.all()).values())
