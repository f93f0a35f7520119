"""The local mail server of the demo: what comes in can be looked at."""

from __future__ import annotations

import smtplib
from pathlib import Path

from notifications import mailsink


def test_a_message_is_kept_with_its_recipient_and_shown_newest_first(tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    assert mailsink.messages(maildir) == []
    assert mailsink.count(maildir) == 0
    with mailsink.serving(maildir) as port, smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(2):
            smtp.sendmail(
                "a@x.invalid",
                "b@x.invalid",
                f"Subject: =?utf-8?q?a=C3=B1o?= {number}\r\nMessage-ID: <{number}@x>\r\n\r\nhola\r\n",
            )
    found = mailsink.messages(maildir)
    assert [message.message_id for message in found] == ["<1@x>", "<0@x>"]
    assert (found[0].to, found[0].subject, found[0].text.strip()) == (
        "b@x.invalid",
        "año 1",
        "hola",
    )
    assert found[0].sent_at is None
    assert len(mailsink.messages(maildir, limit=1)) == 1
