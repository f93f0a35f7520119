"""A recipient who comes back: the duty they had is opened again, with what was sent to them and what proves it.

Counsel in doubt who is verified, or a person whose counsel came and went, is told one notice. A second duty would know
neither of a letter that is out nor of one whose outcome is unknown, and would send another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from breach.models import Incident, User
from breach.routing import Route
from notifications import states
from notifications.models import Delivery, Evidence, Notification
from notifications.states import DeliveryState, NotificationState

from . import outcomes
from .proving import SPOKEN_EVIDENCE

# Exposure, role, representation, guardian: whoever is the same in all four is the same recipient.
Recipient = tuple[UUID, str, str, str]
# Out of the house: the duty waits for news of these.
OUT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.AMBIGUOUS)
AWAITED = (DeliveryState.SENT, DeliveryState.DELIVERED)


def recipient_of(duty: Notification) -> Recipient:
    """Whom this duty tells. The person is the same wherever they are; a guardian is who is on record as one."""
    appearance = str(duty.representation_id or "")
    return duty.exposure_id, duty.recipient_role, appearance, duty.rests_on.get("guardian", "")


def recipient_on(exposure_id: UUID, route: Route) -> Recipient:
    """Whom this route tells."""
    basis = route.rests_on
    appearance = basis.get("representation", "")
    return exposure_id, route.recipient_role, appearance, basis.get("guardian", "")


def withdrawn_duties(exposures: Collection[UUID]) -> dict[Recipient, Notification]:
    """By recipient the duty that would be opened again; of several the one with letters, and the youngest."""
    letters = Delivery.objects.filter(notification=OuterRef("pk")).exclude(
        state=DeliveryState.CANCELLED
    )
    rows = (
        Notification.objects.filter(exposure__in=exposures, state=NotificationState.WITHDRAWN)
        .annotate(has_letters=Exists(letters))
        .order_by("has_letters", "created_at", "pk")
    )
    return {recipient_of(duty): duty for duty in rows}


def open_again(duties: Sequence[Notification]) -> None:
    """Withdrawn becomes pending, or notified where proof stands: whoever was told need not be told again.

    Call it when the route of today is written on them, and before their deliveries are looked at.
    """
    if not duties:
        return
    rows = Notification.objects.filter(pk__in=[duty.pk for duty in duties])
    states.NOTIFICATION.move_many(
        rows, before=NotificationState.WITHDRAWN, after=NotificationState.PENDING,
        closed_reason="", reopened_at=Now(),
    )  # fmt: skip
    proofs = _standing_proofs(duties)
    for duty in duties:
        duty.state, duty.closed_reason = NotificationState.PENDING, ""
        if proof := proofs.get(duty.pk):
            states.NOTIFICATION.move(
                Notification, duty.pk, before=duty.state, after=NotificationState.NOTIFIED,
                notified_at=proof.proven_at,
            )  # fmt: skip
            duty.state, duty.notified_at = NotificationState.NOTIFIED, proof.proven_at


def await_news(*, actor: User, incident: Incident, duties: Iterable[Notification]) -> None:
    """Where a letter is out the duty is underway again, and somebody awaits proof of it by a date.

    Call it when what goes now is queued: a letter that goes another time is awaited when it has left.
    """
    ids = [duty.pk for duty in duties if duty.state == NotificationState.PENDING]
    if not ids:
        return
    letters = Delivery.objects.filter(notification__in=ids)
    waiting = letters.filter(state=DeliveryState.QUEUED).values("notification")
    out = set(letters.filter(state__in=OUT).values_list("notification_id", flat=True))
    there = letters.filter(state=DeliveryState.DELIVERED).exclude(notification__in=waiting)
    out |= set(there.values_list("notification_id", flat=True))
    states.NOTIFICATION.move_many(
        Notification.objects.filter(pk__in=out),
        before=NotificationState.PENDING, after=NotificationState.UNDERWAY,
    )  # fmt: skip
    awaited = letters.filter(notification__in=out, state__in=AWAITED)
    rows = list(awaited.select_related("notification").order_by("pk"))
    outcomes.await_proof(actor=actor, incident=incident, deliveries=rows)


def _standing_proofs(duties: Sequence[Notification]) -> dict[UUID, Evidence]:
    """By duty the first proof that was recorded, was sufficient, and suffices for what the duty is today."""
    spoken = {duty.pk for duty in duties if duty.needs_interpreter}
    rows = Evidence.objects.filter(
        notification__in=[duty.pk for duty in duties], is_sufficient=True, disproved_at=None
    ).order_by("recorded_at", "pk")
    found: dict[UUID, Evidence] = {}
    for proof in rows:
        if proof.notification_id not in spoken or proof.kind in SPOKEN_EVIDENCE:
            found.setdefault(proof.notification_id, proof)
    return found
