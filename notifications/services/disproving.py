"""Proof that was recorded by mistake is taken back: the person counts as untold again, and nothing is forgotten.

The evidence stays, with the day and the reason. Where no other proof stands the duty is open again, the hold pauses
without getting shorter, and the letter whose arrival is in doubt goes another time.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import override

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import Exposure, FollowUpKind, Hold, User
from breach.services import audit, clock, followups, holds
from notifications import joined, states
from notifications.guards import CALL
from notifications.models import Delivery, DisproofReason, Evidence, Notification, Progress
from notifications.states import DeliveryState, NotificationState

from . import outcomes
from .closing import OPEN_DUTIES, hold_person
from .proving import hold_after_notice, refresh_progress

LONGEST_WORDS = 200
UNTOLD_AGAIN = N_("Proof of notice was taken back: see that the notice reaches the recipient.")
# Out of the house, and its arrival is not in doubt: it is not sent another time beside it.
ON_THE_WAY = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS)


class CannotDisprove(Refused):
    """This proof is taken back already, or no reason of the list was given."""


@transaction.atomic
def disprove(
    *, actor: User, evidence: Evidence, reason: DisproofReason | str, words: str = ""
) -> Evidence:
    """Take back proof of notice. `reason` is of the list; `words` may explain it in the history, without names.

    Where other sufficient proof stands, the duty stays done from that proof's day. Else it is open again, the hold
    pauses, somebody has a next action today, and the next run prepares what goes again. Raises CannotDisprove.
    """
    require(actor, Capability.NOTIFY)
    if reason not in DisproofReason.values:
        raise CannotDisprove(_("Choose why this proof is wrong; the reason goes into the history."))
    # The person before the duty, as everybody does.
    hold_person(evidence.notification.exposure)
    duty = (
        Notification.objects.select_for_update(of=("self",))
        .select_related("exposure__incident", "incident")
        .get(pk=evidence.notification_id)
    )
    if not Evidence.objects.filter(pk=evidence.pk, disproved_at=None).update(
        disproved_at=clock.now(), disproved_reason=reason
    ):
        raise CannotDisprove(_("This proof is taken back already. Reload the page to see when."))
    evidence.refresh_from_db()
    told = _still_told(duty)
    if not told and duty.state in (*OPEN_DUTIES, NotificationState.NOTIFIED):
        _open_again(actor, duty, evidence)
    _see_to_the_hold(actor, duty.exposure, evidence)
    for kept in joined.kept_exposures(duty.exposure):
        _untold_as_well(actor, kept, evidence)
    audit.record(
        actor=actor, action="evidence.disproved", subject=evidence, incident=duty.incident,
        reason=" ".join(words.split())[:LONGEST_WORDS] or _plain(reason), why=str(reason),
        notification=duty.pk, kind=evidence.kind, told=told,
    )  # fmt: skip
    return evidence


def _still_told(duty: Notification) -> bool:
    """Whether other proof keeps the duty done; it is then dated by the first that was recorded."""
    if duty.state != NotificationState.NOTIFIED:
        return False
    proofs = Evidence.objects.filter(notification=duty, is_sufficient=True, disproved_at=None)
    first = proofs.order_by("recorded_at", "pk").first()
    if first is None:
        return False
    Notification.objects.filter(pk=duty.pk).update(notified_at=first.proven_at)
    return True


def _open_again(actor: User, duty: Notification, evidence: Evidence) -> None:
    """Somebody has the recipient on their desk today, and the duty is routed anew as if for the first time."""
    if duty.state == NotificationState.NOTIFIED:
        states.NOTIFICATION.move(
            Notification, duty.pk, before=duty.state, after=NotificationState.PENDING, notified_at=None
        )  # fmt: skip
    _go_again(actor, duty, evidence)
    Progress.objects.filter(exposure=duty.exposure_id).update(routed_version=0, updated_at=Now())
    followups.open_follow_up(
        actor=actor, incident=duty.incident, exposure=duty.exposure, kind=FollowUpKind.OTHER,
        reason=UNTOLD_AGAIN, due_on=clock.today(),
    )  # fmt: skip


def _go_again(actor: User, duty: Notification, evidence: Evidence) -> None:
    """What is on its way is awaited; a letter that only this proof said had arrived may go another time."""
    doubted = {evidence.receipt.delivery_id} if evidence.receipt else set()
    others = Delivery.objects.filter(notification=duty).exclude(pk__in=doubted)
    out = list(
        others.filter(state__in=ON_THE_WAY).select_related("notification__exposure", "incident")
    )
    arrived = others.filter(state=DeliveryState.DELIVERED).exists()
    if out or arrived:
        states.NOTIFICATION.move_many(
            Notification.objects.filter(pk=duty.pk),
            before=NotificationState.PENDING, after=NotificationState.UNDERWAY,
        )  # fmt: skip
    outcomes.await_proof(actor=actor, incident=duty.incident, deliveries=out)
    letters = [one for one in out if one.channel != CALL]
    in_doubt = Delivery.objects.filter(pk__in=doubted, state=DeliveryState.DELIVERED).exists()
    if in_doubt and not letters:
        Notification.objects.filter(pk=duty.pk).update(round=F("round") + 1)


def _see_to_the_hold(actor: User, exposure: Exposure, evidence: Evidence) -> None:
    """It pauses where the person is not told any more, and else runs on from the proof that stands."""
    place = refresh_progress([exposure.pk])[exposure.pk]
    rests_on_it = Hold.objects.filter(exposure=exposure, evidence_id=evidence.pk).exists()
    if place != NotificationState.NOTIFIED or rests_on_it:
        holds.pause_hold(actor=actor, exposure=exposure)
    if place == NotificationState.NOTIFIED:
        hold_after_notice(actor=actor, exposure=exposure)
    holds.alarm_if_removed_untold(actor=actor, exposure=exposure)


def _untold_as_well(actor: User, kept: Exposure, evidence: Evidence) -> None:
    """The record was joined to another, which counted as told by this proof: it is routed and told now."""
    if not Hold.objects.filter(exposure=kept, evidence_id=evidence.pk).exists():
        return
    _see_to_the_hold(actor, kept, evidence)
    Progress.objects.filter(exposure=kept).update(routed_version=0, updated_at=Now())
    if not Hold.objects.filter(exposure=kept, paused_at=None).exists():
        followups.open_follow_up(
            actor=actor, incident=kept.incident, exposure=kept, kind=FollowUpKind.OTHER,
            reason=UNTOLD_AGAIN, due_on=clock.today(),
        )  # fmt: skip


def _plain(reason: str) -> str:
    """The reason in words, in the source language, as the history keeps it."""
    with override(settings.LANGUAGE_CODE):
        return str(DisproofReason(reason).label)
