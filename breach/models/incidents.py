"""One disclosure, its policy, and who was exposed in it."""

from __future__ import annotations

import uuid
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from breach.core.agency import agency_day


class DataElement(models.TextChoices):
    """What kind of information was disclosed."""

    NAME = "name", _("Name")
    BIRTH_DATE = "birth_date", _("Date of birth")
    NATIONALITY = "nationality", _("Nationality or country of citizenship")
    A_NUMBER = "a_number", _("Alien registration number (A-number)")
    DETENTION_LOCATION = "detention_location", _("Place of detention")
    CASE_STATUS = "case_status", _("Case status")
    FEAR_INTERVIEW = "fear_interview", _("Result of a protection interview")
    LANGUAGE = "language", _("Language")
    SEX = "sex", _("Sex")
    COUNSEL = "counsel", _("Name of the attorney")
    PROTECTION_SOUGHT = "protection_sought", _("That protection was sought")


class EvidenceKind(models.TextChoices):
    """The closed list of what can prove notice. The incident's policy says which suffice."""

    ATTORNEY_ATTESTATION = "attorney_attestation", _("Attorney's attestation")
    SIGNED_SHEET = "signed_sheet", _("Signed delivery sheet")
    CARRIER_PROOF = "carrier_proof", _("Carrier's proof of delivery")
    CONFIRMED_CALL = "confirmed_call", _("Call with identity check and understanding confirmed")
    COURT_STAMP = "court_stamp", _("Court's stamped copy")


# What a policy may count on: nothing records a court's stamped copy yet, so nobody could ever be told by it.
RECORDABLE_EVIDENCE = [kind for kind in EvidenceKind.choices if kind[0] != EvidenceKind.COURT_STAMP]


class Forum(models.TextChoices):
    """Before whom a representative has appeared (8 CFR 292.4(a): an appearance holds for one forum)."""

    ICE = "ice", _("ICE")
    EOIR = "eoir", _("Immigration court (EOIR)")
    BIA = "bia", _("Board of Immigration Appeals")
    USCIS = "uscis", _("USCIS")


class Posture(models.TextChoices):
    """Where the person's protection case stands; decides the letter's paragraphs."""

    UNKNOWN = "unknown", _("Not known")
    POSITIVE_FEAR = "positive_fear", _("Positive credible or reasonable fear finding")
    NEGATIVE_FEAR = "negative_fear", _("Negative fear finding")
    IN_PROCEEDINGS = "in_proceedings", _("In removal proceedings")
    FINAL_ORDER = "final_order", _("Final order of removal")
    WITHHOLDING_ONLY = "withholding_only", _("Withholding-only proceedings")
    REMOVED = "removed", _("Removed")


class RiskTier(models.IntegerChoices):
    """How harmful the disclosure may be for this person; set by a human or by rule, with a reason."""

    STANDARD = 3, _("Standard")
    HIGH = 2, _("High")
    CRITICAL = 1, _("Critical")


MOST_YEARS = 100  # that identities may be kept


def default_evidence() -> list[str]:
    return [
        EvidenceKind.ATTORNEY_ATTESTATION, EvidenceKind.SIGNED_SHEET,
        EvidenceKind.CARRIER_PROOF, EvidenceKind.CONFIRMED_CALL,
    ]  # fmt: skip


