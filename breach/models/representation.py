"""Who speaks for a person: dated, per forum, with evidence, and able to end."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .incidents import Forum


class LawFirm(models.Model):
    """A firm or recognized organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("address"), blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AttorneyKind(models.TextChoices):
    """8 CFR 1292.1: partially accredited representatives appear before DHS only."""

    ATTORNEY = "attorney", _("Attorney")
    ACCREDITED_FULL = "accredited_full", _("Accredited representative (full)")
    ACCREDITED_PARTIAL = "accredited_partial", _("Accredited representative (partial)")


class Attorney(models.Model):
    """An attorney or accredited representative, with many clients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(
        max_length=20, choices=AttorneyKind.choices, default=AttorneyKind.ATTORNEY
    )
    firm = models.ForeignKey(
        LawFirm, null=True, blank=True, on_delete=models.PROTECT, related_name="attorneys"
    )
    email = models.EmailField(_("e-mail"), blank=True)
    email_verified = models.BooleanField(default=False)
    email_typed = models.BooleanField(
        default=False,
        help_text=_("Typed by hand, not from a list: nothing is sent there before it is verified"),
    )
    email_bad_reason = models.CharField(max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.TextField(_("address"), blank=True)
    eoir_id = models.CharField(_("EOIR ID"), max_length=20, blank=True)
    is_suspended = models.BooleanField(default=False)
    user = models.OneToOneField(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="attorney"
    )
    routing_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["eoir_id"], condition=~Q(eoir_id=""), name="attorney_eoir_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def can_be_mailed(self) -> bool:
        """Whether mail may go there; whether an appearance vouches for an e-mail from a list is asked elsewhere."""
        waits = self.email_typed and not self.email_verified
        return bool(self.email) and not self.email_bad_reason and not waits


class Licence(models.Model):
    """A license to practice in one jurisdiction."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attorney = models.ForeignKey(Attorney, on_delete=models.CASCADE, related_name="licences")
    jurisdiction = models.CharField(max_length=60)
    number = models.CharField(max_length=40)
    verified_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attorney", "jurisdiction", "number"], name="licence_once"
            ),
        ]


class RepresentationStatus(models.TextChoices):
    CLAIMED = "claimed", _("Claimed, not verified")
    ACTIVE = "active", _("Active")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUSPENDED = "suspended", _("Suspended")
    DISPUTED = "disputed", _("Disputed")


class AppearanceEvidence(models.TextChoices):
    NONE = "none", _("None yet")
    G28 = "g28", _("Form G-28")
    EOIR27 = "eoir27", _("Form EOIR-27")
    EOIR28 = "eoir28", _("Form EOIR-28")
    STATEMENT = "statement", _("Signed statement")


class Representation(models.Model):
    """One appearance: this attorney for this person in this forum, from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        "breach.AffectedPerson", on_delete=models.PROTECT, related_name="representations"
    )
    attorney = models.ForeignKey(Attorney, on_delete=models.PROTECT, related_name="representations")
    forum = models.CharField(max_length=10, choices=Forum.choices)
    is_lead = models.BooleanField(default=True)
    period = DateRangeField(_("from, to"))
    evidence = models.CharField(
        max_length=12, choices=AppearanceEvidence.choices, default=AppearanceEvidence.NONE
    )
    evidence_on = models.DateField(null=True, blank=True)
    status = models.CharField(
        max_length=12, choices=RepresentationStatus.choices, default=RepresentationStatus.CLAIMED
    )
    status_reason = models.CharField(max_length=200, blank=True)
    claimed_on = models.DateField(
        null=True, blank=True, help_text=_("The day we learned of the claim, by the database")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["person", "-created_at"]
        constraints = [
            ExclusionConstraint(
                name="representation_one_active_lead",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("forum", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(status="active", is_lead=True),
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | ~Q(evidence="none"),
                name="representation_active_has_evidence",
            ),
        ]
        indexes = [models.Index(fields=["attorney", "status"], name="representation_attorney_idx")]
