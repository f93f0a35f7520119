"""An export: a table of a closed kind, encrypted for one recipient, kept for hours, downloads counted."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedBytesField, SealedJSONField, SealedTextField


class ExportFormat(models.TextChoices):
    CSV = "csv", _("Table (CSV)")
    PDF = "pdf", _("Paper (PDF)")


class Export(models.Model):
    """What was requested, and after approval the encrypted file until it expires.

    `reference` is opaque and names the file. The passphrase is erased when the file is made or the request ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=30)  # a code of settings.EXPORT_KINDS
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    exposure = models.ForeignKey(
        "breach.Exposure", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    format = models.CharField(max_length=4, choices=ExportFormat.choices, default=ExportFormat.CSV)
    recipient = SealedJSONField(owner="purpose:exports")  # {"name", "address"}
    key = models.TextField(blank=True)  # the recipient's public key
    passphrase = SealedTextField(owner="purpose:exports", null=True)
    hours = models.PositiveSmallIntegerField()  # how long the file lives
    asked_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    people = models.JSONField(default=list)  # ids of whom the file is about, for the ledger
    sha256 = models.CharField(max_length=64, blank=True)  # of the encrypted file
    file = SealedBytesField(owner="purpose:exports", null=True)
    downloads = models.PositiveSmallIntegerField(default=0)
    most_downloads = models.PositiveSmallIntegerField(default=3)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(downloads__lte=F("most_downloads")), name="export_downloads_limited"
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=True)
                | Q(made_at__isnull=False, expires_at__isnull=False, passphrase__isnull=True),
                name="export_file_expires",
            ),
            models.CheckConstraint(
                condition=Q(format__in=ExportFormat.values), name="export_format_known"
            ),
        ]
