"""Which delivery a piece of news is about. What cannot be told for certain is nobody's guess but a person's."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_noop as N_

from breach.core.deadlines import add_business_days
from breach.models import AuditEvent, FollowUpKind, User
from breach.services import audit, clock, followups
from notifications.access import deliveries_visible_to
from notifications.models import Attempt, Delivery, ReceiptFile
from notifications.receipts import bounces
from notifications.receipts.base import ReceiptRecord
from notifications.states import DeliveryState, ReceiptKind

# Left the house for certain, or perhaps: news can only be about these.
OUT = (
    DeliveryState.SENDING, DeliveryState.AMBIGUOUS, DeliveryState.SENT, DeliveryState.DELIVERED,
    DeliveryState.BOUNCED, DeliveryState.RETURNED,
)  # fmt: skip
UNDECIDED = "receipt.undecided"
WHICH = N_(
    "A mail of this notice bounced, and the bounce does not say which. Find out which mail it was, perhaps from the "
    "relay's log; if it was the last one, another way is needed."
)  # fmt: skip
DAYS = 1  # business days, as for a bounce whose mail is known


class Undecided(Exception):
    """The news fits several deliveries; `deliveries` are some of them, the latest first."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        super().__init__()
        self.deliveries = deliveries


def delivery_of(actor: User, record: ReceiptRecord) -> Delivery | None:
    """The delivery this is about: by the mail's Message-ID, else by the reference of the duty.

    A sheet is about the last one of its channel that left. A bounce without a Message-ID of ours may be old, so it is
    about the only mail that left to the duty; raises Undecided when there are more. One that the actor may not see is
    answered like one that is not there.
    """
    visible = deliveries_visible_to(actor).filter(channel=record.channel, state__in=OUT)
    out = visible.select_related("notification__attorney", "artefact", "contact_point", "incident")
    if record.message_id:
        found = out.filter(attempts__message_id=record.message_id).first()
        if found or Attempt.objects.filter(message_id=record.message_id).exists():
            return (
                found  # ours, but not out or not theirs: then it is not about another mail either
            )
    if not record.reference:
        return None
    candidates = list(
        out.filter(notification__reference=record.reference).order_by("-queued_at", "pk")[:2]
    )
    if record.source == bounces.SOURCE and len(candidates) > 1:
        raise Undecided(candidates)
    return candidates[0] if candidates else None


@transaction.atomic
def ask_which(
    *, actor: User, record: ReceiptRecord, file: ReceiptFile | None, deliveries: list[Delivery]
) -> None:
    """A bounce that fits several mails becomes a next action of the mail room; the same file asks once."""
    if record.kind != ReceiptKind.BOUNCED:  # a delay or a relay's answer calls for nothing
        return
    about, incident = deliveries[0].notification, deliveries[0].incident
    asked = AuditEvent.objects.filter(
        action=UNDECIDED, subject_type="receiptfile", subject_id=str(file.pk if file else "")
    )
    if asked.exists():  # and perhaps decided since
        return
    followups.open_follow_up(
        actor=actor, incident=incident, exposure=about.exposure, kind=FollowUpKind.UNPLACED_BOUNCE,
        reason=WHICH, due_on=add_business_days(clock.today(), DAYS),
    )  # fmt: skip
    audit.record(
        actor=actor, action=UNDECIDED, subject=file or about, incident=incident,
        notification=about.pk, kind=str(record.kind), source=record.source,
    )  # fmt: skip
