"""The end of a duty without notice: nobody could be reached, or the person is not affected after all. And its return.

Ending takes two people (`ending.py` asks for it); taking a person up again takes one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core.errors import Refused
from breach.core.roles import Capability, require, require_any
from breach.models import AffectedPerson, Exposure, FollowUpKind, User
from breach.services import audit, clock, followups, joining
from notifications import states
from notifications.models import Delivery, Notification, Progress
from notifications.states import LIVE_DELIVERY_STATES, DeliveryState, NotificationState

from . import outcomes
from .proving import ANSWERED_BY_NOTICE, hold_after_notice, pause_untold, refresh_progress

OPEN_DUTIES = (NotificationState.PENDING, NotificationState.READY, NotificationState.UNDERWAY)
WAITING = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
# Nobody knows yet whether these reach the person.
UNDECIDED = (DeliveryState.SENDING, DeliveryState.AMBIGUOUS)
UNREACHABLE = N_("Nobody could be reached, and two people agreed")
NOT_AFFECTED = N_("Not affected after all, and two people agreed")
PARTED = N_("This came with a record of somebody else, and the two were separated again")
TAKEN_UP = N_("The notice is taken up again: see that it reaches the person.")
# A reported threat, or a second record of the same person, is somebody's task whatever becomes of the notice.
STAYS_OPEN = (FollowUpKind.SAFETY_CONCERN, FollowUpKind.DUPLICATE)


class CannotClose(Refused):
    """The duties of this person cannot be ended now, or are not ended."""


@transaction.atomic
def close_unreachable(*, actor: User, exposure: Exposure, reason: str) -> str:
    """Nobody could be reached: open duties end, what waits is cancelled, follow-ups close. Returns the place.

    Whoever was told already stays told. Raises CannotClose.
    """
    require(actor, Capability.SIGN_OFF)
    current = _locked(exposure)
    if not _end_duties(current, NotificationState.UNREACHABLE, UNREACHABLE):
        raise CannotClose(_("No notice of this person is open."))
    place = refresh_progress([current.pk])[current.pk]
    if place == NotificationState.NOTIFIED:
        hold_after_notice(actor=actor, exposure=current)
    kinds = (*ANSWERED_BY_NOTICE, FollowUpKind.DISPUTED_COUNSEL)
    _close(actor, current, kinds, UNREACHABLE)
    _record(actor, "exposure.unreachable", current, reason)
    return str(place)


@transaction.atomic
def withdraw_person(*, actor: User, exposure: Exposure, reason: str) -> None:
    """The person is not affected after all: every open duty ends, and nothing is prepared any more.

    Who was told was told: raises CannotClose when there is proof of notice.
    """
    require(actor, Capability.SIGN_OFF)
    current = _locked(exposure)
    if Notification.objects.filter(exposure=current, state=NotificationState.NOTIFIED).exists():
        raise CannotClose(_("The person was told, with proof. That cannot be withdrawn."))
    place = Progress.objects.filter(exposure=current).first()
    if place is not None and place.state == NotificationState.WITHDRAWN:
        raise CannotClose(_("This person is withdrawn already."))
    _withdraw(actor, current, NOT_AFFECTED, reason, STAYS_OPEN)


def without_parted(*, actor: User, exposures: Sequence[Exposure]) -> list[Exposure]:
    """Part of a run, with the people locked: those that are their person's own; the others' duties are withdrawn.

    An exposure came with a record that was joined by mistake; since they were separated, somebody has been asked
    about it (breach.services.joining). Whoever was told of it already stays told.
    """
    told = Progress.objects.filter(state=NotificationState.NOTIFIED).values("exposure")
    rows = joining.parted().filter(pk__in=[exposure.pk for exposure in exposures])
    apart = set(rows.exclude(pk__in=told).values_list("pk", flat=True))
    for exposure in exposures:
        if exposure.pk in apart:
            unclear = Delivery.objects.filter(notification__exposure=exposure, state__in=UNDECIDED)
            open_still = (FollowUpKind.AMBIGUOUS,) if unclear.exists() else ()
            _withdraw(
                actor, exposure, PARTED, PARTED, (*STAYS_OPEN, FollowUpKind.OTHER, *open_still)
            )
    return [exposure for exposure in exposures if exposure.pk not in apart]


@transaction.atomic
def take_up_again(*, actor: User, exposure: Exposure, reason: str) -> None:
    """Found after all, or withdrawn by mistake: the duties are open again, and somebody's next action."""
    require_any(actor, Capability.EDIT_PERSON, Capability.SIGN_OFF)
    if not reason.strip():
        raise CannotClose(_("The reason is empty. Write one sentence for the history."))
    current = _locked(exposure)
    was = closed_as(current)
    if was is None:
        raise CannotClose(_("This person's notice is not closed."))
    joining.stays_with(actor=actor, exposure=current)
    live = _open_again(current, was)
    # Routed anew as if for the first time, by the next tick.
    Progress.objects.filter(exposure=current).update(
        state=NotificationState.PENDING, routed_version=0, updated_at=Now()
    )
    if refresh_progress([current.pk])[current.pk] != NotificationState.NOTIFIED:
        pause_untold(actor, [current.pk])
    followups.open_follow_up(
        actor=actor, incident=current.incident, exposure=current, kind=FollowUpKind.OTHER,
        reason=TAKEN_UP, due_on=clock.today(),
    )  # fmt: skip
    if live:
        outcomes.await_proof(actor=actor, incident=current.incident, deliveries=live)
    _record(actor, "exposure.taken_up_again", current, reason)


