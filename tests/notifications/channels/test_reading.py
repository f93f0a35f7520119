"""A mail is read again before it is offered: one recipient, one neutral text, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from notifications.channels.base import ChannelError, Envelope, Recipient
from notifications.channels.email import EmailChannel, compose
from notifications.channels.reading import findings_in_mail
from tests.notifications.channels.scripted_relay import Script, relay
from tests.notifications.channels.test_email import ENVELOPE, config

TO = "counsel@firm.invalid"
ENV = Envelope(
    key="1", message_id="<1@notices.invalid>", reference="K7QM-3PXW-9TC4", language="en", recipient=Recipient(TO)
)  # fmt: skip


def findings(change: Callable[[EmailMessage], object], language: str = "en") -> tuple[str, ...]:
    message = compose(Envelope(**{**vars(ENV), "language": language}), config(25))
    change(message)
    return findings_in_mail(message.as_bytes(), recipient=TO, portal_url=config(25).portal_url)


@pytest.mark.parametrize("language", ["en", "es", "quc"])
def test_what_we_write_passes(language: str) -> None:
    assert findings(lambda _message: None, language) == ()


def _replace(name: str, value: str) -> Callable[[EmailMessage], None]:
    return lambda message: message.replace_header(name, value)


def _add(name: str, value: str) -> Callable[[EmailMessage], None]:
    return lambda message: message.add_header(name, value)


WRONG: dict[str, Callable[[EmailMessage], object]] = {
    "two in To": _replace("To", f"{TO}, other@firm.invalid"),
    "somebody else in To": _replace("To", "other@firm.invalid"),
    "a copy": _add("Cc", "other@firm.invalid"),
    "a blind copy": _add("Bcc", "other@firm.invalid"),
    "a second To": lambda message: message._headers.append(("To", "other@firm.invalid")),
    "a number in the subject": _replace("Subject", "A document about A000100007"),
    "a telling subject": _replace("Subject", "Notice of a data breach"),
    "an address in the body": lambda m: m.set_content("other@firm.invalid\n" + m.get_content()),
    "another link": lambda m: m.set_content(m.get_content() + "\nhttps://elsewhere.invalid/\n"),
    "a telling body": lambda m: m.set_content(m.get_content() + "\nabout your asylum case\n"),
    "a body that piled up": lambda m: m.set_content(
        m.get_content() + "\nA document is waiting" * 90
    ),
    "an attachment": lambda m: m.add_attachment(b"%PDF", maintype="application", subtype="pdf"),
    "HTML": lambda m: m.set_content("<p>A document</p>", subtype="html"),
}


@pytest.mark.parametrize("sin", WRONG)
def test_each_sin_is_found_and_the_finding_names_nobody(sin: str) -> None:
    found = findings(WRONG[sin])
    assert found, sin
    assert "@" not in "".join(found)


def test_a_mail_that_is_wrong_is_never_offered_to_the_relay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leaky(envelope: Envelope, _config: object) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["To"] = f"{envelope.recipient.email}, other@firm.invalid"
        message.set_content("hello")
        return message

    monkeypatch.setattr("notifications.channels.email.compose", leaky)
    script = Script()
    with (
        relay(script) as port,
        EmailChannel(config(port)) as channel,
        pytest.raises(ChannelError, match="Read back and refused") as refusal,
    ):
        channel.send(ENVELOPE)
    assert refusal.value.permanent
    assert not any(command.startswith(("MAIL", "RCPT")) for command in script.commands)
