"""The case file's clock: Celery wakes the import of rosters, which finds its work in the database.

A task may be lost, doubled, delayed or forged: it names no content. What a lost one would have done, the next beat
of the clock does.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog
from celery import Task, shared_task
from django.db import DatabaseError, connections, transaction
from kombu.exceptions import OperationalError

from breach.services import rosters_jobs
from breach.services.rosters_jobs import JobClaim, JobLost
from breach.services.users import system_user

BUDGET = 20.0  # seconds a task takes up new work before it rings for the next and lets others in
BEAT_SECONDS = 0.5
log = structlog.get_logger(__name__)


def ring(task: Task[..., Any], *ids: object) -> None:
    """Wake a task when the current transaction has committed. A broken broker costs a beat, never the work."""
    transaction.on_commit(partial(_ring, task, tuple(str(one) for one in ids)))


def _ring(task: Task[..., Any], ids: tuple[str, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except (OperationalError, OSError) as problem:
        log.warning("doorbell.unheard", task=task.name, error=type(problem).__name__)


@shared_task(name="breach.tasks.import_due")
def import_due() -> None:
    """Process the waiting roster jobs; any number of workers may do so at once."""
    actor, until = system_user(), time.monotonic() + BUDGET
    while claim := rosters_jobs.claim_job(actor=actor):
        work_off(claim)
        if time.monotonic() > until:
            ring(import_due)
            return


def work_on(job_id: UUID) -> bool:
    """Do this one job here and now; returns whether it could still be claimed."""
    claim = rosters_jobs.claim_job(actor=system_user(), wanted=job_id)
    if claim is not None:
        work_off(claim)
    return claim is not None


def work_off(claim: JobClaim) -> None:
    """Do a claimed job with its pulse."""
    with Pulse(claim) as pulse:
        rosters_jobs.carry_out(actor=system_user(), claim=claim, progress=pulse.progress)


class Pulse:
    """Keeps a job's lease and shows its progress while its one long transaction runs.

    A thread, because it has a connection of its own: what it writes is seen at once, and goes on while the work is
    silent. When the job is ours no more, the work is told at its next step.
    """

    def __init__(self, claim: JobClaim) -> None:
        self.claim = claim
        self.at: tuple[str, int, int] = ("", 0, 0)
        self.lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """What the work calls at each step. Raises JobLost."""
        self.at = (stage, done, total)
        if self.lost:
            raise JobLost

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._over.wait(BEAT_SECONDS):
                self._beat()
        finally:
            connections.close_all()

    def _beat(self) -> None:
        stage, done, total = self.at
        try:
            ours = rosters_jobs.beat(claim=self.claim, stage=stage, done=done, total=total)
        except DatabaseError as problem:  # the lease is longer than a hiccup
            log.warning("roster_job.unheard", error=type(problem).__name__)
            connections.close_all()
        else:
            self.lost = self.lost or not ours
