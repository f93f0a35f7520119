"""The main job as one call: prepare, make the letters, send, with several processes and visible progress.

It may be interrupted anywhere and started again; other workers (Celery's) may be at the same work meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
from django.db import connections

from breach.models import Incident
from breach.services.users import system_user
from notifications import queries
from notifications.queries import JobProgress
from notifications.rendering import pdf
from notifications.services import batching, making, preparing, sending, staging, sweeping
from notifications.services.claiming import LEASE

OnProgress = Callable[[str, JobProgress], None]
OnStage = Callable[[str], None]
POLL_SECONDS = 0.5
log = structlog.get_logger(__name__)


@dataclass
class RunReport:
    """Figures of one run; times in seconds."""

    prepared: preparing.PrepareReport
    letters_made: int = 0
    sent: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)  # each go-on with what it rests on
    held: str = ""  # why the next stage of the release has not begun

    @property
    def letters_per_second(self) -> float:
        return (
            round(self.letters_made / self.seconds["make"], 1) if self.seconds.get("make") else 0.0
        )


def run(
    *,
    incident: Incident,
    processes: int | None = None,
    on_progress: OnProgress | None = None,
    by_stages: bool = False,
    on_stage: OnStage | None = None,
) -> RunReport:
    """Tell everybody who may be told now. Returns when nothing more can be made or sent.

    Continues from stage to stage of the release by itself if everything read back is correct, unless `by_stages`.
    """
    crew = processes or os.cpu_count() or 1
    tell = on_progress or (lambda _stage, _progress: None)
    before = queries.job_progress(incident)
    with _clock() as took:
        prepared = preparing.prepare(
            actor=system_user(),
            incident=incident,
            progress=lambda _done, _all: tell("route", queries.job_progress(incident)),
        )
    report = RunReport(prepared, seconds={"prepare": took()})
    with _clock() as took:
        pdf.warm_up()  # once, for all processes that are about to fork
        _together(_make_all, incident, crew, lambda: tell("make", queries.job_progress(incident)))
    report.seconds["make"] = took()
    with _clock() as took:
        while True:
            _together(
                _send_all, incident, crew, lambda: tell("send", queries.job_progress(incident))
            )
            _others_finish(incident)
            if not staging.standing(incident).holds_back:
                break
            if by_stages or not _goes_on(incident, report, on_stage):
                report.held = report.held or "The stage is over; somebody must say that it goes on."
                break
    report.seconds["send"] = took()
    after = queries.job_progress(incident)
    report.letters_made = after.made - before.made
    report.sent = after.sent - before.sent
    tell("done", after)
    return report


def _others_finish(incident: Incident) -> None:
    """Wait for what other workers (Celery's) have in hand of a full stage, no longer than a lease."""
    until = time.monotonic() + LEASE.total_seconds()
    while time.monotonic() < until:
        at = staging.standing(incident)
        if at.limit is None or at.taken < at.limit or not at.in_hand:
            return
        time.sleep(POLL_SECONDS)


def _goes_on(incident: Incident, report: RunReport, on_stage: OnStage | None) -> bool:
    """Begin the next stage in the operator's name, if what left is correct."""
    try:
        stage = staging.raise_stage(actor=system_user(), incident=incident, by_itself=True)
    except staging.StageRefused as refusal:
        report.held = str(refusal)
        return False
    report.stages.append({**stage.seen, "next": stage.limit})
    if on_stage:
        on_stage(_told(stage.seen, stage.limit))
    return True


def _told(seen: dict[str, Any], following: int | None) -> str:
    return (
        f"The first {seen['limit']}: {seen['left']} left, {seen['held_back']} held back, {seen['failed']} failed, "
        f"{seen['came_back']} came back; {seen['letters']} letters read back, {seen['faults']} faults. "
        f"Going on with {f'{following} in all' if following else 'everybody'}."
    )


def _make_all(incident: Incident) -> None:
    actor = system_user()
    while making.waiting(incident):
        made = making.make_next(actor=actor, limit=20, incident=incident)
        if not made.finished and not made.refused:
            time.sleep(POLL_SECONDS)  # others hold the rest; one of them may die


def _send_all(incident: Incident) -> None:
    actor = system_user()
    sweeping.sweep(actor=actor)
    for channel in sorted(sending.CHANNELS):
        while sending.send_next(actor=actor, channel=channel, limit=50, incident=incident):
            pass
    for channel in sorted(batching.CHANNELS):
        while batching.write_batches(
            actor=actor, channel=channel, incident=incident, max_batches=1
        ):
            pass


def _together(
    work: Callable[[Incident], None], incident: Incident, crew: int, tick: Callable[[], None]
) -> None:
    """Run `work` in `crew` processes while reporting; an interruption ends them all, nothing is lost by it."""
    if crew == 1:
        work(incident)
        tick()
        return
    connections.close_all()  # a connection must not be shared with a forked child
    context = multiprocessing.get_context("fork")
    workers: list[BaseProcess] = [
        context.Process(target=_child, args=(work, incident)) for _ in range(crew)
    ]
    for worker in workers:
        worker.start()
    try:
        while any(worker.is_alive() for worker in workers):
            workers[0].join(POLL_SECONDS)
            tick()
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
            worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("A worker process ended with an error; run the command again to go on.")


def _child(work: Callable[[Incident], None], incident: Incident) -> None:
    try:
        work(incident)
    except KeyboardInterrupt:
        pass
    except Exception:  # multiprocessing would print the message, and PostgreSQL's may hold a row
        log.exception("work.broken")
        raise SystemExit(1) from None
    finally:
        connections.close_all()


@contextmanager
def _clock() -> Iterator[Callable[[], float]]:
    start = time.perf_counter()
    yield lambda: round(time.perf_counter() - start, 2)
