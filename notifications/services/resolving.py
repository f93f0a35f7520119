"""Unknown outcomes: a person or a relay's log says what became of a delivery, and what that rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import FollowUpKind, Incident, User
from breach.services import audit
from notifications import states
from notifications.models import Attempt, AttemptOutcome, Delivery
from notifications.states import DeliveryState

from . import outcomes
from .claiming import Claim, hold_still
from .ledger import record_deliveries

IN_LOG = N_("The relay's log shows that it accepted the message")
KNOWN = N_("It is known now what became of the notice.")
NOT_IN_LOG = N_("The relay's complete log does not show the message")


class Finding(StrEnum):
    """What became of a delivery whose outcome was unknown."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    FAILED = "failed"


_AFTER = {
    Finding.SENT: (DeliveryState.SENT, AttemptOutcome.ACCEPTED),
    Finding.NOT_SENT: (DeliveryState.QUEUED, AttemptOutcome.TEMPORARY),
    Finding.FAILED: (DeliveryState.FAILED, AttemptOutcome.PERMANENT),
}


class NotAmbiguous(Refused):
    """The outcome of this delivery is known already."""


class NoStatement(Refused):
    """Nobody resolves an unknown outcome without saying what the finding rests on."""


@transaction.atomic
def resolve_ambiguous(
    *, actor: User, delivery: Delivery, finding: Finding, statement: str
) -> Delivery:
    """Say what became of a delivery whose outcome was unknown, and what that rests on.

    NOT_SENT queues it again: only for somebody who knows that nothing left. Raises NotAmbiguous, NoStatement.
    """
    require(actor, Capability.NOTIFY)
    if not statement.strip():
        raise NoStatement(_("Write what this finding rests on: a log, a call, a returned letter."))
    hold_still([Claim(delivery.pk, delivery.fence, delivery.incident_id, delivery.person_id)])
    row = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notification__exposure", "incident")
        .get(pk=delivery.pk)
    )
    if row.state != DeliveryState.AMBIGUOUS:
        raise NotAmbiguous(_("The outcome of this delivery is known already. Reload the page."))
    _settle(row, finding, statement)
    _next_step(actor, row, finding)
    audit.record(
        actor=actor, action="delivery.resolved", subject=row, incident=row.incident,
        reason=statement, finding=str(finding), notification=row.notification_id,
    )  # fmt: skip
    row.refresh_from_db()
    return row


def resolve_by_relay_log(
    *, actor: User, incident: Incident, accepted: Collection[str], complete: bool
) -> Counter[str]:
    """Resolve the incident's unknown e-mails by the Message-IDs a relay accepted.

    A Message-ID that is missing proves something only when the log is `complete`. Returns counts by finding.
    """
    found: Counter[str] = Counter()
    unclear = Delivery.objects.filter(
        incident=incident, channel="email", state=DeliveryState.AMBIGUOUS
    )
    for delivery in unclear:
        sent = any(attempt.message_id in accepted for attempt in delivery.attempts.all())
        if sent or complete:
            finding = Finding.SENT if sent else Finding.NOT_SENT
            resolve_ambiguous(
                actor=actor,
                delivery=delivery,
                finding=finding,
                statement=IN_LOG if sent else NOT_IN_LOG,
            )
            found[finding] += 1
    return found


def _settle(row: Delivery, finding: Finding, statement: str) -> None:
    after, outcome = _AFTER[finding]
    doubted = Attempt.objects.filter(
        delivery=row, outcome__in=["", AttemptOutcome.UNKNOWN]
    ).order_by("-fence")
    left_at = doubted.values_list("intent_at", flat=True).first()
    doubted.update(outcome=outcome, outcome_at=Now(), detail=statement[:200])
    # However long ago it was queued, it should move from now on.
    again: dict[str, Any] = (
        {"next_try_at": Now(), "batch": None} if finding is Finding.NOT_SENT else {}
    )
    states.DELIVERY.move(
        Delivery, row.pk, before=DeliveryState.AMBIGUOUS, after=after, state_reason=statement[:300],
        sent_at=left_at if finding is Finding.SENT else None, **again,
    )  # fmt: skip


def _next_step(actor: User, row: Delivery, finding: Finding) -> None:
    if finding is Finding.SENT:
        outcomes.await_proof(actor=actor, incident=row.incident, deliveries=[row])
        record_deliveries(actor=actor, deliveries=[row])
    elif finding is Finding.FAILED:
        outcomes.duties_pending([row])
        outcomes.next_actions(
            actor,
            row.incident,
            [row],
            FollowUpKind.SEND_FAILED,
            _("The notice did not go out."),
            days=1,
        )
    outcomes.settled(actor=actor, delivery=row, reason=KNOWN)
