"""Nobody is left over: whoever was routed and still has neither a next action nor a notice that moves gets one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop as N_

from breach.core.deadlines import add_business_days
from breach.models import Exposure, FollowUp, FollowUpKind, Incident, User
from breach.services import followups
from breach.services.followups import NextAction
from notifications.models import Delivery
from notifications.states import DeliveryState

from . import outcomes

ON_THE_WAY = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)
OUT = (DeliveryState.SENT, DeliveryState.DELIVERED)
NO_WAY_LEFT = N_("The notice cannot go again the way it went before: find another way.")
DAYS = 1


def leave_nobody(*, actor: User, incident: Incident, exposures: Iterable[UUID], today: date) -> int:
    """Give each of these people, none of whom is told yet, a next action if nothing else is going on for them.

    E.g. a copy that became the notice is out and nobody awaits its proof, or a letter that came back cannot go the
    same way again. Returns how many there were.
    """
    idle = set(_idle(exposures).values_list("pk", flat=True))
    if not idle:
        return 0
    out = list(
        Delivery.objects.filter(
            notification__exposure__in=idle, notification__is_required=True, state__in=OUT
        )
        .exclude(notification__state="withdrawn")
        .select_related("notification", "incident")
    )
    outcomes.await_proof(actor=actor, incident=incident, deliveries=out)
    stuck = idle - {delivery.notification.exposure_id for delivery in out}
    due_on = add_business_days(today, DAYS)
    rows = [NextAction(pk, FollowUpKind.NO_ROUTE, NO_WAY_LEFT, due_on) for pk in sorted(stuck)]
    followups.open_many(actor=actor, incident=incident, rows=rows)
    return len(idle)


def _idle(exposures: Iterable[UUID]) -> QuerySet[Exposure]:
    waiting = FollowUp.objects.filter(exposure=OuterRef("pk"), state="open")
    moving = Delivery.objects.filter(
        notification__exposure=OuterRef("pk"), notification__is_required=True, state__in=ON_THE_WAY
    )
    return (
        Exposure.objects.filter(pk__in=list(exposures))
        .exclude(Exists(waiting))
        .exclude(Exists(moving))
    )
