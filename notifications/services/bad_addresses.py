"""What a return or refusal says about the address itself: it is never used again, and the way is found anew."""

from __future__ import annotations

from breach.core import keyring
from breach.models import User
from breach.services import attorneys, people
from notifications.models import Delivery


def mark_bad(*, actor: User, delivery: Delivery, reason: str) -> None:
    """Remember that nothing arrives where this delivery went, unless the case file names another place by now.

    Takes the people concerned for update, so call it before anything else in a transaction. `actor` is the
    system where the desk that brings the news may not edit people itself.
    """
    attorney = delivery.notification.attorney
    if delivery.channel == "email" and attorney is not None:
        went_to = _email(delivery)
        if went_to and attorney.email == went_to and not attorney.email_bad_reason:
            attorneys.mark_email_bad(actor=actor, attorney=attorney, reason=reason)
    elif delivery.contact_point is not None and not delivery.contact_point.bad_reason:
        people.mark_contact_point_bad(
            actor=actor, contact_point=delivery.contact_point, reason=reason
        )


def _email(delivery: Delivery) -> str:
    """Where it went; empty when that cannot be read any more, and then it says nothing about an address."""
    try:
        return str(delivery.address.get("email", ""))
    except keyring.UNREADABLE:
        return ""
