"""Bounced mail: delivery status notifications (RFC 3464), and the dialects flufl.bounce knows.

A bounce counts only when it carries our opaque reference (in the address it came back to) or our
Message-ID: nobody else can know either.
"""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _
from flufl.bounce import all_failures

from breach.core.references import InvalidReference, parse
from notifications.states import ReceiptKind

from .base import Problem, Reading, ReceiptRecord, key_of

SOURCE = "bounce"
LIMIT = 2 << 20  # bytes
_ACTIONS = {
    "failed": ReceiptKind.BOUNCED,
    "delayed": ReceiptKind.DELAYED,
    "delivered": ReceiptKind.DELIVERED,
    "relayed": ReceiptKind.ACCEPTED,
    "expanded": ReceiptKind.ACCEPTED,
}
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "X-RcptTo")
_REFERENCE = re.compile(r"\+([0-9A-Za-z-]{12,20})@")
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)
_LIKE_OURS = re.compile(r"<[!-;=?-~]{3,118}>")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


def read(content: bytes, *, now: datetime) -> Reading:
    """The news in one message. An answer that is no bounce, or not about our mail, is a problem."""
    reading = Reading(kind=SOURCE, rows=1)
    record = _understand(content, now) if len(content) <= LIMIT else None
    if record is None:
        sentence = _(
            "This message is not a bounce of an e-mail we sent. Read it and file it by hand."
        )
        reading.problems.append(Problem(row=1, sentence=sentence))
    else:
        reading.records.append(record)
    return reading


def _understand(content: bytes, now: datetime) -> ReceiptRecord | None:
    message = message_from_bytes(content)
    reference, message_id = _reference(message), _original_message_id(content, message)
    kind, status = _verdict(message)
    if kind is None or not (reference or message_id):
        return None
    return ReceiptRecord(
        kind=kind,
        at=_when(message, now),
        source=SOURCE,
        source_key=key_of(SOURCE, reference, message_id, kind, status),
        channel="email",
        reference=reference,
        message_id=message_id,
        reason=status,
        bad_address=kind is ReceiptKind.BOUNCED and status.startswith("5.1."),
        row=1,
    )


def _verdict(message: Message) -> tuple[ReceiptKind | None, str]:
    """What the other side says became of our mail, and its enhanced status code (RFC 3463)."""
    verdicts = [_of_recipient(block) for block in _status_blocks(message)]
    said = [(kind, status) for kind, status in verdicts if kind is not None]
    for worst in (ReceiptKind.BOUNCED, ReceiptKind.DELAYED):
        for kind, status in said:
            if kind is worst:
                return kind, status
    if said:
        return said[0]
    return _in_dialect(message)


def _in_dialect(message: Message) -> tuple[ReceiptKind | None, str]:
    try:
        temporary, permanent = all_failures(message)
    except (
        Exception
    ):  # the detectors stumble over malformed mail in many ways: then it is no bounce
        return None, ""
    if not permanent and not temporary:
        return None, ""
    found = _STATUS.search(_text(message))
    kind = ReceiptKind.BOUNCED if permanent else ReceiptKind.DELAYED
    return kind, found[1] if found else ""


def _status_blocks(message: Message) -> list[Message]:
    blocks: list[Message] = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            payload = part.get_payload()
            blocks.extend(block for block in payload if isinstance(block, Message))
    return blocks


def _of_recipient(block: Message) -> tuple[ReceiptKind | None, str]:
    kind = _ACTIONS.get(str(block.get("Action", "")).strip().lower())
    found = _STATUS.search(str(block.get("Status", "")))
    return kind, found[1] if found else ""


def _reference(message: Message) -> str:
    for name in _ADDRESSED:
        for value in message.get_all(name, []):
            for candidate in _REFERENCE.findall(str(value)):
                try:
                    return parse(candidate)
                except InvalidReference:
                    continue
    return ""


def _original_message_id(content: bytes, message: Message) -> str:
    """The Message-ID of the mail that bounced, where it can be one of ours: short, and printable throughout."""
    quoted = _quoted_message_id(content, message)
    return quoted if _LIKE_OURS.fullmatch(quoted) else ""


def _quoted_message_id(content: bytes, message: Message) -> str:
    """As the part says that quotes our mail, never that of the bounce."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            quoted = part.get_payload()
            if isinstance(quoted, list) and isinstance(quoted[0], Message):
                return str(quoted[0].get("Message-ID", "")).strip()
        if part.get_content_type() == "text/rfc822-headers":
            found = _MESSAGE_ID.search(_text(part))
            return found[1] if found else ""
    found = _MESSAGE_ID.search(content.partition(b"\n\n")[2].decode("utf-8", "replace"))
    return found[1] if found else ""


def _text(message: Message) -> str:
    texts = []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            texts.append(payload.decode("utf-8", "replace") if isinstance(payload, bytes) else "")
    return "\n".join(texts)


def _when(message: Message, now: datetime) -> datetime:
    """The bounce's own date where it has a sound one; a stranger's clock is never ahead of ours."""
    try:
        stated = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return now
    return min(stated, now) if stated.tzinfo else now
