"""Two records that may be one human being, with the reasons. Nothing merges by itself."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PairStatus(models.TextChoices):
    OPEN = "open", _("To be reviewed")
    SAME = "same", _("Same person")
    DIFFERENT = "different", _("Different people")


class DuplicatePair(models.Model):
    """A candidate pair; `reasons` are sentences' codes with classes of values, never the values."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey("breach.AffectedPerson", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("breach.AffectedPerson", on_delete=models.PROTECT, related_name="+")
    roster = models.ForeignKey(
        "breach.Roster", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    score = models.PositiveSmallIntegerField()  # 0 to 100
    reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=PairStatus.choices, default=PairStatus.OPEN)
    decided_by = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicatepair_once"),
            # Stored in one order, so that (a, b) and (b, a) are the same pair.
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="duplicatepair_ordered"
            ),
        ]
