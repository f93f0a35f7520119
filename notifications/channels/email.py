"""E-mail over SMTP: tells one representative that a document waits in the portal, and nothing else.

The SMTP dialogue is spoken step by step: what a failure means depends on how far it came.
"""

from __future__ import annotations

import smtplib
import ssl
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime

from .base import (
    MISREAD,
    Channel,
    ChannelConfig,
    ChannelError,
    Envelope,
    OutcomeUnknown,
    Phase,
    SendResult,
)
from .reading import findings_in_mail

# Wording, not interface: it must not change with a message catalogue, so it stands here.
SUBJECTS = {
    "en": "A document is waiting for you",
    "es": "Un documento le espera",
}
BODIES = {
    "en": (
        "A document is waiting for you in a secure place.\n\n"
        "To read it, type or open this address and sign in:\n\n    {portal}\n\n"
        "This message has no attachment and says nothing about the document: it stays private.\n"
        "We never ask for a password by e-mail. If you did not expect this, do not reply to it;\n"
        "call the office you already know.\n"
    ),
    "es": (
        "Un documento le espera en un lugar seguro.\n\n"
        "Para leerlo, escriba o abra esta dirección e inicie sesión:\n\n    {portal}\n\n"
        "Este mensaje no lleva adjuntos y no dice nada del documento, que sigue siendo privado.\n"
        "Nunca pedimos una contraseña por correo electrónico. Si no lo esperaba, no responda;\n"
        "llame a la oficina que ya conoce.\n"
    ),
}
NO_SUCH_ADDRESS = "5.1."  # RFC 3463: bad destination mailbox, system or syntax
_OK = 250
_GO_AHEAD = 354


class EmailChannel(Channel):
    """Speaks to one relay and keeps the connection between sends."""

    name = "email"

    def __init__(self, config: ChannelConfig) -> None:
        super().__init__(config)
        self._smtp: smtplib.SMTP | None = None

    def send(self, envelope: Envelope) -> SendResult:
        """250 after the body is the only yes; losing the line during it is OutcomeUnknown."""
        content = compose(envelope, self.config).as_bytes()
        if wrong := findings_in_mail(
            content, recipient=envelope.recipient.email, portal_url=self.config.portal_url
        ):
            raise ChannelError(f"{MISREAD}: {'; '.join(wrong)}", permanent=True)
        return self._hand_over(self._offer(envelope), content)

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (smtplib.SMTPException, OSError):
                smtp.close()

    def _offer(self, envelope: Envelope) -> smtplib.SMTP:
        """Everything before the body: nothing can have gone out when this raises."""
        kept = self._smtp is not None
        try:
            return self._dialogue(envelope)
        except (smtplib.SMTPServerDisconnected, OSError) as exc:
            self._drop()
            if kept:  # the relay closed an idle connection: a fresh one is worth one more try
                return self._offer(envelope)
            raise ChannelError("the mail relay cannot be reached", permanent=False) from exc
        except smtplib.SMTPException as exc:
            self._drop()
            permanent = isinstance(exc, smtplib.SMTPAuthenticationError)
            raise ChannelError("the mail relay refused the session", permanent=permanent) from exc

    def _dialogue(self, envelope: Envelope) -> smtplib.SMTP:
        smtp = self._smtp = self._smtp or self._connect()
        self._expect(_OK, *smtp.mail(envelope.return_address or self.config.smtp.sender))
        self._expect(_OK, *smtp.rcpt(envelope.recipient.email))
        self._expect(_GO_AHEAD, *smtp.docmd("DATA"))
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, content: bytes) -> SendResult:
        try:
            smtp.send(_dot_stuffed(content))
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as exc:
            self._drop()
            raise OutcomeUnknown("the connection was lost after the message had begun") from exc
        if code == _OK:
            return SendResult(provider_reference=_words(text), detail="accepted by the relay")
        self._refused(code, text, Phase.AFTER_BODY)
        raise OutcomeUnknown(f"the mail relay answered {code} after the message")

    def _connect(self) -> smtplib.SMTP:
        smtp_config = self.config.smtp
        context = ssl.create_default_context()
        address = (smtp_config.host, smtp_config.port, smtp_config.local_name)
        smtp = (
            smtplib.SMTP_SSL(*address, timeout=smtp_config.timeout, context=context)
            if smtp_config.security == "tls"
            else smtplib.SMTP(*address, timeout=smtp_config.timeout)
        )
        try:
            smtp.ehlo_or_helo_if_needed()
            if smtp_config.security == "starttls":
                smtp.starttls(
                    context=context
                )  # raises where it is not offered: never falls back to clear text
                smtp.ehlo()
            if smtp_config.user:
                smtp.login(smtp_config.user, smtp_config.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _expect(self, wanted: int, code: int, text: bytes) -> None:
        if code == wanted or (wanted == _OK and code == 251):
            return
        self._refused(code, text, Phase.BEFORE_BODY)
        raise ChannelError(f"the mail relay answered {code}", permanent=False)

    def _refused(self, code: int, text: bytes, phase: Phase) -> None:
        """Raise for a clear 4xx or 5xx; other codes are the caller's to judge."""
        if 400 <= code < 600:
            if code == 421:
                self._drop()
            else:
                self._reset()
            status = _enhanced_status(text)
            raise ChannelError(
                f"the mail relay refused: {code} {status}".rstrip(),
                permanent=code >= 500,
                phase=phase,
                bad_address=status.startswith(NO_SUCH_ADDRESS),
            )
        self._drop()

    def _reset(self) -> None:
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def compose(envelope: Envelope, config: ChannelConfig) -> EmailMessage:
    """The message: plain text, one recipient, no name, no attachment, no reference to the case.

    Raises a permanent ChannelError for anything that would make it say more or reach more people.
    """
    if envelope.artefact is not None:
        raise ChannelError("an e-mail never carries the notice itself", permanent=True)
    language = "es" if envelope.language.split("-")[0].lower() == "es" else "en"
    message = EmailMessage(policy=SMTP)
    message["From"] = _one_address(config.smtp.sender)
    message["To"] = _one_address(envelope.recipient.email)
    if envelope.reply_to:
        message["Reply-To"] = _one_address(envelope.reply_to)
    message["Subject"] = SUBJECTS[language]
    message["Date"] = localtime()
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(BODIES[language].format(portal=config.portal_url), cte="quoted-printable")
    message["Content-Language"] = language  # after the content, which clears Content-* headers
    return message


def _one_address(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError) as exc:
        raise ChannelError("this is not exactly one e-mail address", permanent=True) from exc
    if not address.domain or not text.isascii() or not text.isprintable():
        raise ChannelError("this is not exactly one e-mail address", permanent=True)
    return address


def _dot_stuffed(content: bytes) -> bytes:
    lines = content.rstrip(b"\r\n").split(b"\r\n")
    stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
    return b"\r\n".join(stuffed) + b"\r\n.\r\n"


def _enhanced_status(text: bytes) -> str:
    """The x.y.z status only: relays like to repeat the address in their words."""
    head = text.split(maxsplit=1)[:1]
    return head[0].decode("ascii", "replace") if head and head[0].count(b".") == 2 else ""


def _words(text: bytes) -> str:
    return text.decode("utf-8", "replace")[:200]
