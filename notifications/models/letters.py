"""The words: a letter per incident, its versions (immutable once submitted), their translations."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Letter(models.Model):
    """What an incident's people are told. The variants by recipient and posture are inside the wording."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80, default="notice")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "name"], name="letter_once_per_incident")
        ]


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waiting for sign-off")
    APPROVED = "approved", _("Signed off")
    RETIRED = "retired", _("Retired")


class LetterVersion(models.Model):
    """One wording in all its languages.

    `content_sha256` covers every translation and the incident's facts printed in the letter (dates, data elements,
    contacts, signatory, hold days): what two people sign is exactly what people will read. If a fact changes, the
    hash no longer matches and nothing goes out until the new content is signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT
    )
    content_sha256 = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["letter", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "number"], name="letterversion_number_once"),
            models.UniqueConstraint(
                fields=["letter"], condition=Q(status="approved"), name="letterversion_one_approved"
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(content_sha256=""),
                name="letterversion_submitted_has_hash",
            ),
        ]


class Translation(models.Model):
    """The wording in one language, as named sections with placeholders. A machine or unreviewed text never goes out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(
        LetterVersion, on_delete=models.PROTECT, related_name="translations"
    )
    language = models.CharField(max_length=35)  # BCP 47
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    translator = models.CharField(max_length=120, blank=True)
    reviewed_by = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["version", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"], name="translation_language_once"
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="words_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("content", "sha256", "language", "version"),
            ),
        ]
