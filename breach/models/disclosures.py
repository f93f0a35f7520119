"""Sign-off: two people, neither the author, approve exactly one content."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SignOffSubject(models.TextChoices):
    LETTER_VERSION = "letter_version", _("Letter version")


class SignOff(models.Model):
    """One person's approval of the content with this SHA-256, for one incident. Append-only.

    A content is approved when two different people, neither of them the author, have signed the same hash.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        "breach.Incident", on_delete=models.PROTECT, related_name="sign_offs"
    )
    subject = models.CharField(max_length=20, choices=SignOffSubject.choices)
    subject_id = models.UUIDField()
    content_sha256 = models.CharField(max_length=64)
    author = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(db_default=Now(), editable=False)  # the database's clock

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "subject", "subject_id", "content_sha256", "signed_by"],
                name="signoff_once_each",
            ),
            models.CheckConstraint(
                condition=~Q(signed_by=F("author")), name="signoff_not_by_author"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
