"""The two machines and the receipt vocabulary, as data.

Models take their choices from here; services move rows with these machines.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from breach.core.state import Machine


class NotificationState(TextChoices):
    """The duty to tell one recipient about one exposure; the funnel has the same states."""

    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    UNDERWAY = "underway", _("Underway")
    NOTIFIED = "notified", _("Notified")
    UNREACHABLE = "unreachable", _("Unreachable")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DeliveryState(TextChoices):
    """One letter through one channel, with the exact bytes and address it used; each try is an Attempt."""

    QUEUED = "queued", _("Queued")
    CLAIMED = "claimed", _("Claimed by a worker")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")
    RETURNED = "returned", _("Returned")
    FAILED = "failed", _("Failed")
    AMBIGUOUS = "ambiguous", _("Outcome unknown")
    CANCELLED = "cancelled", _("Canceled")


class ReceiptKind(TextChoices):
    """What is reported about a delivery, in our words; `notifications.receipts` translates other systems' codes."""

    ACCEPTED = "accepted", _("Accepted for delivery")
    DELAYED = "delayed", _("Delayed, still being tried")
    DELIVERED = "delivered", _("Delivered")
    SIGNED = "signed", _("Signed for in person")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    BOUNCED = "bounced", _("Bounced")
    RETURNED = "returned", _("Returned by the postal service")
    REFUSED = "refused", _("Refused")
    NOT_THERE = "not_there", _("Not at this place")
    NOT_MY_CLIENT = "not_my_client", _("Attorney: not my client")


# A key of notifications.channels.registry, in words.
CHANNELS: dict[str, str | Promise] = {
    "email": _("E-mail"),
    "hand": _("Hand delivery"),
    "mailhouse": _("Mail"),
    "portal": _("Attorney portal"),
    "call": _("Interpreter call"),
}

_N, _D = NotificationState, DeliveryState

NOTIFICATION = Machine(
    name="notification",
    moves={
        _N.PENDING: frozenset({_N.READY, _N.UNDERWAY, _N.NOTIFIED, _N.UNREACHABLE, _N.WITHDRAWN}),
        _N.READY: frozenset({_N.UNDERWAY, _N.PENDING, _N.NOTIFIED, _N.UNREACHABLE, _N.WITHDRAWN}),
        _N.UNDERWAY: frozenset({_N.NOTIFIED, _N.PENDING, _N.READY, _N.UNREACHABLE, _N.WITHDRAWN}),
        # The proof was taken back: the duty is open again.
        _N.NOTIFIED: frozenset({_N.PENDING}),
        # Found after all, or withdrawn by mistake: a duty can always be taken up again.
        _N.UNREACHABLE: frozenset({_N.PENDING, _N.NOTIFIED}),
        _N.WITHDRAWN: frozenset({_N.PENDING}),
    },
)

DELIVERY = Machine(
    name="delivery",
    moves={
        _D.QUEUED: frozenset({_D.CLAIMED, _D.CANCELLED}),
        _D.CLAIMED: frozenset({_D.SENDING, _D.QUEUED, _D.CANCELLED}),
        _D.SENDING: frozenset({_D.SENT, _D.FAILED, _D.AMBIGUOUS, _D.QUEUED}),
        # Only evidence or a person says what became of it; nothing repeats it by itself.
        _D.AMBIGUOUS: frozenset(
            {_D.SENT, _D.QUEUED, _D.FAILED, _D.DELIVERED, _D.BOUNCED, _D.RETURNED}
        ),
        _D.SENT: frozenset({_D.DELIVERED, _D.BOUNCED, _D.RETURNED}),
        _D.DELIVERED: frozenset(),
        _D.BOUNCED: frozenset(),
        _D.RETURNED: frozenset(),
        _D.FAILED: frozenset(),
        _D.CANCELLED: frozenset(),
    },
)

# May still reach the recipient, or already has: a duty with one of these is underway.
LIVE_DELIVERY_STATES = frozenset({_D.QUEUED, _D.CLAIMED, _D.SENDING, _D.SENT, _D.AMBIGUOUS})
# Deliveries a channel accepted: the same content never goes out this way again by itself.
EFFECTIVE_DELIVERY_STATES = frozenset({_D.SENT, _D.DELIVERED, _D.BOUNCED, _D.RETURNED})
# Receipts that put the duty back on somebody's desk.
REOPENING_RECEIPTS = frozenset(
    {ReceiptKind.BOUNCED, ReceiptKind.RETURNED, ReceiptKind.REFUSED, ReceiptKind.NOT_THERE}
)

# Least advanced first. A duty that is closed without notice does not hold the others back: who was told is told.
_ADVANCE = {_N.PENDING: 0, _N.READY: 1, _N.UNDERWAY: 2, _N.NOTIFIED: 3, _N.UNREACHABLE: 4}


def least_advanced(duty_states: Iterable[str]) -> str:
    """The funnel's answer for one exposure's required duties; none at all means nothing has begun."""
    return str(min(duty_states, key=lambda state: _ADVANCE[_N(state)], default=_N.PENDING))
