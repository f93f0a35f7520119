"""Imported lists: immutable bytes by hash, rows staged, checked, committed, reversible."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedJSONField


class RosterStatus(models.TextChoices):
    STAGED = "staged", _("Staged")
    COMMITTED = "committed", _("Committed")
    REVERSED = "reversed", _("Reversed")


class RowOutcome(models.TextChoices):
    """The four disjoint outcomes; they sum to the file."""

    NEW = "new", _("New person")
    MATCHED = "matched", _("Matched")
    CONFLICT = "conflict", _("Conflict")
    REJECTED = "rejected", _("Rejected")


class Roster(models.Model):
    """One file as received. Counts are of data rows, header and blank rows not counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        "breach.Incident", on_delete=models.PROTECT, related_name="rosters"
    )
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    source = models.CharField(_("source"), max_length=200, blank=True)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    status = models.CharField(
        max_length=10, choices=RosterStatus.choices, default=RosterStatus.STAGED
    )
    mapping = models.JSONField(default=dict)  # our column -> header as found
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    conflict = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    duplicate_pairs = models.PositiveIntegerField(default=0)
    imported_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "sha256"],
                condition=Q(status="committed"),
                name="roster_same_bytes_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="committed")
                | Q(
                    rows=models.F("new")
                    + models.F("matched")
                    + models.F("conflict")
                    + models.F("rejected")
                ),
                name="roster_outcomes_sum_to_rows",
            ),
        ]


class RosterRow(models.Model):
    """One data row (numbered as a spreadsheet does: the header counts) and what became of it.

    `problems` holds column, class of value and what to do, never the value. A conflict or rejected row of a
    committed roster stays open until somebody resolves it (`resolved_at`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="roster_rows")
    number = models.PositiveIntegerField()
    cells = SealedJSONField(owner="purpose:roster", null=True)
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    person = models.ForeignKey(
        "breach.AffectedPerson",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="roster_rows",
    )
    problems = models.JSONField(default=list)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["roster", "number"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="rosterrow_number_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=RowOutcome.values), name="rosterrow_outcome_known"
            ),
        ]
        indexes = [models.Index(fields=["roster", "outcome"], name="rosterrow_outcome_idx")]
