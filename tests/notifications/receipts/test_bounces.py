"""Bounces: understood from the standard and from old dialects, if they are about our mail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from breach.core.references import new_reference
from notifications.receipts import bounces
from notifications.receipts.base import Reading
from notifications.states import ReceiptKind

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REFERENCE = new_reference()

REPORT = """\
From: MAILER-DAEMON@relay.invalid
To: {to}
Date: {date}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.invalid

Final-Recipient: rfc822; counsel@firm.invalid
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
To: counsel@firm.invalid

--b--
"""


def report(**changes: str) -> Reading:
    fields = {
        "to": f"bounces+{REFERENCE}@notices.invalid",
        "date": "Fri, 20 Nov 2026 10:00:00 +0000",
        "action": "failed",
        "status": "5.1.1",
        "message_id": "<1@notices.invalid>",
    }
    return bounces.read(REPORT.format(**{**fields, **changes}).encode(), now=NOW)


def test_a_standard_bounce_names_our_mail_and_why() -> None:
    (record,) = report().records
    assert record.kind is ReceiptKind.BOUNCED
    assert (record.reference, record.message_id) == (REFERENCE, "<1@notices.invalid>")
    assert (record.reason, record.bad_address, record.channel) == ("5.1.1", True, "email")
    assert record.at == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_full_mailbox_does_not_condemn_the_address() -> None:
    (record,) = report(status="5.2.2").records
    assert (record.kind, record.bad_address) == (ReceiptKind.BOUNCED, False)


@pytest.mark.parametrize(
    ("action", "kind"), [("delayed", ReceiptKind.DELAYED), ("delivered", ReceiptKind.DELIVERED)]
)
def test_news_that_is_no_failure_is_not_a_bounce(action: str, kind: ReceiptKind) -> None:
    (record,) = report(action=action, status="4.0.0").records
    assert record.kind is kind


def test_the_message_id_alone_is_enough() -> None:
    (record,) = report(to="notices@notices.invalid").records
    assert (record.reference, record.message_id) == ("", "<1@notices.invalid>")


def test_a_bounce_about_no_mail_of_ours_is_a_problem() -> None:
    result = report(to="bounces+AAAA-AAAA-AAAA@notices.invalid", message_id="")
    assert result.records == []
    assert "file it by hand" in result.problems[0].sentence


def test_the_same_bounce_twice_has_one_key() -> None:
    assert (
        report().records[0].source_key
        == report(date="Sat, 21 Nov 2026 10:00:00 +0000").records[0].source_key
    )


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 20 Nov 2037 10:00:00 +0000", "Fri, 20 Nov 2026 10:00"]
)
def test_a_strangers_clock_is_never_trusted_beyond_ours(date: str) -> None:
    (record,) = report(date=date).records
    assert record.at <= NOW
    assert record.at.tzinfo is not None


def test_an_old_dialect_is_understood() -> None:
    content = (
        "From: MAILER-DAEMON@relay.invalid\n"
        f"To: bounces+{REFERENCE}@notices.invalid\n"
        "Subject: failure notice\n\n"
        "Hi. This is the qmail-send program at relay.invalid.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        "<counsel@firm.invalid>:\n"
        "550 5.1.1 no mailbox here by that name.\n\n"
        "--- Below this line is a copy of the message.\n\n"
        "Message-ID: <2@notices.invalid>\n"
    )
    (record,) = bounces.read(content.encode(), now=NOW).records
    assert record.kind is ReceiptKind.BOUNCED
    assert (record.reference, record.message_id) == (REFERENCE, "<2@notices.invalid>")


def test_an_out_of_office_answer_is_no_bounce() -> None:
    content = (
        "From: counsel@firm.invalid\n"
        f"To: bounces+{REFERENCE}@notices.invalid\n"
        "Subject: Out of office\n\nI am away until Monday.\n"
    )
    assert bounces.read(content.encode(), now=NOW).records == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"From: a\r\n" * 10_000, b"Content-Type: multipart/report\n\n--"],
)
def test_hostile_bytes_are_a_problem_and_not_an_error(content: bytes) -> None:
    result = bounces.read(content, now=NOW)
    assert (result.records, len(result.problems)) == ([], 1)
