"""What comes in over the API: contacts and receipts, each through the same verb as on the pages."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breach.core.roles import Role
from breach.models import AuditEvent, ContactLogEntry, Exposure, FollowUp, Hold
from breach.services import clock
from notifications.models import Delivery, Evidence, Progress, Receipt, ReceiptFile
from tests import factories
from tests.agency import day_there
from tests.api_calls import post, sentence, signed_in
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World


@pytest.fixture
def worker(db: None) -> Client:
    return signed_in(factories.cast().worker)


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "at": clock.now().isoformat(),
        "channel": "phone",
        "reached": "person",
        "outcome": "no_answer",
        **changes,
    }


def log_of(exposure: Exposure) -> str:
    return f"/api/exposures/{exposure.pk}/contacts/"


def test_a_contact_is_logged_and_says_what_happens_next(worker: Client) -> None:
    exposure = factories.exposure()
    answer = post(worker, log_of(exposure), contact(reached="nobody", note="Rang four times."))
    assert answer.status_code == 201
    assert answer.json()["proposed"]["kind"] == "call_back"
    assert answer.json()["entry"]["outcome"] == "no_answer"
    assert FollowUp.objects.get().exposure == exposure
    assert AuditEvent.objects.filter(action="contact.logged").count() == 1


def test_a_note_goes_in_and_does_not_come_out(worker: Client) -> None:
    exposure = factories.exposure()
    logged = post(worker, log_of(exposure), contact(reached="nobody", note="Rang four times."))
    assert ContactLogEntry.objects.get().note == "Rang four times."
    assert "Rang" not in logged.content.decode() + worker.get(log_of(exposure)).content.decode()


def test_a_represented_person_is_not_contacted_directly(worker: Client) -> None:
    exposure = factories.exposure()
    attorney = factories.representation(exposure.person).attorney
    refused = post(worker, log_of(exposure), contact(outcome="not_understood"))
    assert refused.status_code == 409
    assert attorney.name in sentence(refused)
    assert not ContactLogEntry.objects.exists()


def test_a_confirmed_call_is_proof_at_once(world: World, worker: Client) -> None:
    (delivery,) = send_out(world, world.outside(1))
    exposure = delivery.notification.exposure
    told = contact(outcome="understood", identity_confirmed=True, understanding_confirmed=True)
    assert post(worker, log_of(exposure), told).status_code == 201
    assert Evidence.objects.get().kind == "confirmed_call"
    assert Progress.objects.get().state == "notified"
    assert Hold.objects.get().exposure == exposure


def test_a_correction_is_about_an_entry_of_the_same_person(worker: Client) -> None:
    exposure, other = factories.exposure(), factories.exposure()
    first = post(worker, log_of(exposure), contact(reached="nobody")).json()["entry"]["id"]
    again = contact(reached="nobody", corrects=first)
    refused = post(worker, log_of(other), again)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "corrects")
    assert post(worker, log_of(exposure), again).json()["entry"]["corrects"] == first


def test_every_field_that_is_wrong_is_named(worker: Client) -> None:
    wrong = contact(at="yesterday", channel="pigeon", outcome="", language="x" * 61, next_on="soon")
    refused = post(worker, log_of(factories.exposure()), wrong)
    assert refused.status_code == 400
    assert {error["attr"] for error in refused.json()["errors"]} == {
        "at", "channel", "outcome", "language", "next_on",
    }  # fmt: skip


def test_a_contact_with_nobody_there_is_a_404(worker: Client) -> None:
    assert post(worker, f"/api/exposures/{uuid.uuid4()}/contacts/", contact()).status_code == 404


def test_an_attorney_logs_no_contact_and_hands_in_no_receipt(db: None) -> None:
    client = signed_in(factories.user(Role.ATTORNEY))
    assert post(client, log_of(factories.exposure()), contact()).status_code == 403
    assert post(client, "/api/receipts/", {}).status_code == 403


def sheet_row(delivery: Delivery, **changes: Any) -> dict[str, Any]:
    return {
        "list": "signed_sheet",
        "reference": delivery.notification.reference,
        "outcome": "delivered",
        "date": str(day_there()),
        "officer": "4471",
        **changes,
    }


def upload(client: Client, content: bytes) -> Any:
    return client.post("/api/receipt-files/", {"file": SimpleUploadedFile("list.csv", content)})


def as_csv(row: dict[str, Any]) -> bytes:
    cells = {name: value for name, value in row.items() if name != "list"}
    return "\r\n".join([",".join(cells), ",".join(map(str, cells.values()))]).encode()


def test_one_signed_sheet_proves_notice_and_its_repetition_changes_nothing(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    client = signed_in(world.mail_room)
    taken = post(client, "/api/receipts/", sheet_row(delivery))
    assert (taken.status_code, taken.json()) == (201, {"applied": True})
    assert Evidence.objects.get().kind == "signed_sheet"
    assert Progress.objects.get().state == "notified"
    again = post(client, "/api/receipts/", sheet_row(delivery))
    assert (again.status_code, again.json()) == (200, {"applied": False})


def test_a_receipt_handed_over_alone_is_known_when_it_comes_in_a_file(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    client, row = signed_in(world.mail_room), sheet_row(delivery, outcome="transferred")
    post(client, "/api/receipts/", row)
    report = upload(client, as_csv(row)).json()
    assert (report["rows"], report["applied"], report["repeated"]) == (1, 0, 1)
    assert Receipt.objects.count() == 1
    assert FollowUp.objects.get(state="open").kind == "transferred"


def test_a_file_of_receipts_says_what_became_of_each_row(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    client = signed_in(world.mail_room)
    content = as_csv(sheet_row(delivery)) + f"\r\nX,delivered,{day_there()},1".encode()
    answer = upload(client, content)
    assert answer.status_code == 200
    report = answer.json()
    assert (report["rows"], report["applied"], report["refused"]) == (2, 1, 1)
    assert report["problems"][0]["row"] == 3
    kept = client.get("/api/receipt-files/").json()["results"]
    assert [(file["kind"], file["problems"]) for file in kept] == [
        ("signed_sheet", report["problems"])
    ]


@pytest.mark.parametrize("content", [b"Name,Born\r\nA,B", b"\x00\x01\x02"])
def test_a_file_that_is_no_list_of_receipts_is_refused_in_one_sentence(
    world: World, content: bytes
) -> None:
    refused = upload(signed_in(world.mail_room), content)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "file")
    assert not ReceiptFile.objects.exists()


def test_a_receipt_without_what_its_list_needs_says_what_is_missing(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    row = {**sheet_row(delivery), "list": "carrier_scan"}
    refused = post(signed_in(world.mail_room), "/api/receipts/", row)
    assert refused.status_code == 400
    assert "status" in sentence(refused)


def test_a_receipt_from_before_the_calendar_is_refused(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    client = signed_in(world.mail_room)
    for day in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-13-45"):
        refused = post(client, "/api/receipts/", sheet_row(delivery, date=day))
        assert refused.status_code == 400, day


def test_news_of_a_letter_that_never_left_is_refused(world: World) -> None:
    (delivery,) = world.detained(1)
    row = sheet_row(delivery)
    refused = post(signed_in(world.mail_room), "/api/receipts/", row)
    assert refused.status_code == 409
    assert not Receipt.objects.exists()


def test_a_receipt_older_than_its_letter_is_refused(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    row = sheet_row(delivery, date=str(date.today() - timedelta(days=400)))
    assert post(signed_in(world.mail_room), "/api/receipts/", row).status_code == 409


def test_an_attorney_proves_nothing_by_the_machines_door(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    (delivery,) = Delivery.objects.filter(notification=notice)
    assert post(signed_in(account), "/api/receipts/", sheet_row(delivery)).status_code == 403
    assert not Evidence.objects.exists()
