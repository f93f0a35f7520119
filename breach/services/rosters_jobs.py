"""Working off what was asked for: claim, beat, carry out; one job is one transaction, and a fence guards its end.

A worker that dies leaves a lease that runs out, and no half of anything: the next one begins the job again. Whoever
was stopped or taken over in the meantime cannot commit (`JobLost`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from breach.core import keyring
from breach.core.errors import Refused
from breach.core.roles import Capability, NotAllowed, require
from breach.models import Roster, RosterJob, User
from breach.models.roster_jobs import ROSTER_JOB, JobKind, JobState

from . import audit, rosters
from .rosters_asking import CLEARED
from .rosters_staging import Progress, silent

LEASE = timedelta(seconds=60)
TRIES = 2
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobClaim:
    """A job this worker may do, as long as nobody's fence is higher."""

    job_id: UUID
    fence: int


class JobLost(Exception):
    """The job was stopped, or another worker has it: nothing of ours may stay."""


def waiting() -> QuerySet[RosterJob]:
    """What a worker may take up: asked for, or left by a worker whose lease ran out."""
    return RosterJob.objects.filter(
        Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=Now())
    ).order_by("asked_at", "id")


@transaction.atomic
def claim_job(
    *, actor: User, wanted: UUID | None = None, lease: timedelta = LEASE
) -> JobClaim | None:
    """Take up the job that waits longest, or just the wanted one; None when there is none.

    A job that two workers did not survive is given up with a sentence, so that no file stops the queue.
    """
    require(actor, Capability.IMPORT_ROSTER)
    rows = waiting().filter(pk=wanted) if wanted else waiting()
    rows = rows.select_for_update(skip_locked=True).only("pk", "fence", "tries", "language")
    for job in rows.filter(tries__gte=TRIES):
        _give_up(actor, job)
    chosen = rows.filter(tries__lt=TRIES).first()
    if chosen is None:
        return None
    RosterJob.objects.filter(pk=chosen.pk).update(
        state=JobState.RUNNING, fence=chosen.fence + 1, tries=chosen.tries + 1,
        lease_until=Now() + lease, started_at=Now(), stage="", done=0, total=0,
    )  # fmt: skip
    return JobClaim(chosen.pk, chosen.fence + 1)


def beat(*, claim: JobClaim, stage: str, done: int, total: int, lease: timedelta = LEASE) -> bool:
    """Say how far the work is and that it goes on; False when the job is ours no more."""
    return bool(_ours(claim).update(stage=stage, done=done, total=total, lease_until=Now() + lease))


def carry_out(*, actor: User, claim: JobClaim, progress: Progress = silent) -> None:
    """Do the claimed job in the name of whoever asked for it, all or nothing; a refusal is kept as its sentence.

    `progress` may raise JobLost to end it early.
    """
    require(actor, Capability.IMPORT_ROSTER)
    job = _ours(claim).select_related("incident", "roster__incident", "asked_by").first()
    if job is None:
        return
    try:
        with translation.override(job.language), transaction.atomic():
            roster = WORK[JobKind(job.kind)](job, progress)
            done = {"roster": roster, "done": roster.rows, "total": roster.rows}
            _end(claim, JobState.DONE, **done)
    except JobLost:
        log.info("roster_job.lost", job=str(job.pk))
    except (Refused, NotAllowed) as refusal:
        with translation.override(job.language):
            _fail(actor, job, claim, str(refusal))
    except Exception as fault:
        log.error("roster_job.fault", job=str(job.pk), error=type(fault).__name__)
        _hand_back(actor, job, claim)
    except BaseException:  # the worker is told to stop: not the file's fault, and no try of its
        _ours(claim).update(state=JobState.QUEUED, lease_until=None, tries=F("tries") - 1)
        raise
    finally:
        keyring.forget()


def _ours(claim: JobClaim) -> QuerySet[RosterJob]:
    return RosterJob.objects.filter(pk=claim.job_id, state=JobState.RUNNING, fence=claim.fence)


def _read(job: RosterJob, progress: Progress) -> Roster:
    as_of = job.given["as_of"]
    roster = rosters.stage_roster(
        actor=job.asked_by, incident=job.incident, source=job.file, progress=progress,
        as_of=date.fromisoformat(as_of) if as_of else None,
        described_as=job.given["described_as"], columns=job.given["columns"],
    )  # fmt: skip
    rosters.check_roster(actor=job.asked_by, roster=roster, progress=progress)
    return roster


def _check(job: RosterJob, progress: Progress) -> Roster:
    roster = _roster_of(job)
    rosters.check_roster(
        actor=job.asked_by, roster=roster, progress=progress,
        columns=job.given["columns"], orders=job.given["orders"],
    )  # fmt: skip
    return roster


def _commit(job: RosterJob, progress: Progress) -> Roster:
    roster = _roster_of(job)
    rosters.commit_roster(actor=job.asked_by, roster=roster, progress=progress)
    return roster


WORK: dict[JobKind, Callable[[RosterJob, Progress], Roster]] = {
    JobKind.FILE: _read,
    JobKind.CHECK: _check,
    JobKind.COMMIT: _commit,
}


def _roster_of(job: RosterJob) -> Roster:
    if job.roster is None:
        raise rosters.RosterRefused(
            _("The roster is not waiting any more: somebody imported or discarded it.")
        )
    return job.roster


def _end(claim: JobClaim, state: JobState, **changes: Any) -> None:
    """The last word on a job, in the transaction of what it did. Raises JobLost when it is not ours to say."""
    if not ROSTER_JOB.move(
        RosterJob, claim.job_id, before=JobState.RUNNING, after=state,
        where={"fence": claim.fence}, ended_at=Now(), **CLEARED, **changes,
    ):  # fmt: skip
        raise JobLost


@transaction.atomic
def _fail(actor: User, job: RosterJob, claim: JobClaim, sentence: str) -> None:
    try:
        _end(claim, JobState.FAILED)
    except JobLost:
        return
    job.problem = sentence
    job.save(update_fields=["problem"])
    kept = RosterJob.objects.select_related("incident").get(pk=job.pk)
    audit.record(actor=actor, action="roster_job.failed", subject=kept, incident=kept.incident)


def _give_up(actor: User, job: RosterJob) -> None:
    """A file that ends its reader's worker again and again is not tried a third time."""
    with translation.override(job.language):
        sentence = _(
            "The work was begun twice and each time its worker ended before it was done. Nothing was changed. "
            "Save the list as CSV and upload that file, or ask whoever runs the system."
        )
    _fail(actor, job, JobClaim(job.pk, job.fence), sentence)


def _hand_back(actor: User, job: RosterJob, claim: JobClaim) -> None:
    """A fault of the program or the machine: tried once more by the next worker."""
    if job.tries >= TRIES:
        _give_up(actor, job)
    else:
        ROSTER_JOB.move(
            RosterJob, job.pk, before=JobState.RUNNING, after=JobState.QUEUED,
            where={"fence": claim.fence}, lease_until=None,
        )  # fmt: skip
