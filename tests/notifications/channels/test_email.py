"""E-mail: what it says, to how many, and what each way of failing means."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from notifications import mailsink
from notifications.channels import email
from notifications.channels.base import (
    ChannelConfig,
    ChannelError,
    Envelope,
    OutcomeUnknown,
    Phase,
    Recipient,
    SmtpConfig,
)
from notifications.channels.email import EmailChannel, compose

from .scripted_relay import HANG_UP, Script, relay

ENVELOPE = Envelope(
    key="0190f1d0-0000-7000-8000-000000000001",
    message_id="<5f0c1e.1@notices.invalid>",
    reference="K7QM-3PXW-9TC4",
    language="en",
    recipient=Recipient(email="counsel@firm.invalid"),
    return_address="bounces+K7QM-3PXW-9TC4@notices.invalid",
)


def config(port: int) -> ChannelConfig:
    return ChannelConfig(
        spool=Path("/nonexistent"),
        portal_url="https://portal.invalid/",
        smtp=SmtpConfig(port=port, security="none", sender="notices@notices.invalid", timeout=2),
    )


def send(script: Script, envelope: Envelope = ENVELOPE) -> str:
    with relay(script) as port, EmailChannel(config(port)) as channel:
        return channel.send(envelope).provider_reference


def test_a_message_arrives_at_a_real_server_exactly_once(tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    with mailsink.serving(maildir) as port, EmailChannel(config(port)) as channel:
        for number in range(3):
            channel.send(replace(ENVELOPE, message_id=f"<{number}@notices.invalid>"))
    found = mailsink.messages(maildir)
    assert sorted(message.message_id for message in found) == [
        f"<{number}@notices.invalid>" for number in range(3)
    ]
    assert {message.to for message in found} == {"counsel@firm.invalid"}
    assert found[0].subject == "A document is waiting for you"
    assert "https://portal.invalid/" in found[0].text
    assert mailsink.count(maildir) == 3


def test_one_connection_serves_many_messages() -> None:
    script = Script()
    with relay(script) as port, EmailChannel(config(port)) as channel:
        for _ in range(5):
            channel.send(ENVELOPE)
    assert (script.connections, len(script.bodies)) == (1, 5)


def test_the_message_says_nothing_and_reaches_one_address() -> None:
    script = Script()
    assert send(script) == "2.0.0 queued as 4711"
    message = message_from_bytes(script.bodies[0], policy=default)
    assert message["To"] == "counsel@firm.invalid"
    assert message["Message-ID"] == ENVELOPE.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert not list(message.iter_attachments())
    assert not {"Cc", "Bcc"} & set(message.keys())
    whole = script.bodies[0].decode().lower()
    for telling in ("breach", "asylum", "notice of", "incident", "detention", "k7qm"):
        assert telling not in whole


def test_a_spanish_reader_gets_spanish_words() -> None:
    message = compose(replace(ENVELOPE, language="es-GT"), config(25))
    assert message["Subject"] == "Un documento le espera"
    assert message["Content-Language"] == "es"
    assert "inicie sesión" in message.get_content()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "one@firm.invalid, two@firm.invalid",
        "one@firm.invalid two@firm.invalid",
        "one@firm.invalid\r\nBcc: two@firm.invalid",
        "Name <one@firm.invalid>",
        "one@firm.invalid;two@firm.invalid",
        "no-at-sign",
        "one@",
        "ñ@firm.invalid",
    ],
)
def test_anything_but_exactly_one_address_is_refused_for_good(address: str) -> None:
    script = Script()
    with pytest.raises(ChannelError) as refused:
        send(script, replace(ENVELOPE, recipient=Recipient(email=address)))
    assert refused.value.permanent
    assert script.commands == []


def test_an_email_that_would_carry_the_notice_is_refused() -> None:
    with pytest.raises(ChannelError, match="never carries"):
        send(Script(), replace(ENVELOPE, artefact=b"%PDF-1.7"))


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize(("code", "permanent"), [("451 4.3.0", False), ("550 5.1.1", True)])
def test_a_refusal_at_any_step_is_temporary_or_permanent_by_its_code(
    step: str, code: str, permanent: bool
) -> None:
    script = Script({step: f"{code} not counsel@firm.invalid"})
    with pytest.raises(ChannelError) as refused:
        send(script)
    assert refused.value.permanent is permanent
    assert refused.value.phase is (Phase.AFTER_BODY if step == "BODY" else Phase.BEFORE_BODY)
    assert code in str(refused.value)
    assert "counsel@firm.invalid" not in str(refused.value)


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_body_is_temporary(step: str) -> None:
    answers = {step: HANG_UP, "HELO": HANG_UP}
    with pytest.raises(ChannelError) as refused:
        send(Script(answers))
    assert not refused.value.permanent


@pytest.mark.parametrize("answer", [HANG_UP, "hang up in the body", "299 what", "100 hm"])
def test_silence_after_the_body_began_is_an_unknown_outcome(answer: str) -> None:
    with pytest.raises(OutcomeUnknown):
        send(Script({"BODY": answer}))


def test_an_idle_connection_closed_by_the_relay_is_opened_again() -> None:
    script = Script({"RSET": HANG_UP, "BODY": "451 4.3.0 later"})
    with relay(script) as port, EmailChannel(config(port)) as channel:
        for _ in range(2):
            with pytest.raises(ChannelError):
                channel.send(ENVELOPE)
    assert script.connections == 2


def test_a_relay_that_is_not_there_is_a_temporary_refusal() -> None:
    with EmailChannel(config(1)) as channel, pytest.raises(ChannelError) as refused:
        channel.send(ENVELOPE)
    assert not refused.value.permanent


def test_clear_text_is_never_used_where_starttls_was_asked_for() -> None:
    script = Script()
    with relay(script) as port:
        secure = config(port)
        secure = replace(secure, smtp=replace(secure.smtp, security="starttls"))
        with EmailChannel(secure) as channel, pytest.raises(ChannelError):
            channel.send(ENVELOPE)
    assert not any(command.startswith("MAIL") for command in script.commands)


def test_lines_that_begin_with_a_dot_arrive_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in email.BODIES:
        monkeypatch.setitem(email.BODIES, language, "{portal}\n.hidden\n..twice\n")
    script = Script()
    with relay(script) as port, EmailChannel(config(port)) as channel:
        channel.send(ENVELOPE)
    assert b"\r\n..hidden\r\n...twice" in script.bodies[0]
