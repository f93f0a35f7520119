"""A real local mail server that keeps every message in a Maildir: the demo's world outside.

``python -m notifications.mailsink --maildir DIR --port PORT`` accepts everything, delivers nothing.
"""

from __future__ import annotations

import argparse
import mailbox
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


@dataclass(frozen=True)
class SinkMessage:
    """One message as the sink received it. `key` names it within the Maildir."""

    key: str
    message_id: str
    sender: str
    to: str
    subject: str
    language: str
    sent_at: datetime | None
    text: str


@contextmanager
def serving(maildir: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A sink in this process for the length of the block; gives the port (a free one for 0)."""
    maildir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = port or _free_port(host)
    controller = Controller(Mailbox(maildir), hostname=host, port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def messages(maildir: Path, *, limit: int | None = None) -> list[SinkMessage]:
    """What the sink holds, newest first. An absent Maildir is an empty one."""
    if not (maildir / "new").is_dir():
        return []
    box = mailbox.Maildir(maildir, create=False)
    keys = sorted(box.keys(), reverse=True)[:limit]
    return [_as_received(key, box.get_message(key)) for key in keys]


def count(maildir: Path) -> int:
    """How many messages the sink holds."""
    return sum(1 for folder in ("new", "cur") for _ in (maildir / folder).glob("*"))


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])


def _as_received(key: str, message: Message) -> SinkMessage:
    payload = message.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return SinkMessage(
        key=key,
        message_id=str(message.get("Message-ID", "")),
        sender=str(message.get("From", "")),
        to=str(message.get("X-RcptTo", "")),
        subject=str(make_header(decode_header(message.get("Subject", "")))),
        language=str(message.get("Content-Language", "")),
        sent_at=_date(message),
        text=text,
    )


def _date(message: Message) -> datetime | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    except ValueError:
        return None


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maildir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2525)
    options = parser.parse_args()
    over = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: over.set())
    with serving(options.maildir, host=options.host, port=options.port):
        over.wait()


if __name__ == "__main__":
    main()
