"""What became of a send: written once, behind the fence, with the next action it calls for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from breach.core.deadlines import add_business_days, due_date
from breach.models import FollowUpKind, Incident, User
from breach.services import audit, clock, followups
from breach.services.followups import NextAction
from breach.services.worded import plain
from notifications import states
from notifications.guards import CALL, Blocker, Effect
from notifications.models import (
    Attempt,
    AttemptOutcome,
    Delivery,
    Notification,
    Progress,
    RecipientRole,
)
from notifications.states import DeliveryState, NotificationState

from .claiming import Claim, hold_still, still_ours, unfenced
from .ledger import record_deliveries
from .proving import refresh_progress

# How long to wait after each temporary refusal; after the last one a person takes over.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
WAIT = timedelta(minutes=15)
INTERPRETER_DAYS = 2
ANSWERED_BY_SENDING = (FollowUpKind.SEND_FAILED, FollowUpKind.PREPARE, FollowUpKind.BLOCKED)


@transaction.atomic
def accepted(
    *, actor: User, claims: Sequence[Claim], provider_reference: str = "", detail: str = ""
) -> list[Delivery]:
    """The channel took these. Duties are underway, and proof is awaited by a date. Returns those still ours."""
    hold_still(claims)
    rows = unfenced(
        claims, still_ours(claims, DeliveryState.SENDING).select_related("notification", "incident")
    )
    _conclude(rows, AttemptOutcome.ACCEPTED, provider_reference, detail)
    _move(
        rows,
        DeliveryState.SENDING,
        DeliveryState.SENT,
        sent_at=Now(),
        lease_until=None,
        state_reason="",
    )
    duties_underway(rows)
    for incident, sent in _by_incident(rows).items():
        await_proof(actor=actor, incident=incident, deliveries=sent)
        _audit(actor, incident, "delivery.sent", sent)
    record_deliveries(actor=actor, deliveries=rows)
    return rows


@transaction.atomic
def refused(
    *, actor: User, claims: Sequence[Claim], permanent: bool, detail: str
) -> list[Delivery]:
    """The channel did not take these, for certain: tried again later, or handed to a person."""
    hold_still(claims)
    rows = unfenced(
        claims, still_ours(claims, DeliveryState.SENDING).select_related("notification", "incident")
    )
    given_up = [row for row in rows if permanent or row.tries > len(BACK_OFF)]
    again = [row for row in rows if row not in given_up]
    _conclude(given_up, AttemptOutcome.PERMANENT, "", detail)
    _conclude(again, AttemptOutcome.TEMPORARY, "", detail)
    for row in again:
        _move(
            [row], DeliveryState.SENDING, DeliveryState.QUEUED, state_reason=detail, lease_until=None,
            next_try_at=Now() + BACK_OFF[max(row.tries, 1) - 1],
        )  # fmt: skip
    _move(
        given_up, DeliveryState.SENDING, DeliveryState.FAILED, state_reason=detail, lease_until=None
    )
    for incident, waiting in _by_incident(again).items():
        _audit(actor, incident, "delivery.postponed", waiting)
    duties_pending(given_up)
    for incident, failed in _by_incident(given_up).items():
        reason = _("A notice could not be sent (%(why)s). Find another way.") % {"why": detail}
        next_actions(actor, incident, failed, FollowUpKind.SEND_FAILED, reason, days=1)
        _audit(actor, incident, "delivery.failed", failed)
    return rows


@transaction.atomic
def unknown(*, actor: User, claims: Sequence[Claim], detail: str) -> list[Delivery]:
    """Nobody knows whether these arrived: never sent again by itself, on a worklist at once."""
    hold_still(claims)
    rows = unfenced(
        claims, still_ours(claims, DeliveryState.SENDING).select_related("notification", "incident")
    )
    _conclude(rows, AttemptOutcome.UNKNOWN, "", detail)
    _move(
        rows, DeliveryState.SENDING, DeliveryState.AMBIGUOUS, state_reason=detail, lease_until=None,
        fence=F("fence") + 1,
    )  # fmt: skip
    duties_underway(rows)
    for incident, unclear in _by_incident(rows).items():
        reason = _(
            "Nobody knows whether this notice went out. Look for evidence, then say what happened."
        )
        next_actions(actor, incident, unclear, FollowUpKind.AMBIGUOUS, reason, days=0)
        _audit(actor, incident, "delivery.ambiguous", unclear)
    return rows


def step_back(*, actor: User, delivery: Delivery, found: Sequence[Blocker]) -> None:
    """What the gate holds back: cancelled when a reason stops it, else queued for later.

    Runs in the caller's transaction, which holds the delivery `claimed`.
    """
    reason = "; ".join(blocker.sentence for blocker in found)[:300]
    stops = [blocker for blocker in found if blocker.effect is Effect.STOPS]
    if not stops:
        _move(
            [delivery], DeliveryState.CLAIMED, DeliveryState.QUEUED, state_reason=reason, lease_until=None,
            next_try_at=Now() + WAIT,
        )  # fmt: skip
        _await_the_end(actor, delivery, found)
        return
    _move(
        [delivery],
        DeliveryState.CLAIMED,
        DeliveryState.CANCELLED,
        state_reason=reason,
        lease_until=None,
    )
    duties_pending([delivery])
    for blocker in stops:
        if blocker.follow_up:
            next_actions(
                actor, delivery.incident, [delivery], blocker.follow_up, blocker.sentence, days=1
            )
    _audit(actor, delivery.incident, "delivery.cancelled", [delivery], why=[b.code for b in stops])


def _await_the_end(actor: User, delivery: Delivery, found: Sequence[Blocker]) -> None:
    """A decision to wait may rest on a notice for months: somebody has its end in the calendar."""
    ends = [blocker for blocker in found if blocker.until]
    if ends and delivery.notification.is_required:
        last = max(ends, key=lambda blocker: blocker.until or date.min)
        until = last.until or clock.today()
        followups.open_many(
            actor=actor, incident=delivery.incident,
            rows=[
                NextAction(
                    delivery.notification.exposure_id, FollowUpKind.BLOCKED, plain(last.sentence),
                    add_business_days(until, 1),
                )
            ],
        )  # fmt: skip


@transaction.atomic
def put_back(*, actor: User, claims: Sequence[Claim], reason: str) -> None:
    """These were claimed and nothing left: they wait in the outbox for a later try, and somebody looks why."""
    hold_still(claims)
    rows = unfenced(
        claims, still_ours(claims, DeliveryState.CLAIMED).select_related("notification", "incident")
    )
    _move(
        rows, DeliveryState.CLAIMED, DeliveryState.QUEUED, state_reason=reason, lease_until=None,
        next_try_at=Now() + WAIT,
    )  # fmt: skip
    for incident, waiting in _by_incident(rows).items():
        next_actions(actor, incident, waiting, FollowUpKind.BLOCKED, _(reason), days=1)


def settled(*, actor: User, delivery: Delivery, reason: str) -> None:
    """What became of this one is known: nobody looks for it any more, unless another one's outcome is unknown."""
    exposure = delivery.notification.exposure
    unclear = Delivery.objects.filter(
        notification__exposure=exposure, state=DeliveryState.AMBIGUOUS
    ).exclude(pk=delivery.pk)
    if not unclear.exists():
        followups.close_kinds(
            actor=actor, exposure=exposure, kinds=[FollowUpKind.AMBIGUOUS], reason=reason
        )


