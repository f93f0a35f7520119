"""The disclosure ledger: to whom a record about a person was disclosed, when, what, and for which purpose.

The accounting the Privacy Act asks for, 5 USC 552a(c). Append-only, kept as long as the person's record.
"""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedJSONField


class DisclosureNature(models.TextChoices):
    """What was disclosed."""

    SEALED_LETTER = "sealed_letter", _("The notice, sealed, with the name on the delivery sheet")
    PRINT_FILE = "print_file", _("The notice with name and address, to be printed and mailed")
    MESSAGE = "message", _("A message that a notice waits, without a name")
    NOTICE_OPENED = "notice_opened", _("The notice, opened in the attorney portal")
    EXPORT = "export", _("A file of chosen columns")


class DisclosurePurpose(models.TextChoices):
    """Why it was disclosed."""

    NOTICE = "notice", _("To tell the person of the disclosure of their data")
    FOLLOW_UP = "follow_up", _("To reach people who have not been told yet")
    PROOF = "proof", _("To show that people were told")
    ACCOUNTING = "accounting", _("To answer the person’s request for this accounting")


class RecipientKind(models.TextChoices):
    FACILITY = "facility", _("Facility")
    MAIL_HOUSE = "mail_house", _("Mail house")
    COUNSEL = "counsel", _("Attorney of record")
    EXPORT = "export", _("Recipient of an export")


class Disclosure(models.Model):
    """One disclosure about one person. Name and address of the recipient are sealed with the person's data key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("breach.AffectedPerson", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)  # the database's clock
    made_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    nature = models.CharField(max_length=20, choices=DisclosureNature.choices)
    purpose = models.CharField(max_length=20, choices=DisclosurePurpose.choices)
    recipient_kind = models.CharField(max_length=12, choices=RecipientKind.choices)
    recipient_id = models.UUIDField(
        null=True
    )  # the facility or attorney, which outlives a shredded key
    recipient = SealedJSONField(owner="person_id", null=True)  # {"name", "address"}
    source_type = models.CharField(max_length=20)
    source_id = models.UUIDField()  # the delivery, notice or export that was the disclosure

    class Meta:
        ordering = ["-made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_type", "source_id", "person"], name="disclosure_once_per_source"
            ),
            models.CheckConstraint(
                condition=Q(nature__in=DisclosureNature.values)
                & Q(purpose__in=DisclosurePurpose.values)
                & Q(recipient_kind__in=RecipientKind.values),
                name="disclosure_in_known_words",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "made_at"], name="disclosure_incident_idx"),
            models.Index(fields=["person"], name="disclosure_person_idx"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
