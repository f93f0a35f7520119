"""The promised pause that runs from proof of notice, and documented decisions to wait with notice."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Hold(models.Model):
    """No removal until `until`. A trigger refuses any change that would shorten it, and any deletion.

    A hold whose proof was taken back is paused: no removal before notice is proven again, and never before `until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exposure = models.OneToOneField(
        "breach.Exposure", on_delete=models.PROTECT, related_name="hold"
    )
    notified_at = models.DateTimeField(_("proof of notice"))
    days = models.PositiveSmallIntegerField()
    until = models.DateField(_("hold until"))  # last day of the hold, by the database's date
    evidence_id = models.UUIDField(help_text=_("The evidence the hold runs from"))
    paused_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("The proof it ran from was taken back; none stands since"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["until"]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_shorter",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.until < OLD.until OR NEW.exposure_id <> OLD.exposure_id THEN
                        RAISE EXCEPTION 'a hold is never shortened' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


class Delay(models.Model):
    """A written decision to wait with notice (M-17-12; 45 CFR 164.412): who decided, why, from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey("breach.Incident", on_delete=models.PROTECT, related_name="delays")
    exposure = models.ForeignKey(
        "breach.Exposure", null=True, blank=True, on_delete=models.PROTECT, related_name="delays",
        help_text=_("Empty: the whole incident waits"),
    )  # fmt: skip
    authority = models.CharField(_("who asked for it"), max_length=160)
    reason = models.CharField(_("reason"), max_length=300)
    starts_on = models.DateField()
    ends_on = models.DateField()
    decided_by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="delay_ends_after_start"
            )
        ]
