"""The contact log: one attempt by one case worker, outcome from a closed list."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from breach.core.fields import SealedTextField


class ContactChannel(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    LEGAL_CALL = "legal_call", _("Scheduled legal call")
    PHONE = "phone", _("Phone")
    VIDEO = "video", _("Video call")
    EMAIL = "email", _("E-mail (to counsel)")
    LETTER = "letter", _("Letter")


class ReachedRole(models.TextChoices):
    """Who was reached. A consulate is not on the list and never will be (8 CFR 236.1(e))."""

    NOBODY = "nobody", _("Nobody")
    PERSON = "person", _("The person")
    REPRESENTATIVE = "representative", _("The representative")
    GUARDIAN = "guardian", _("The guardian")
    FACILITY_STAFF = "facility_staff", _("Facility staff")
    OTHER = "other", _("Somebody else")


class ContactOutcome(models.TextChoices):
    UNDERSTOOD = "understood", _("Told, and understood it")
    NOT_UNDERSTOOD = "not_understood", _("Told, but did not understand")
    APPOINTMENT = "appointment", _("Appointment made")
    NO_ANSWER = "no_answer", _("No answer")
    NEUTRAL_MESSAGE = "neutral_message", _("Neutral message left")
    REFUSED = "refused", _("Refused")
    WRONG_PERSON = "wrong_person", _("Wrong person")
    INTERPRETER_NEEDED = "interpreter_needed", _("Interpreter needed")
    UNSAFE = "unsafe", _("Not safe to talk")
    MOVED = "moved", _("Moved or transferred")
    DECEASED = "deceased", _("Deceased")
    SAFETY_CONCERN = "safety_concern", _("Reported a threat")


class ContactLogEntry(models.Model):
    """One contact attempt. Never changed: a correction is a new entry that points at the old one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    exposure = models.ForeignKey(
        "breach.Exposure", on_delete=models.PROTECT, related_name="contacts"
    )
    person_id = models.UUIDField(editable=False)  # whose data key seals the note
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey("breach.User", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=20, choices=ContactChannel.choices)
    reached = models.CharField(_("who was reached"), max_length=20, choices=ReachedRole.choices)
    outcome = models.CharField(_("outcome"), max_length=20, choices=ContactOutcome.choices)
    language = models.CharField(_("language"), max_length=35, blank=True)
    interpreter = models.CharField(_("interpreter's number"), max_length=60, blank=True)
    speaks_language = models.BooleanField(
        _("the caller speaks the person's language"), default=False
    )
    identity_confirmed = models.BooleanField(_("identity confirmed"), default=False)
    understanding_confirmed = models.BooleanField(_("understanding confirmed"), default=False)
    note = SealedTextField(owner="person_id", null=True)
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "contact log entries"
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
