"""Asking for long work on a roster: each verb leaves a row for a worker; nothing is read or decided here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.core.tabular import DEFAULT_LIMITS, TabularError
from breach.models import Incident, Roster, RosterJob, RosterRow, User
from breach.models.roster_jobs import OPEN_JOBS, ROSTER_JOB, JobKind, JobState
from breach.models.rosters import RosterStatus

from . import audit
from .rosters_columns import confirm
from .rosters_staging import RosterRefused, already_committed, fingerprint

# What is over needs neither the upload nor what was typed beside it.
CLEARED: dict[str, Any] = {"file": None, "given": None, "lease_until": None}


class JobRefused(Refused):
    """The work cannot be asked for, or not be stopped; its text says why."""


@transaction.atomic
def ask_to_read(
    *,
    actor: User,
    incident: Incident,
    data: bytes,
    as_of: date | None = None,
    described_as: str = "",
    columns: Mapping[str, str] | None = None,
) -> RosterJob:
    """Keep an uploaded file, sealed, to be staged and checked. Raises TabularError, RosterRefused or JobRefused."""
    require(actor, Capability.IMPORT_ROSTER)
    if not data:
        raise TabularError("empty")
    if len(data) > DEFAULT_LIMITS.size:
        raise TabularError("file_too_large", count=DEFAULT_LIMITS.size >> 20)
    sha256, size = fingerprint(data)
    if already_committed(incident, sha256):
        raise RosterRefused(
            _("This very file is already imported for the incident. Nothing was changed.")
        )
    given = {
        "as_of": as_of.isoformat() if as_of else None,
        "described_as": described_as,
        "columns": dict(columns) if columns else None,
    }
    job = RosterJob(
        kind=JobKind.FILE, incident=incident, sha256=sha256, size=size, file=data, given=given
    )
    busy = _("This very file is being read already. Look at the rosters of the incident.")
    return _ask(actor, job, busy)


@transaction.atomic
def ask_to_check(
    *, actor: User, roster: Roster, columns: Mapping[str, str], orders: Mapping[str, str]
) -> RosterJob:
    """Have every row checked again with other columns. Raises MappingRefused, RosterRefused or JobRefused."""
    require(actor, Capability.IMPORT_ROSTER)
    first = RosterRow.objects.filter(roster=roster).order_by("number").first()
    confirm(list(first.cells) if first else [], columns)
    given = {"columns": dict(columns), "orders": dict(orders)}
    return _ask_about(actor, roster, RosterJob(kind=JobKind.CHECK, given=given))


@transaction.atomic
def ask_to_commit(*, actor: User, roster: Roster) -> RosterJob:
    """Have the people of a staged roster taken in. Raises RosterRefused or JobRefused."""
    require(actor, Capability.IMPORT_ROSTER)
    return _ask_about(actor, roster, RosterJob(kind=JobKind.COMMIT))


@transaction.atomic
def stop_job(*, actor: User, job: RosterJob) -> None:
    """Stop work that waits or runs; what a worker has done of it is undone. Raises JobRefused when it is over."""
    require(actor, Capability.IMPORT_ROSTER)
    for before in OPEN_JOBS:
        if ROSTER_JOB.move(
            RosterJob, job.pk, before=before, after=JobState.CANCELLED,
            fence=F("fence") + 1, ended_at=Now(), **CLEARED,
        ):  # fmt: skip
            audit.record(
                actor=actor, action="roster_job.stopped", subject=job, incident=job.incident
            )
            return
    raise JobRefused(_("It is over already. Look at the roster to see what became of it."))


def _ask_about(actor: User, about: Roster, job: RosterJob) -> RosterJob:
    """The row of the roster stays locked: nobody commits or discards it between the look and the asking."""
    roster = (
        Roster.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident")
        .filter(pk=about.pk, status=RosterStatus.STAGED)
        .first()
    )
    if roster is None:
        raise RosterRefused(
            _("The roster is not waiting any more: somebody imported or discarded it.")
        )
    job.incident, job.roster, job.sha256 = roster.incident, roster, roster.sha256
    return _ask(actor, job, _("This roster is being worked on already. Wait until that is done."))


def _ask(actor: User, job: RosterJob, busy: str) -> RosterJob:
    job.asked_by, job.language = actor, get_language() or "en"
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as rival:  # the database says so, whoever was first
        raise JobRefused(busy) from rival
    audit.record(
        actor=actor, action="roster_job.asked", subject=job, incident=job.incident,
        kind=job.kind, sha256=job.sha256, roster=job.roster_id,
    )  # fmt: skip
    return job
