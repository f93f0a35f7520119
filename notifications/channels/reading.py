"""Reads a composed mail again, with the standard parser, before it is offered; shares no code with `compose`.

One message, one recipient, nothing about anybody: the BCC field that was a To field (2021) and the body that grew with
every recipient (2016) end here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

from notifications.rendering.outside_words import forbidden_words

HEADERS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding", "content-language",
}  # fmt: skip
LONGEST_BODY = 1_500  # characters; a body that piles up grows beyond it
_LINK = re.compile(r"[a-z]+://\S+", re.IGNORECASE)


def findings_in_mail(content: bytes, *, recipient: str, portal_url: str) -> tuple[str, ...]:
    """What is wrong with the message, in sentences without addresses; nothing is good."""
    message = BytesParser(policy=SMTP).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return (*_about_headers(message, recipient), *_about_the_body(message, portal_url))


def _about_headers(message: EmailMessage, recipient: str) -> Iterator[str]:
    names = [name.lower() for name in message]
    if set(names) - HEADERS or len(names) != len(set(names)):
        yield "the message has a header it must not have"
    to = message["To"]
    addresses = [address.addr_spec for address in to.addresses] if to else []
    if addresses != [recipient]:
        yield "the message is not addressed to exactly its recipient"
    subject = str(message["Subject"] or "")
    if forbidden_words(subject) or re.search(r"[\d@]", subject):
        yield "the subject says more than it may"


def _about_the_body(message: EmailMessage, portal_url: str) -> Iterator[str]:
    if message.get_content_type() != "text/plain":
        yield "the message is more than plain text"
        return
    body = str(message.get_content())
    if _LINK.findall(body) != [portal_url]:
        yield "the message has another address than the portal's"
    without_link = body.replace(portal_url, "")
    if "@" in without_link or len(body) > LONGEST_BODY or forbidden_words(without_link):
        yield "the body says more than it may"
