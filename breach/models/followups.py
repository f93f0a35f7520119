"""The next action: what, why, by whom, by when. Everybody not finished has one."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Desk(models.TextChoices):
    """The desk that owns a follow-up until (and after) a person is assigned."""

    CASE_WORKER = "case_worker", _("Case workers")
    SUPERVISOR = "supervisor", _("Supervisors")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officers")
    MAIL_ROOM = "mail_room", _("Mail room")


class FollowUpKind(models.TextChoices):
    """Why somebody must act. The closed list; the worklist's order comes from it and the due date."""

    SAFETY_CONCERN = "safety_concern", _("A threat was reported")
    REMOVED_UNTOLD = "removed_untold", _("Removed after the breach, before notice")
    AMBIGUOUS = "ambiguous", _("Unknown whether a notice went out")
    TRANSFERRED = "transferred", _("Transferred before proof")
    RETURNED = "returned", _("Notice came back")
    REFUSED = "refused", _("Notice was refused")
    NOT_MY_CLIENT = "not_my_client", _("Attorney says: not my client")
    UNPLACED_BOUNCE = "unplaced_bounce", _("Bounce of an unknown e-mail")
    SEND_FAILED = "send_failed", _("Sending failed")
    UNCOLLECTED = "uncollected", _("Paper waits to be collected")
    DISPUTED_COUNSEL = "disputed_counsel", _("Representation unclear")
    NO_ROUTE = "no_route", _("No safe way to reach the person")
    NO_TRANSLATION = "no_translation", _("No reviewed letter in the person's language")
    INTERPRETER_CALL = "interpreter_call", _("Call with an interpreter")
    CALL_BACK = "call_back", _("Call again")
    AWAIT_PROOF = "await_proof", _("Wait for proof")
    SIGN_OFF = "sign_off", _("Letter waits for sign-off")
    BLOCKED = "blocked", _("Held back")
    PREPARE = "prepare", _("Prepare the notice")
    ROSTER_ROWS = "roster_rows", _("Roster rows to be decided")
    DUPLICATE = "duplicate", _("Possible duplicate")
    OTHER = "other", _("Other")


class FollowUpState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    SUPERSEDED = "superseded", _("Superseded")


class FollowUp(models.Model):
    """A next action for one exposure, for one roster's undecided rows, or for the incident's paper."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        "breach.Incident", on_delete=models.PROTECT, related_name="follow_ups"
    )
    exposure = models.ForeignKey(
        "breach.Exposure",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    roster = models.ForeignKey(
        "breach.Roster", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    kind = models.CharField(max_length=20, choices=FollowUpKind.choices)
    reason = models.CharField(max_length=300)
    reason_facts = models.JSONField(default=dict, blank=True)  # code and facts, where it has any
    desk = models.CharField(max_length=20, choices=Desk.choices, default=Desk.CASE_WORKER)
    owner = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    due_on = models.DateField(_("due"))
    priority = models.PositiveSmallIntegerField(default=50)  # 1 = most urgent
    state = models.CharField(
        max_length=12, choices=FollowUpState.choices, default=FollowUpState.OPEN
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "breach.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["priority", "due_on", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(exposure__isnull=False) | Q(roster__isnull=False) | Q(kind="uncollected"),
                name="followup_about_something",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="followup_closed_has_date",
            ),
            # One open follow-up of a kind for an exposure: a repeated event moves it, it does not pile up.
            models.UniqueConstraint(
                fields=["exposure", "kind"], condition=Q(state="open", exposure__isnull=False),
                name="followup_one_open_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["incident", "kind"], condition=Q(state="open", exposure__isnull=True, roster__isnull=True),
                name="followup_one_open_of_an_incident",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["incident", "state", "priority", "due_on"], name="followup_worklist_idx"
            ),
            models.Index(
                fields=["owner", "state", "priority", "due_on"], name="followup_owner_idx"
            ),
        ]
