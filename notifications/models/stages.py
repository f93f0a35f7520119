"""Staged release: how many deliveries of an incident may leave before a person has looked at the first ones."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models.functions import Now

# Deliveries that may leave in each stage; after the last one all. An incident begins in the first, without a row.
STAGES: tuple[int | None, ...] = (10, 100, None)


class Stage(models.Model):
    """One decision to continue, with the figures it rests on. Append-only; the highest number counts.

    `number` is the place in STAGES, `limit` what may leave in all; none means everything.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    limit = models.PositiveIntegerField(null=True, blank=True)
    seen = models.JSONField(default=dict)  # counts only
    opened_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="stage_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
