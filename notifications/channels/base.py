"""What every channel takes and gives back. Channels know nothing of cases or the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

# How the reason begins when our own reader held something back: never the recipient's side.
MISREAD = "Read back and refused"


class Phase(StrEnum):
    """How far a send had come when it went wrong."""

    BEFORE_BODY = "before_body"
    AFTER_BODY = "after_body"


class ChannelError(Exception):
    """The channel is certain that nothing went out.

    `permanent`: trying the same again cannot help. `bad_address`: because there is no such address.
    The sentence is safe to show and to log.
    """

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool,
        phase: Phase = Phase.BEFORE_BODY,
        bad_address: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.phase = phase
        self.bad_address = bad_address


class OutcomeUnknown(Exception):
    """The recipient may have it or may not. Never to be answered by sending again."""


@dataclass(frozen=True)
class SmtpConfig:
    """The relay that takes our mail. `security`: none, starttls or tls; time-out in seconds."""

    host: str = "127.0.0.1"
    port: int = 25
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    sender: str = ""
    local_name: str = "localhost"


@dataclass(frozen=True)
class ChannelConfig:
    """What channels are told by their caller: mail relay, spool folder, the portal's address."""

    spool: Path
    portal_url: str
    smtp: SmtpConfig = field(default_factory=SmtpConfig)


@dataclass(frozen=True)
class Recipient:
    """Where one delivery goes. Only what the channel needs is filled in."""

    email: str = ""
    name: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Envelope:
    """One delivery, ready to leave.

    `key` names the delivery forever; `return_address` is where bounces go (it carries the opaque
    reference). `artefact` is the finished document where this channel carries one.
    """

    key: str
    message_id: str
    reference: str
    language: str
    recipient: Recipient
    return_address: str = ""
    reply_to: str = ""
    artefact: bytes | None = None
    sha256: str = ""


@dataclass(frozen=True)
class SendResult:
    """The channel took it. `provider_reference` is what the other side calls it."""

    provider_reference: str = ""
    detail: str = ""


class Channel:
    """Base of all channels. Use as a context manager: a channel may keep a connection."""

    name: ClassVar[str]
    batched: ClassVar[bool] = False

    def __init__(self, config: ChannelConfig) -> None:
        self.config = config

    def send(self, envelope: Envelope) -> SendResult:
        """Hand over one delivery. Raises ChannelError or OutcomeUnknown."""
        raise TypeError(f"the channel {self.name} sends whole batches")

    def close(self) -> None:
        """Let go of whatever is kept between two sends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class BatchParcel:
    """A finished batch: its number, and its documents (letters, manifest...) by neutral name."""

    number: str
    documents: Mapping[str, bytes]


@dataclass(frozen=True)
class WrittenBatch:
    """Evidence that a batch is complete in the spool: the SHA-256 of each document, as checked."""

    number: str
    hashes: Mapping[str, str]
