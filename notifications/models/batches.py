"""What leaves on paper together: a mail-house job, or one facility's sealed letters with their delivery sheet."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BatchState(models.TextChoices):
    OPEN = "open", _("Being written")
    WRITTEN = "written", _("Ready to collect")
    COLLECTED = "collected", _("Collected")
    VOID = "void", _("Void")


class Batch(models.Model):
    """One folder in the spool: combined PDF, manifest, hashes. Numbers are opaque and safe to print outside."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12)
    facility = models.ForeignKey(
        "breach.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.OPEN)
    letters = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=80, blank=True)  # below the spool, neutral name
    created_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(null=True, blank=True)
    collected_at = models.DateTimeField(null=True, blank=True)
    collected_by = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="collected", collected_at__isnull=False, collected_by__isnull=False
                )
                | (~Q(state="collected") & Q(collected_at__isnull=True, collected_by__isnull=True)),
                name="batch_collected_by_somebody",
            )
        ]
