"""A worker that sends until nothing is due, and may kill itself (SIGKILL) at one step of the protocol.

It runs in a process of its own; what it replaces to die at the right moment dies with it.
"""

from __future__ import annotations

import os
import signal
import smtplib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from breach.services.users import system_user
from notifications.channels.batch import BatchChannel
from notifications.channels.email import EmailChannel
from notifications.services import batching, outcomes, sending


def die(*_args: object, **_kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(occurrence: int, owner: Any, name: str, then: Callable[..., Any]) -> None:
    """Let the n-th call of `owner.name` do `then` with the original as its first argument."""
    original, calls = getattr(owner, name), [0]

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        return (
            then(original, *args, **kwargs) if calls[0] == occurrence else original(*args, **kwargs)
        )

    setattr(owner, name, counted)


def die_after(original: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    original(*args, **kwargs)
    die()


def half_the_body(original: Callable[..., Any], smtp: smtplib.SMTP, data: bytes) -> None:
    original(smtp, data[: len(data) // 2])
    time.sleep(0.2)
    die()


def unheard_answer(original: Callable[..., Any], smtp: smtplib.SMTP, data: bytes) -> None:
    original(smtp, data)
    smtp.getreply()
    die()


BODY_STEPS = {"in the body": half_the_body, "after 250": unheard_answer}
STEPS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "after claim": (sending, "pass_gate", die),
    "before the intent's commit": (sending, "write_intent", die_after),
    "after intent": (EmailChannel, "send", die),
    "before the outcome's commit": (outcomes, "await_proof", die_after),
    "after outcome": (sending, "written", die_after),
    "batch: after claim": (batching, "pass_gate", die),
    "batch: while printing": (batching, "_make", die),
    "batch: after intent": (BatchChannel, "write", die),
    "batch: before the rename": (BatchChannel, "_rename", die),
    "batch: after the rename": (BatchChannel, "_rename", die_after),
    "batch: after outcome": (batching, "_close", die),
}


def work(channel: str, lease: timedelta, step: str, occurrence: int) -> None:
    if step in BODY_STEPS:
        smtp_send(occurrence, BODY_STEPS[step])
    elif step:
        owner, name, then = STEPS[step]
        at(occurrence, owner, name, then)
    actor = system_user()
    if channel in sending.CHANNELS:
        while sending.send_next(actor=actor, channel=channel, limit=5, lease=lease):
            pass
    else:
        while batching.write_batches(actor=actor, channel=channel, lease=lease):
            pass


def smtp_send(occurrence: int, then: Callable[..., Any]) -> None:
    """Apply `then` to the n-th message itself; the short commands pass."""
    original, bodies = smtplib.SMTP.send, [0]

    def counted(smtp: smtplib.SMTP, data: Any) -> Any:
        bodies[0] += isinstance(data, bytes)
        if isinstance(data, bytes) and bodies[0] == occurrence:
            return then(original, smtp, data)
        return original(smtp, data)

    smtplib.SMTP.send = counted  # type: ignore[method-assign]  # that is the fault