class Incident(models.Model):
    """One disclosure: what happened, when, which data, and the policy for telling people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("short name"), unique=True, max_length=60)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(
        _("what happened"), blank=True,
        help_text=_("Plain words for internal use; letters carry only signed wording"),
    )  # fmt: skip
    occurred_at = models.DateTimeField(_("occurred"))
    discovered_at = models.DateTimeField(_("discovered"))
    contained_at = models.DateTimeField(_("contained"), null=True, blank=True)
    extract_as_of = models.DateField(_("data extracted as of"), null=True, blank=True)
    data_elements = ArrayField(
        models.CharField(max_length=30, choices=DataElement.choices), default=list, blank=True,
        verbose_name=_("data elements"),
    )  # fmt: skip

    forum = models.CharField(_("forum"), max_length=10, choices=Forum.choices, default=Forum.ICE)
    copy_to_person = models.BooleanField(
        _("copy to the person"), default=True,
        help_text=_("A represented person also gets a copy of the notice"),
    )  # fmt: skip
    copy_required = models.BooleanField(
        _("copy is a duty"), default=False,
        help_text=_("The person counts as told only when the copy is proven too"),
    )  # fmt: skip
    sufficient_evidence = ArrayField(
        models.CharField(max_length=30, choices=EvidenceKind.choices), default=default_evidence,
        verbose_name=_("sufficient evidence"),
    )  # fmt: skip
    hold_days = models.PositiveSmallIntegerField(_("hold, days"), default=30)
    attorney_days = models.PositiveSmallIntegerField(
        _("days for an attorney to confirm"), default=5
    )
    proof_days = models.PositiveSmallIntegerField(_("days for a sheet or carrier proof"), default=7)
    retention_years = models.PositiveSmallIntegerField(
        _("years identities are kept after proof"), default=5, validators=[MaxValueValidator(MOST_YEARS)],
        help_text=_(
            "From then on two people may destroy them. Use your records schedule; 5 USC 552a(c)(3) asks for five"
        ),
    )  # fmt: skip
    is_drill = models.BooleanField(
        _("drill"), default=False, help_text=_("A drill can never reach a real address")
    )

    contact_phone = models.CharField(_("phone for affected people"), max_length=40, blank=True)
    contact_email = models.EmailField(_("e-mail for affected people"), blank=True)
    contact_address = models.TextField(_("postal address for affected people"), blank=True)
    signatory_name = models.CharField(_("signatory"), max_length=120, blank=True)
    signatory_title = models.CharField(_("signatory's title"), max_length=160, blank=True)
    agency_name = models.CharField(_("organization that writes"), max_length=160, blank=True)

    sending_stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    sending_stopped_reason = models.CharField(max_length=300, blank=True)
    teams = models.ManyToManyField(
        "breach.Team", blank=True, related_name="incidents", verbose_name=_("teams"),
        help_text=_("An incident that is assigned to no team is everybody's"),
    )  # fmt: skip
    opened_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-discovered_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(discovered_at__gte=F("occurred_at")),
                name="incident_discovered_after_occurred",
            ),
            models.CheckConstraint(
                condition=Q(contained_at__isnull=True) | Q(contained_at__gte=F("occurred_at")),
                name="incident_contained_after_occurred",
            ),
            models.CheckConstraint(
                condition=Q(sufficient_evidence__len__gt=0), name="incident_some_evidence_suffices"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def occurred_on(self) -> date:
        """The day it occurred where the agency is; so with the two that follow."""
        return agency_day(self.occurred_at)

    @property
    def discovered_on(self) -> date:
        return agency_day(self.discovered_at)

    @property
    def contained_on(self) -> date | None:
        return agency_day(self.contained_at) if self.contained_at else None

    @property
    def sending_stopped(self) -> bool:
        return self.sending_stopped_at is not None


class Exposure(models.Model):
    """One person in one incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="exposures")
    person = models.ForeignKey(
        "breach.AffectedPerson", on_delete=models.PROTECT, related_name="exposures"
    )
    elements = ArrayField(
        models.CharField(max_length=30, choices=DataElement.choices), default=list, blank=True
    )
    posture = models.CharField(max_length=20, choices=Posture.choices, default=Posture.UNKNOWN)
    risk_tier = models.PositiveSmallIntegerField(
        choices=RiskTier.choices, default=RiskTier.STANDARD
    )
    risk_reason = models.CharField(max_length=200, blank=True)
    caseworker = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text=_("The case worker this person is assigned to"),
    )  # fmt: skip
    taken_over_from = models.ForeignKey(
        "breach.AffectedPerson", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text=_("The record, joined to this person's, that this exposure came from"),
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["incident", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "person"], name="exposure_once_per_incident"
            ),
            models.CheckConstraint(
                condition=Q(posture__in=Posture.values), name="exposure_posture_known"
            ),
            models.CheckConstraint(
                condition=Q(risk_tier__in=RiskTier.values), name="exposure_risk_known"
            ),
        ]
        indexes = [models.Index(fields=["incident", "caseworker"], name="exposure_caseload_idx")]

    def __str__(self) -> str:
        return str(self.pk)