def closed_as(exposure: Exposure) -> NotificationState | None:
    """How notice to this person ended without proof, wholly or for one who had to be told; None where it did not."""
    if Progress.objects.filter(exposure=exposure, state=NotificationState.WITHDRAWN).exists():
        return NotificationState.WITHDRAWN
    given_up = Notification.objects.filter(
        exposure=exposure, is_required=True, state=NotificationState.UNREACHABLE
    )
    return NotificationState.UNREACHABLE if given_up.exists() else None


def hold_person(exposure: Exposure) -> None:
    """Lock the person: a letter leaves, or a route changes, before this or after it."""
    AffectedPerson.objects.select_for_update(no_key=True).get(pk=exposure.person_id)


def _locked(exposure: Exposure) -> Exposure:
    hold_person(exposure)
    current = Exposure.objects.select_related("incident", "person").get(pk=exposure.pk)
    undecided = Delivery.objects.filter(notification__exposure=current, state__in=UNDECIDED)
    if undecided.exists():
        raise CannotClose(
            _("Nobody knows yet what became of the last letter. Resolve that delivery first.")
        )
    return current


def _end_duties(exposure: Exposure, state: str, why: str) -> int:
    """Move what is open, and cancel what waits; returns how many duties that were."""
    duties = Notification.objects.filter(exposure=exposure)
    ids = list(
        duties.filter(state__in=OPEN_DUTIES).select_for_update().values_list("pk", flat=True)
    )
    for before in WAITING:
        states.DELIVERY.move_many(
            Delivery.objects.filter(notification__in=ids),
            before=before, after=DeliveryState.CANCELLED, state_reason=why, fence=F("fence") + 1,
        )  # fmt: skip
    return sum(
        states.NOTIFICATION.move_many(
            Notification.objects.filter(pk__in=ids), before=before, after=state, closed_reason=why
        )
        for before in OPEN_DUTIES
    )


def _open_again(exposure: Exposure, was: str) -> list[Delivery]:
    """The duties this verb had closed are pending, or underway where a letter is on its way; those letters."""
    unreachable = was == NotificationState.UNREACHABLE
    closed = Q(closed_reason__in=[UNREACHABLE] if unreachable else [NOT_AFFECTED, PARTED])
    rows = Notification.objects.filter(closed, exposure=exposure, state=was)
    ids = list(rows.values_list("pk", flat=True))
    again = Notification.objects.filter(pk__in=ids)
    states.NOTIFICATION.move_many(
        again, before=was, after=NotificationState.PENDING, closed_reason=""
    )
    live = list(
        Delivery.objects.filter(notification__in=ids, state__in=LIVE_DELIVERY_STATES)
        .select_related("notification__exposure", "incident")
        .order_by("pk")
    )
    states.NOTIFICATION.move_many(
        again.filter(pk__in=[row.notification_id for row in live]),
        before=NotificationState.PENDING, after=NotificationState.UNDERWAY,
    )  # fmt: skip
    return live


def _withdraw(
    actor: User, exposure: Exposure, why: str, reason: str, stay_open: Collection[str]
) -> None:
    """End every open duty and its place in the funnel; `why` stands at the duties, `reason` in the history."""
    Progress.objects.get_or_create(exposure=exposure, defaults={"incident": exposure.incident})
    _end_duties(exposure, NotificationState.WITHDRAWN, why)
    Progress.objects.filter(exposure=exposure).update(
        state=NotificationState.WITHDRAWN, updated_at=Now()
    )
    _close(actor, exposure, [kind for kind in FollowUpKind if kind not in stay_open], why)
    _record(actor, "exposure.withdrawn", exposure, reason)


def _close(actor: User, exposure: Exposure, kinds: Collection[str], why: str) -> None:
    followups.close_kinds(actor=actor, exposure=exposure, kinds=kinds, reason=why)


def _record(actor: User, action: str, exposure: Exposure, reason: str) -> None:
    audit.record(
        actor=actor, action=action, subject=exposure, incident=exposure.incident, reason=reason,
        person=exposure.person_id,
    )  # fmt: skip
