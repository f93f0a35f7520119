"""Slow work on a roster, as rows: the database is the queue, and workers claim what is waiting."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedBytesField, SealedJSONField, SealedTextField
from breach.core.state import Machine


class JobKind(models.TextChoices):
    FILE = "file", _("Read and check a file")
    CHECK = "check", _("Check every row again")
    COMMIT = "commit", _("Import the roster")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting for a worker")
    RUNNING = "running", _("Being worked on")
    DONE = "done", _("Finished")
    FAILED = "failed", _("Not possible")
    CANCELLED = "cancelled", _("Stopped")


class JobStage(models.TextChoices):
    """The step a running job is at, as its progress shows it."""

    STAGE = "stage", _("Rows read")
    CHECK = "check", _("Rows checked")
    COMMIT = "commit", _("Rows imported")


OPEN_JOBS = (JobState.QUEUED, JobState.RUNNING)
ROSTER_JOB = Machine(
    name="roster job",
    moves={
        JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
        JobState.RUNNING: frozenset(
            {JobState.DONE, JobState.FAILED, JobState.QUEUED, JobState.CANCELLED}
        ),
        JobState.DONE: frozenset(),
        JobState.FAILED: frozenset(),
        JobState.CANCELLED: frozenset(),
    },
)


class RosterJob(models.Model):
    """One piece of work somebody asked for. All times are the database's.

    `file` is the upload, sealed, and gone as soon as the job is over: its rows are kept by then, or nothing is.
    `fence` only grows, and a worker with an older one writes nothing; `tries` counts workers that took it up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=JobKind.choices)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    # Empty until the file is staged, and again when the staged roster is discarded.
    roster = models.ForeignKey(
        "breach.Roster", null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    asked_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="en")  # of the sentence in `problem`
    file = SealedBytesField(owner="purpose:roster", null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    given = SealedJSONField(owner="purpose:roster", null=True)  # what was typed beside the file

    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    stage = models.CharField(max_length=10, choices=JobStage.choices, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)  # 0 while nobody knows
    problem = SealedTextField(owner="purpose:roster", null=True)
    fence = models.BigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=JobState.values), name="rosterjob_state_known"
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True) | Q(kind="file", state__in=OPEN_JOBS),
                name="rosterjob_file_only_while_open",
            ),
            # The same bytes are read once at a time, and a roster has one piece of work at a time.
            models.UniqueConstraint(
                fields=["incident", "sha256"],
                condition=Q(kind="file", state__in=OPEN_JOBS),
                name="rosterjob_one_per_file",
            ),
            models.UniqueConstraint(
                fields=["roster"], condition=Q(state__in=OPEN_JOBS), name="rosterjob_one_per_roster"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(state__in=OPEN_JOBS), name="rosterjob_queue_idx"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_JOBS
