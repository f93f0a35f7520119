"""The duty to tell one recipient about one exposure, what proves it, and the exposure's place in the funnel."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from breach.models import EvidenceKind
from notifications.states import NotificationState


class RecipientRole(models.TextChoices):
    PERSON = "person", _("The person")
    REPRESENTATIVE = "representative", _("The attorney of record")
    GUARDIAN = "guardian", _("The guardian")
    COURT = "court", _("The court")


class DisproofReason(models.TextChoices):
    """Why proof of notice is taken back. A closed list: free words would carry names."""

    WRONG_PERSON = "wrong_person", _("It is about another person")
    NOT_SIGNED = "not_signed", _("Nobody signed it, or somebody else did")
    NOT_TOLD = "not_told", _("The recipient says they were not told")
    ENTERED_WRONGLY = "entered_wrongly", _("It was entered by mistake")
    NOT_GENUINE = "not_genuine", _("It is not genuine")


class Notification(models.Model):
    """One duty. `reasons` are the sentences that explain the route; `rests_on` the ids of the rows it relies on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=20, unique=True)  # printed on the letter; opaque
    exposure = models.ForeignKey("breach.Exposure", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    recipient_role = models.CharField(max_length=20, choices=RecipientRole.choices)
    representation = models.ForeignKey(
        "breach.Representation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    attorney = models.ForeignKey(
        "breach.Attorney", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_required = models.BooleanField(
        default=True, help_text=_("Counts for the funnel, as the incident's policy says")
    )
    state = models.CharField(
        max_length=12, choices=NotificationState.choices, default=NotificationState.PENDING
    )
    channel = models.CharField(
        max_length=12, blank=True
    )  # a key of notifications.channels.registry
    language = models.CharField(max_length=35, blank=True)  # of the letter
    reasons = models.JSONField(default=list)
    rests_on = models.JSONField(default=dict)
    needs_interpreter = models.BooleanField(
        default=False,
        help_text=_("Nobody reads this language: only a confirmed call proves notice"),
    )
    routed_version = models.PositiveIntegerField(default=0)
    round = models.PositiveSmallIntegerField(
        default=0,
        help_text=_("How often its letter must go again because the proof was taken back"),
    )
    notified_at = models.DateTimeField(null=True, blank=True)
    first_viewed_at = models.DateTimeField(null=True, blank=True)  # in the attorney portal
    created_at = models.DateTimeField(auto_now_add=True)
    reopened_at = models.DateTimeField(null=True, blank=True)  # for a recipient who came back
    closed_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            # One open duty per recipient: a withdrawn one (other counsel now) may be followed by another.
            models.UniqueConstraint(
                fields=["exposure", "recipient_role"],
                condition=~Q(state="withdrawn"),
                name="notification_one_live_duty",
            ),
            models.CheckConstraint(
                condition=~Q(recipient_role="representative") | Q(representation__isnull=False),
                name="notification_representative_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="notified") | Q(notified_at__isnull=False),
                name="notification_notified_has_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=NotificationState.values), name="notification_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "state"], name="notification_state_idx"),
            models.Index(fields=["attorney", "state"], name="notification_attorney_idx"),
        ]


class Evidence(models.Model):
    """What proves notice. Append-only: a disproved evidence gets `disproved_at`, it is never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notification = models.ForeignKey(
        Notification, on_delete=models.PROTECT, related_name="evidence"
    )
    kind = models.CharField(max_length=30, choices=EvidenceKind.choices)
    is_sufficient = models.BooleanField(
        help_text=_("By the incident's policy on the day it was recorded")
    )
    proven_at = models.DateTimeField()  # when the recipient was told
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    receipt = models.ForeignKey(
        "notifications.Receipt", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(
        "breach.ContactLogEntry", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    statement = models.CharField(max_length=300, blank=True)  # the sentence the attorney typed
    artefact_sha256 = models.CharField(max_length=64, blank=True)  # of the very letter it is about
    disproved_at = models.DateTimeField(null=True, blank=True)
    disproved_reason = models.CharField(max_length=20, choices=DisproofReason.choices, blank=True)

    class Meta:
        ordering = ["recorded_at"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EvidenceKind.values), name="evidence_kind_known"
            ),
            models.UniqueConstraint(fields=["receipt"], name="evidence_once_per_receipt"),
            models.UniqueConstraint(fields=["contact"], name="evidence_once_per_contact"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_disproved",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["disproved_at", "disproved_reason"]),
            ),
            pgtrigger.Protect(
                name="disproved_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__disproved_at__isnull=False),
            ),
        ]


class Progress(models.Model):
    """The exposure's one place in the funnel, moved in the same transaction as its duties.

    The state is the least advanced of the duties that the incident's policy requires. The other columns are the
    dimensions dashboards count by.
    """

    exposure = models.OneToOneField(
        "breach.Exposure", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=12, choices=NotificationState.choices, default=NotificationState.PENDING
    )
    language = models.CharField(max_length=35, blank=True)
    facility = models.ForeignKey(
        "breach.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    firm = models.ForeignKey(
        "breach.LawFirm", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=12, blank=True)
    routed_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "progress"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=NotificationState.values), name="progress_state_known"
            )
        ]
        indexes = [models.Index(fields=["incident", "state"], name="progress_state_idx")]
