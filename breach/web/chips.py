"""The words and tones of state chips: one vocabulary for every state a page may show.

The case file may not import the letters above it, so their states are here as plain words. A chip is
always readable without its color.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from breach.core.agency import agency_day
from breach.web.days import today

TONES = ("neutral", "info", "progress", "success", "warning", "danger")

Words = str | Promise


@dataclass(frozen=True)
class Chip:
    """What a chip says and in which tone."""

    label: Words
    tone: str = "neutral"


CHIPS: dict[str, Chip] = {
    # The funnel and the duty to tell one recipient.
    "pending": Chip(_("Pending"), "neutral"),
    "ready": Chip(_("Ready"), "info"),
    "underway": Chip(_("Underway"), "progress"),
    "notified": Chip(_("Notified"), "success"),
    "unreachable": Chip(_("Unreachable"), "danger"),
    "withdrawn": Chip(_("Withdrawn"), "neutral"),
    # One attempt by one channel.
    "queued": Chip(_("Queued"), "neutral"),
    "claimed": Chip(_("Claimed by a worker"), "info"),
    "sending": Chip(_("Being sent"), "progress"),
    "sent": Chip(_("Sent"), "progress"),
    "delivered": Chip(_("Delivered"), "success"),
    "bounced": Chip(_("Bounced"), "danger"),
    "returned": Chip(_("Returned"), "danger"),
    "failed": Chip(_("Failed"), "danger"),
    "ambiguous": Chip(_("Outcome unknown"), "warning"),
    "cancelled": Chip(_("Canceled"), "neutral"),
    # What leaves on paper together.
    "written": Chip(_("Ready to collect"), "info"),
    "collected": Chip(_("Collected"), "success"),
    # News about a delivery.
    "accepted": Chip(_("Accepted for delivery"), "progress"),
    "delayed": Chip(_("Delayed, still being tried"), "warning"),
    "signed": Chip(_("Signed for in person"), "success"),
    "acknowledged": Chip(_("Acknowledged"), "success"),
    "refused": Chip(_("Refused"), "danger"),
    "not_there": Chip(_("Not at this place"), "danger"),
    "not_my_client": Chip(_("Attorney: not my client"), "danger"),
    # Rows of a roster, and the roster itself.
    "new": Chip(_("New person"), "success"),
    "matched": Chip(_("Matched"), "info"),
    "conflict": Chip(_("Conflict"), "warning"),
    "rejected": Chip(_("Rejected"), "danger"),
    "staged": Chip(_("Staged"), "neutral"),
    "committed": Chip(_("Committed"), "success"),
    "reversed": Chip(_("Reversed"), "neutral"),
    # Representations, follow-ups, duplicate pairs, letters.
    "active": Chip(_("Active"), "success"),
    "suspended": Chip(_("Suspended"), "warning"),
    "disputed": Chip(_("Disputed"), "danger"),
    "open": Chip(_("Open"), "progress"),
    "done": Chip(_("Done"), "success"),
    "superseded": Chip(_("Superseded"), "neutral"),
    "same": Chip(_("Same person"), "success"),
    "different": Chip(_("Different people"), "neutral"),
    "draft": Chip(_("Draft"), "neutral"),
    "approved": Chip(_("Approved"), "success"),
    "running": Chip(_("Running"), "progress"),
    "finished": Chip(_("Finished"), "success"),
    "verified": Chip(_("Verified"), "success"),
    "unverified": Chip(_("Not verified"), "warning"),
}


def chip_for(state: object, label: object = "") -> Chip:
    """The chip of a state, of a tone with a label, or of both as a pair.

    A state nobody named here gets its own word, in neutral.
    """
    if isinstance(state, tuple):
        state, label = state
    value = str(getattr(state, "value", state) or "")
    if value in TONES:
        return Chip(str(label), value)
    known = CHIPS.get(value)
    if known is None:
        own_label = getattr(state, "label", None)
        return Chip(str(label or own_label or value.replace("_", " ").capitalize()))
    return Chip(str(label), known.tone) if label else known


def due_chip(due: date | datetime | None) -> Chip | None:
    """How a due date stands against today, in words; None when there is no date."""
    if due is None:
        return None
    if isinstance(due, datetime):
        due = agency_day(due) if timezone.is_aware(due) else due.date()
    days = (due - today()).days
    if days < 0:
        text = ngettext("Overdue by %(days)d day", "Overdue by %(days)d days", -days)
        return Chip(text % {"days": -days}, "danger")
    if days == 0:
        return Chip(_t("Due today"), "warning")
    text = ngettext("Due in %(days)d day", "Due in %(days)d days", days)
    return Chip(text % {"days": days}, "warning" if days <= 3 else "neutral")
