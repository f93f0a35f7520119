"""Once: where a duty's notice is already, or may be. It does not go there again because a row was edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from breach.core import keyring
from notifications.guards import EMAIL
from notifications.models import Delivery
from notifications.states import DeliveryState

# The recipient has this notice, or may have it, or will: it does not go there again in another version.
THERE = (
    DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS, DeliveryState.DELIVERED,
)  # fmt: skip
# Their address is all there is to them. A letter for a place of custody belongs to one stay there.
BY_ADDRESS = (EMAIL, "mailhouse")


@dataclass
class Gone:
    """What of one duty has left and has not come back."""

    deliveries: list[Delivery] = field(default_factory=list)

    def lets_go(self, row: Delivery) -> bool:
        """Whether this may be queued. Nothing is while nobody knows what became of the last one."""
        return not any(
            one.state == DeliveryState.AMBIGUOUS
            or one.address_version == row.address_version
            or _same_place(one, row)
            for one in self.deliveries
        )


def gone_to(duties: Collection[UUID]) -> Mapping[UUID, Gone]:
    """By duty what is out or has arrived; empty for the others."""
    found: defaultdict[UUID, Gone] = defaultdict(Gone)
    rows = Delivery.objects.filter(notification__in=duties, state__in=THERE).only(
        "notification", "person_id", "state", "channel", "language", "round", "address", "address_version"
    )  # fmt: skip
    for row in rows:
        found[row.notification_id].deliveries.append(row)
    return found


def _same_place(one: Delivery, other: Delivery) -> bool:
    """Whether the same letter went to the very address, whatever has been entered, marked or taken back since.

    A letter whose proof was taken back goes there another time: that is another round.
    """
    if one.channel not in BY_ADDRESS or (one.channel, one.language, one.round) != (
        other.channel, other.language, other.round,
    ):  # fmt: skip
        return False
    try:
        went, goes = one.address, other.address
    except keyring.UNREADABLE:  # nobody can say that it was this one
        return False
    if one.channel == EMAIL:
        return str(went.get("email", "")).casefold() == str(goes.get("email", "")).casefold()
    return bool(went["lines"] == goes["lines"])
