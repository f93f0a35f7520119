"""Affected people: a human being, once, however many incidents they are in. Identity is sealed."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedJSONField, SealedTextField


class AffectedPerson(models.Model):
    """A human being. Shown by `reference` and `initials` until somebody needs, and may see, more.

    `routing_version` grows with every change that can alter who is told and how (placement, counsel, contact
    points, language, facts); what was prepared under an older version is looked at again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    family_name = SealedTextField(owner="pk", default=str)
    given_names = SealedTextField(owner="pk", default=str)
    name_as_listed = SealedTextField(owner="pk", default=str)
    aliases = SealedJSONField(owner="pk", default=list)
    birth_date_text = SealedTextField(owner="pk", null=True)  # ISO 8601
    nationality = SealedTextField(owner="pk", null=True)  # ISO 3166-1 alpha-2, or as listed
    sex = SealedTextField(owner="pk", null=True)
    safe_contact_note = SealedTextField(owner="pk", null=True)

    is_minor = models.BooleanField(
        default=False, help_text=_("Under 18 when the roster was imported")
    )
    do_not_contact = models.BooleanField(
        default=False, help_text=_("Contact through counsel or a supervisor only")
    )
    protected_1367 = models.BooleanField(default=False, help_text=_("Protected by 8 USC 1367"))

    died_on = models.DateField(null=True, blank=True)
    released_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True)
    fact_source = models.CharField(max_length=200, blank=True)

    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    routing_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="person_not_merged_into_self"
            ),
        ]
        indexes = [models.Index(fields=["merged_into"], name="person_merged_idx")]

    def __str__(self) -> str:
        return self.reference

    @property
    def birth_date(self) -> date | None:
        return date.fromisoformat(self.birth_date_text) if self.birth_date_text else None

    @property
    def full_name(self) -> str:
        """Given and family names as one would write them on a letter."""
        return (
            " ".join(part for part in (self.given_names, self.family_name) if part)
            or self.name_as_listed
        )

    @property
    def initials(self) -> str:
        """What lists and headers show instead of the name."""
        parts = [part[0] for part in (self.given_names, self.family_name) if part]
        return ".".join(part.upper() for part in parts) + "." if parts else "-"


class PersonKey(models.Model):
    """The person's data key, wrapped by the purpose key. Destroying it shreds what it sealed."""

    person = models.OneToOneField(
        AffectedPerson, primary_key=True, on_delete=models.CASCADE, related_name="key"
    )
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False) | Q(destroyed_at__isnull=False),
                name="personkey_there_or_destroyed",
            ),
        ]


class IdentifierKind(models.TextChoices):
    A_NUMBER = "a_number", _("A-number")
    OTHER = "other", _("Other identifier")


class Identifier(models.Model):
    """An exact identifier, sealed, with a keyed index for equality look-ups."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(AffectedPerson, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(
        max_length=20, choices=IdentifierKind.choices, default=IdentifierKind.A_NUMBER
    )
    value = SealedTextField(owner="person_id")
    index = models.CharField(max_length=64, help_text=_("Keyed hash of the normalized value"))
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "index"], name="identifier_once")]
        indexes = [models.Index(fields=["person"], name="identifier_person_idx")]


class ContactKind(models.TextChoices):
    ADDRESS = "address", _("Postal address")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")


class Deliverability(models.TextChoices):
    UNKNOWN = "unknown", _("Not checked")
    DELIVERABLE = "deliverable", _("Deliverable")
    BAD = "bad", _("Known bad")


class ContactPoint(models.Model):
    """A way to reach a person outside custody. A changed address is a new row, so old proof keeps its address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        AffectedPerson, on_delete=models.PROTECT, related_name="contact_points"
    )
    kind = models.CharField(max_length=10, choices=ContactKind.choices)
    value = SealedTextField(owner="person_id")  # lines for an address, E.164 for a phone
    country = models.CharField(max_length=2, default="US")
    deliverability = models.CharField(
        max_length=12, choices=Deliverability.choices, default=Deliverability.UNKNOWN
    )
    bad_reason = models.CharField(max_length=120, blank=True)
    verified = models.BooleanField(default=False)
    safe = models.BooleanField(
        default=True, help_text=_("Somebody confirmed that writing here endangers nobody")
    )
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-is_current", "kind", "-created_at"]
        indexes = [models.Index(fields=["person", "kind"], name="contactpoint_person_idx")]


class PersonLanguage(models.Model):
    """A language the person uses, ranked (1 = best)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(AffectedPerson, on_delete=models.PROTECT, related_name="languages")
    tag = models.CharField(_("language"), max_length=35)  # BCP 47
    rank = models.PositiveSmallIntegerField(default=1)
    reads = models.BooleanField(_("reads it"), null=True, blank=True)  # null: nobody asked
    verified = models.BooleanField(
        default=False, help_text=_("Asked of the person, not assumed from the country")
    )
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["person", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["person", "rank"], name="personlanguage_rank_once"),
            models.UniqueConstraint(fields=["person", "tag"], name="personlanguage_tag_once"),
        ]


class Guardian(models.Model):
    """Who receives notice for a minor or a person lacking competency, with evidence of authority."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(AffectedPerson, on_delete=models.PROTECT, related_name="guardians")
    name = SealedTextField(owner="person_id")
    relationship = models.CharField(max_length=60)
    address = SealedTextField(owner="person_id", null=True)
    phone = SealedTextField(owner="person_id", null=True)
    authority_evidence = models.CharField(max_length=120, blank=True)
    verified = models.BooleanField(default=False)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(is_current=True), name="guardian_one_current"
            ),
        ]