def duties_underway(deliveries: Sequence[Delivery]) -> None:
    """Something is out for these duties, or may be."""
    _move_duties(
        deliveries, (NotificationState.PENDING, NotificationState.READY), NotificationState.UNDERWAY
    )


def duties_pending(deliveries: Sequence[Delivery]) -> None:
    """These deliveries lead nowhere: duties with no other live one are open again."""
    duties = {row.notification_id for row in deliveries}
    live = Delivery.objects.filter(notification__in=duties, state__in=states.LIVE_DELIVERY_STATES)
    alive = set(live.values_list("notification_id", flat=True))
    idle = [row for row in deliveries if row.notification_id not in alive]
    _move_duties(
        idle, (NotificationState.READY, NotificationState.UNDERWAY), NotificationState.PENDING
    )


def await_proof(*, actor: User, incident: Incident, deliveries: Sequence[Delivery]) -> None:
    """Say by when proof of these is expected, and close what the sending has answered."""
    today = clock.today()
    actions = [
        NextAction(row.notification.exposure_id, *_expected(row, incident, today))
        for row in deliveries
        if row.notification.is_required or row.channel == CALL
    ]
    followups.open_many(actor=actor, incident=incident, rows=actions)
    # A copy on its way answers nothing about the notice to counsel that failed: all that counts must be out.
    all_out = Progress.objects.filter(
        exposure__in={row.notification.exposure_id for row in deliveries},
        state__in=[NotificationState.UNDERWAY, NotificationState.NOTIFIED],
    )
    followups.close_many(
        actor=actor, incident=incident, kinds=ANSWERED_BY_SENDING, reason=_("The notice is on its way."),
        exposure_ids=list(all_out.values_list("exposure_id", flat=True)),
    )  # fmt: skip


