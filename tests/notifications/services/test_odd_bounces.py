"""Bounces that a stranger's program wrote oddly: what they say is taken, and nothing in them breaks ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from breach.models import FollowUp
from breach.services import clock
from notifications.models import Attempt, Delivery, Receipt
from tests.notifications.outbox_world import World
from tests.notifications.services.test_receiving import counts, load, sent
from tests.signing_in import client_of

QUOTED = b"""From: mailer@relay.invalid
To: bounces+%(reference)s@notices.invalid
Date: %(date)s
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.invalid

Final-Recipient: rfc822; a@firm.invalid
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-ID: %(message_id)s
Subject: A notice

--b--
"""
TODAY = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000".encode()
UNREADABLE = [
    b"<a\x00b@c>", b"<\xff\xfe@c>", "<ü@c>".encode(), b"<" + b"a" * 500 + b"@c>", b"=?utf-8?q?=00?=", b"",
]  # fmt: skip


def bounced(delivery: Delivery, message_id: bytes, date: bytes = TODAY) -> bytes:
    return QUOTED % {
        b"reference": delivery.notification.reference.encode(),
        b"message_id": message_id,
        b"date": date,
    }


@pytest.mark.parametrize("message_id", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_a_message_id_of_ours_is_none(world: World, message_id: bytes) -> None:
    (delivery,) = sent(world, world.represented(1))
    assert counts(load(world, bounced(delivery, message_id))) == (1, 1, 0, 0)
    delivery.refresh_from_db()
    assert delivery.state == "bounced"


def test_nor_does_it_break_the_page(world: World) -> None:
    (delivery,) = sent(world, world.represented(1))
    file = SimpleUploadedFile("bounce.eml", bounced(delivery, b"<a\x00b@c>"))
    answer = client_of(world.mail_room).post(reverse("receipts"), {"file": file}, follow=True)
    assert answer.status_code == 200
    delivery.refresh_from_db()
    assert delivery.state == "bounced"


def test_a_bounce_dated_before_the_mail_left_is_news_of_today(world: World) -> None:
    (delivery,) = sent(world, world.represented(1))
    message_id = Attempt.objects.get().message_id.encode()
    report = load(world, bounced(delivery, message_id, b"Mon, 01 Jan 2001 00:00:00 +0000"))
    assert counts(report) == (1, 1, 0, 0)
    assert Receipt.objects.get().at == clock.now()
    assert FollowUp.objects.filter(state="open", kind="returned").exists()
