"""Deliveries, batches and receipts on pages: looks are recorded, unknown outcomes settled by a person."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from breach.core.roles import Role
from breach.looks import looks_at, standing
from breach.models import AuditEvent
from notifications.models import Batch, Delivery
from notifications.services import batching, outcomes, preparing
from notifications.services.claiming import claim, due
from tests import factories
from tests.agency import day_there
from tests.notifications.factories import newcomers
from tests.notifications.outbox_world import World, blank_pdf
from tests.unwritable import refuse_history

from .conftest import Enter, Scene


def unclear(world: World, delivery: Delivery) -> Delivery:
    """Its channel fell silent in the middle."""
    claims = claim(due(delivery.channel).filter(pk=delivery.pk), limit=1)
    Delivery.objects.filter(pk=delivery.pk).update(state="sending")
    outcomes.unknown(actor=world.system, claims=claims, detail="connection lost")
    delivery.refresh_from_db()
    return delivery


def test_a_letter_that_cannot_be_recorded_stays_closed(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    refuse_history()
    answer = visitor.post(reverse("delivery-letter", kwargs={"pk": scene.hand[0].pk}))
    assert answer.status_code == 503
    assert blank_pdf() not in answer.content


def test_letters_count_and_stand_under_who_looked_at_the_person(
    scene: Scene, enter: Enter, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {"supervisor": (1, 9)}
    delivery, supervisor = scene.hand[0], scene.world.supervisor
    visitor, url = enter(supervisor), reverse("delivery-letter", kwargs={"pk": delivery.pk})
    assert visitor.post(url).content == blank_pdf()
    (look,) = looks_at(delivery.notification.exposure)
    assert (look.action, look.actor_id) == ("letter.viewed", supervisor.pk)
    answer = visitor.post(url, follow=True)
    assert "there is no room for this" in answer.content.decode()
    assert AuditEvent.objects.filter(action="letter.viewed").count() == 1


def test_opening_a_letter_gives_its_bytes_and_is_recorded(scene: Scene, enter: Enter) -> None:
    delivery = scene.hand[0]
    answer = enter(scene.world.supervisor).post(
        reverse("delivery-letter", kwargs={"pk": delivery.pk})
    )
    assert answer.content == blank_pdf()
    look = AuditEvent.objects.get(action="letter.viewed")
    assert look.subject_id == str(delivery.pk)
    assert look.changes["sha256"] == hashlib.sha256(blank_pdf()).hexdigest()


def test_the_mail_room_and_auditors_do_not_open_letters(scene: Scene, enter: Enter) -> None:
    for role in (Role.MAIL_ROOM, Role.AUDITOR):
        answer = enter(role).post(reverse("delivery-letter", kwargs={"pk": scene.hand[0].pk}))
        assert answer.status_code == 403
    assert not AuditEvent.objects.filter(action="letter.viewed").exists()


def test_a_letter_that_is_not_printed_says_so(scene: Scene, enter: Enter) -> None:
    (newcomer,) = newcomers(scene.world, 1)
    factories.placement(newcomer.person)
    preparing.prepare(actor=scene.world.system, incident=scene.world.incident)
    waiting = Delivery.objects.get(artefact=None)
    answer = enter(scene.world.supervisor).post(
        reverse("delivery-letter", kwargs={"pk": waiting.pk}), follow=True
    )
    assert "not printed yet" in answer.content.decode()


def test_a_person_says_what_became_of_an_unknown_send(scene: Scene, enter: Enter) -> None:
    delivery = unclear(scene.world, scene.hand[1])
    visitor, page = (
        enter(scene.world.supervisor),
        reverse("delivery-resolve", kwargs={"pk": delivery.pk}),
    )
    assert visitor.get(page).status_code == 200
    visitor.post(page, {"finding": "sent"})  # without what it rests on
    delivery.refresh_from_db()
    assert delivery.state == "ambiguous"
    visitor.post(page, {"finding": "sent", "statement": "The courier has it in the log"})
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert visitor.get(page).status_code == 404  # nothing is unknown any more


def test_a_second_answer_finds_the_outcome_known(scene: Scene, enter: Enter) -> None:
    delivery = unclear(scene.world, scene.hand[1])
    page = reverse("delivery-resolve", kwargs={"pk": delivery.pk})
    answer = {"finding": "failed", "statement": "Found in the out-tray"}
    enter(scene.world.supervisor).post(page, answer)
    late = enter(scene.world.supervisor).post(page, answer)
    assert "is known already" in late.content.decode()


def written_batch(world: World) -> Batch:
    world.detained(2)
    batching.write_batches(actor=world.system, channel="hand")
    return Batch.objects.get()


def test_the_mail_room_fetches_a_file_of_a_batch_and_it_is_recorded(
    world: World, enter: Enter
) -> None:
    batch = written_batch(world)
    visitor = enter(Role.MAIL_ROOM)
    page = visitor.get(reverse("batch-detail", kwargs={"number": batch.number}))
    assert {"letters.pdf", "manifest.csv", "sheet.pdf"} <= {
        name for name, _digest in page.context["files"]
    }
    answer = visitor.post(
        reverse("batch-file", kwargs={"number": batch.number, "name": "letters.pdf"})
    )
    assert hashlib.sha256(answer.content).hexdigest() == batch.pdf_sha256
    assert "attachment" in answer["Content-Disposition"]
    assert AuditEvent.objects.get(action="batch.fetched").changes["file"] == "letters.pdf"


def test_a_batch_counts_letter_by_letter_for_whoever_is_not_the_mail_room(
    world: World, enter: Enter
) -> None:
    batch, supervisor = written_batch(world), factories.user(Role.SUPERVISOR)
    url = reverse("batch-file", kwargs={"number": batch.number, "name": "letters.pdf"})
    assert enter(supervisor).post(url).status_code == 200
    assert batch.letters > 1
    assert standing(supervisor).spent_hour == batch.letters
    packer = factories.user(Role.MAIL_ROOM)
    enter(packer).post(url)
    assert standing(packer).is_limited is False


def test_an_altered_file_is_not_handed_out(world: World, enter: Enter, settings: Settings) -> None:
    batch = written_batch(world)
    spool: Path = settings.SPOOL_DIR
    (spool / batch.channel / batch.folder / "manifest.csv").write_text("altered")
    visitor = enter(Role.MAIL_ROOM)
    answer = visitor.post(
        reverse("batch-file", kwargs={"number": batch.number, "name": "manifest.csv"}), follow=True
    )
    assert "does not match its hash" in answer.content.decode()


@pytest.mark.parametrize("name", ["SHA256SUMS", "..%2f..%2fkey", "nothing.pdf"])
def test_only_files_of_the_batch_are_handed_out(world: World, enter: Enter, name: str) -> None:
    batch = written_batch(world)
    url = reverse("batch-file", kwargs={"number": batch.number, "name": "x"}).replace(
        "/x/", f"/{name}/"
    )
    answer = enter(Role.MAIL_ROOM).post(url, follow=True)
    assert "attachment" not in answer.headers.get("Content-Disposition", "")


def upload(visitor: Client, content: bytes) -> str:
    file = SimpleUploadedFile("sheet.csv", content)
    return visitor.post(reverse("receipts"), {"file": file}).content.decode()


def test_a_signed_sheet_is_uploaded_and_proves_notice(scene: Scene, enter: Enter) -> None:
    sent = scene.hand[0]
    sent.refresh_from_db()
    assert sent.sent_at is not None
    day = day_there(sent.sent_at)
    sheet = f"Reference,Outcome,Date,Officer\n{sent.notification.reference},delivered,{day},4471\n"
    visitor = enter(Role.MAIL_ROOM)
    assert "1 row: 1 applied" in upload(visitor, sheet.encode())
    sent.notification.refresh_from_db()
    assert sent.notification.state == "notified"
    assert "1 row: 0 applied, 1 known already" in upload(visitor, sheet.encode())


def test_a_file_that_is_no_list_of_receipts_is_refused_with_a_sentence(
    world: World, enter: Enter
) -> None:
    shown = upload(enter(Role.MAIL_ROOM), b"just,some\nother,things\n")
    assert "There is a problem" in shown


def test_the_mail_sink_is_there_in_the_demonstration_only(
    world: World, enter: Enter, settings: Settings, sink: Path
) -> None:
    settings.MAILDIR = sink
    visitor = enter(Role.MAIL_ROOM)
    settings.DEMO = False
    assert visitor.get(reverse("mail-sink")).status_code == 404
    assert "Mail sink" not in visitor.get(reverse("receipts")).content.decode()
    settings.DEMO = True
    assert "No message yet" in visitor.get(reverse("mail-sink")).content.decode()