def _expected(row: Delivery, incident: Incident, today: date) -> tuple[str, str, date]:
    if row.channel == CALL:
        reason = _("Call the person with an interpreter and make sure they understand.")
        return (
            FollowUpKind.INTERPRETER_CALL,
            plain(reason),
            add_business_days(today, INTERPRETER_DAYS),
        )
    if row.notification.recipient_role == RecipientRole.REPRESENTATIVE:
        reason = _("The attorney has not confirmed yet. Call the office.")
        return (
            FollowUpKind.AWAIT_PROOF,
            plain(reason),
            add_business_days(today, incident.attorney_days),
        )
    reason = _("No proof of delivery yet. Ask the facility or the carrier.")
    return FollowUpKind.AWAIT_PROOF, plain(reason), due_date(today, incident.proof_days)


def _conclude(rows: Sequence[Delivery], outcome: str, provider_reference: str, detail: str) -> None:
    """Close the attempt of each delivery's current fence."""
    Attempt.objects.filter(
        delivery__in=[row.pk for row in rows],
        fence=F("delivery__fence"),
        outcome__in=["", AttemptOutcome.UNKNOWN],
    ).update(
        outcome=outcome,
        outcome_at=Now(),
        provider_reference=provider_reference[:200],
        detail=detail[:200],
    )


def _move(rows: Sequence[Delivery], before: str, after: str, **changes: object) -> None:
    states.DELIVERY.move_many(
        Delivery.objects.filter(pk__in=[row.pk for row in rows]),
        before=before,
        after=after,
        **changes,
    )


def _move_duties(rows: Sequence[Delivery], before: Iterable[str], after: str) -> None:
    duties = Notification.objects.filter(pk__in={row.notification_id for row in rows})
    moved = sum(
        states.NOTIFICATION.move_many(duties, before=state, after=after) for state in before
    )
    if moved:
        refresh_progress({row.notification.exposure_id for row in rows})


def next_actions(
    actor: User,
    incident: Incident,
    rows: Sequence[Delivery],
    kind: str,
    reason: object,
    *,
    days: int,
) -> None:
    due_on = add_business_days(clock.today(), days) if days else clock.today()
    sentence = plain(str(reason))
    followups.open_many(
        actor=actor,
        incident=incident,
        rows=[NextAction(row.notification.exposure_id, kind, sentence, due_on) for row in rows],
    )


def _by_incident(rows: Sequence[Delivery]) -> dict[Incident, list[Delivery]]:
    found: dict[Incident, list[Delivery]] = defaultdict(list)
    for row in rows:
        found[row.incident].append(row)
    return found


def _audit(
    actor: User, incident: Incident, action: str, rows: Sequence[Delivery], **changes: object
) -> None:
    audit.record_many(
        actor=actor,
        incident=incident,
        happenings=[
            audit.Happening(
                action,
                row,
                {"notification": row.notification_id, "channel": row.channel, **changes},
            )
            for row in rows
        ],
    )
