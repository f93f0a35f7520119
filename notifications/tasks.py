"""Celery is the alarm clock: tasks wake the verbs, which find their work in the database.

A task may be lost, doubled, delayed or forged: it names no content and decides nothing. What a lost one would
have done, the next tick does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import structlog
from celery import shared_task

from breach.core import apart, faults
from breach.models import User
from breach.services import approvals, checkpoints, exporting
from breach.services.users import system_user
from breach.tasks import ring as ring  # handed on: pages of this side ring here, too
from notifications.services import batching, claiming, following, hearing, making, sending, sweeping

BUDGET = 20.0  # seconds a task works before it rings for the next and lets others in
log = structlog.get_logger(__name__)


class TickIncomplete(Exception):
    """Some steps of a tick failed and were reported, the others were done; the text is the steps' names."""


@shared_task(name="notifications.tasks.tick")
def tick() -> None:
    """Housekeeping: sweep, apply evidence, follow what changed, and wake the workers that have work waiting.

    No step depends on another: one that fails is reported, and the others are taken all the same. Raises
    TickIncomplete at the end, so that the task stands as failed.
    """
    failed = [name for name, step in _steps(system_user()) if not _taken(name, step)]
    if failed:
        raise TickIncomplete(", ".join(failed))


def _steps(actor: User) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "sweep", partial(sweeping.sweep, actor=actor)
    yield "take_up_contacts", partial(hearing.take_up_contacts, actor=actor)
    yield "follow_changes", partial(following.follow_changes, actor=actor)
    yield "expire_approvals", partial(approvals.expire_old, actor=actor)
    yield "forget_exports", partial(exporting.forget_old, actor=actor)
    yield "checkpoint", partial(_checkpoint, actor)
    yield "wake.render", _wake_render
    for channel in sorted(sending.CHANNELS):
        yield f"wake.{channel}", partial(_wake_send, channel)
    for channel in sorted(batching.CHANNELS):
        yield f"wake.{channel}", partial(_wake_batches, channel)


def _taken(name: str, step: Callable[[], object]) -> bool:
    """Whether the step succeeded. A fault is reported once per tick: step, kind and place, never a value."""
    try:
        step()
    except Exception as problem:  # whatever it is: nobody's letter waits for another's bad row
        count, first = apart.counted(problem)
        log.error("tick.step_failed", phase=name, count=count, **faults.facts(first))
        apart.recover()
        return False
    return True


def _wake_render() -> None:
    if making.waiting():
        ring(render_due)


def _wake_send(channel: str) -> None:
    if claiming.due(channel).exists():
        ring(send_due, channel)


def _wake_batches(channel: str) -> None:
    if batching.anything_ripe(channel):
        ring(send_batches, channel)


def _checkpoint(actor: User) -> None:
    """Once an hour; a full disk must not keep letters from going out."""
    try:
        checkpoints.write_when_due(actor=actor)
    except OSError as problem:
        log.error("checkpoint.unwritten", error=type(problem).__name__)


@shared_task(name="notifications.tasks.render_due")
def render_due() -> None:
    """Make the waiting letters, then wake the next turn."""
    actor, until = system_user(), time.monotonic() + BUDGET
    while time.monotonic() < until:
        made = making.make_next(actor=actor)
        if not made.finished and not made.refused:
            return
    ring(render_due)


@shared_task(name="notifications.tasks.send_due")
def send_due(channel: str) -> None:
    """Send what is due on a channel that sends one by one; any other name is ignored."""
    if channel not in sending.CHANNELS:
        log.warning("task.ignored", task="send_due")
        return
    actor, until = system_user(), time.monotonic() + BUDGET
    while time.monotonic() < until:
        if not sending.send_next(actor=actor, channel=channel):
            return
    ring(send_due, channel)


@shared_task(name="notifications.tasks.send_batches")
def send_batches(channel: str) -> None:
    """Write what is ripe on a paper channel into the spool; any other name is ignored."""
    if channel not in batching.CHANNELS:
        log.warning("task.ignored", task="send_batches")
        return
    actor, until = system_user(), time.monotonic() + BUDGET
    while time.monotonic() < until:
        if not batching.write_batches(actor=actor, channel=channel, patient=True):
            return
    ring(send_batches, channel)
