"""Delivery: one letter through one channel, with the exact bytes, address and reason as used; and its receipts."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedBytesField, SealedJSONField
from notifications.states import DeliveryState, ReceiptKind


class Delivery(models.Model):
    """A row of the outbox.

    The unique key (notification, letter version, channel, address version, which includes the round) makes queueing
    idempotent; a canceled row frees it. `fence` only grows, and whoever claimed an older fence writes nothing. All
    times are the database's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notification = models.ForeignKey(
        "notifications.Notification", on_delete=models.PROTECT, related_name="deliveries"
    )
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField(editable=False)  # whose data key seals address and bytes
    letter_version = models.ForeignKey(
        "notifications.LetterVersion", on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(max_length=35)
    channel = models.CharField(max_length=12)
    address = SealedJSONField(owner="person_id")
    address_version = models.CharField(max_length=64)  # of the row(s) the address came from
    round = models.PositiveSmallIntegerField(default=0)  # of the duty, when it was queued
    placement = models.ForeignKey(
        "breach.Placement", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact_point = models.ForeignKey(
        "breach.ContactPoint", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reasons = models.JSONField(default=list)  # frozen from the route
    # Of a represented person's copy: the appearance of counsel whom the letter names.
    names_counsel = models.ForeignKey(
        "breach.Representation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    state = models.CharField(
        max_length=12, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    render_lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    state_reason = models.CharField(max_length=300, blank=True)
    batch = models.ForeignKey(
        "notifications.Batch",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    queued_at = models.DateTimeField(auto_now_add=True)
    first_claimed_at = models.DateTimeField(
        null=True, blank=True
    )  # its place in the release's stage
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["queued_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "letter_version", "channel", "address_version"],
                condition=~Q(state="cancelled"),
                name="delivery_outbox_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "next_try_at"],
                condition=Q(state="queued"),
                name="delivery_queue_idx",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["claimed", "sending"]),
                name="delivery_lease_idx",
            ),
            models.Index(fields=["incident", "state"], name="delivery_state_idx"),
        ]


class Artefact(models.Model):
    """The finished letter of one delivery: written once, verified by reading it again, never rendered again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="artefact")
    person_id = models.UUIDField(editable=False)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField()
    pdf = SealedBytesField(owner="person_id")
    approved_sha256 = models.CharField(max_length=64)  # the signed content it was made from
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class AttemptOutcome(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    TEMPORARY = "temporary", _("Refused for now")
    PERMANENT = "permanent", _("Refused for good")
    UNKNOWN = "unknown", _("Unknown")


class Attempt(models.Model):
    """The intent to send, committed before the first byte leaves, and its outcome."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    fence = models.BigIntegerField()
    message_id = models.CharField(max_length=120, unique=True)
    approved_sha256 = models.CharField(max_length=64)
    artefact_sha256 = models.CharField(max_length=64)
    intent_at = models.DateTimeField()  # database clock
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    provider_reference = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["delivery", "fence"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "fence"], name="attempt_fence_once"),
            # The last wall of "once": a delivery is accepted at most one time.
            models.UniqueConstraint(
                fields=["delivery"], condition=Q(outcome="accepted"), name="attempt_accepted_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # What was intended and what was accepted stays; only an unknown outcome may be resolved later.
            pgtrigger.Protect(
                name="outcome_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__outcome__in=["accepted", "temporary", "permanent"]),
            ),
        ]


class ReceiptFile(models.Model):
    """A file of receipts, by its hash; the same file twice changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    rows = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    imported_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-imported_at"]


class Receipt(models.Model):
    """A receipt for a delivery. Append-only; `source_key` makes repeats harmless."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=20, choices=ReceiptKind.choices)
    at = models.DateTimeField()  # when it happened, as the source says
    source = models.CharField(max_length=40)
    source_key = models.CharField(max_length=120, unique=True)
    file = models.ForeignKey(
        ReceiptFile, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    reason = models.CharField(max_length=120, blank=True)
    recorded_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["recorded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ReceiptKind.values), name="receipt_kind_known"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
