"""Approval: one person asks, another one approves exactly that; decided once, kept for good."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from breach.core.state import Machine


class ApprovalState(models.TextChoices):
    OPEN = "open", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    VOID = "void", _("Void")
    EXPIRED = "expired", _("Expired")


APPROVAL = Machine(
    name="approval",
    moves={
        ApprovalState.OPEN: frozenset(
            {
                ApprovalState.APPROVED,
                ApprovalState.REFUSED,
                ApprovalState.VOID,
                ApprovalState.EXPIRED,
            }
        ),
        ApprovalState.APPROVED: frozenset(),
        ApprovalState.REFUSED: frozenset(),
        ApprovalState.VOID: frozenset(),
        ApprovalState.EXPIRED: frozenset(),
    },
)

# What was asked never changes; a decision is written once.
ONLY_DECIDED = """
    IF OLD.state = 'open' AND NEW.state <> 'open'
        AND to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_at', 'decision_reason']
          = to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_at', 'decision_reason']
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'an approval is decided once, and what was asked never changes';
"""


class Approval(models.Model):
    """A request for a second person's approval, with what it is about as it stood then.

    `payload` is what was chosen, `content` what the kind found in the database: ids, states and counts, never personal
    data. `content_sha256` is the hash over all of it; it is computed afresh in the transaction that approves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)  # a code of settings.APPROVAL_KINDS
    incident = models.ForeignKey(
        "breach.Incident", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    content_sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    needs = models.CharField(max_length=30)  # the capability of whoever may approve
    requested_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ApprovalState.choices, default=ApprovalState.OPEN
    )
    decided_by = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)  # the database's clock
    decision_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-requested_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ApprovalState.values), name="approval_state_known"
            ),
            # Neither who asked nor whom it is about.
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (
                    Q(decided_by__isnull=False)
                    & ~Q(decided_by=F("requested_by"))
                    & ~Q(decided_by=F("subject_id"))
                ),
                name="approval_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="approval_decided_has_date",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(state="open"),
                name="approval_one_open_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["state", "needs"], name="approval_waiting_idx")]
        triggers = [
            pgtrigger.Trigger(
                name="begins_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__state__in=["approved", "refused", "void", "expired"]),
                func="RAISE EXCEPTION 'an approval begins as a request';",
            ),
            pgtrigger.Trigger(
                name="decided_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=ONLY_DECIDED,
            ),
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        ]
