"""The sweep: what a dead worker left behind is queued again, settled by evidence, or called ambiguous.

Any number of sweeps may run at once; leases and fences are the database's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core import apart
from breach.core.roles import Capability, require
from breach.models import FollowUp, FollowUpKind, User
from notifications import states
from notifications.models import Batch, Delivery
from notifications.models.batches import BatchState
from notifications.states import DeliveryState

from . import collecting, outcomes
from .batching import BatchAltered, settle_batch, tidy_spool
from .claiming import Claim

CHUNK = 200
LONG_WAITS = 2000
LONG_WAIT = timedelta(hours=20)  # before the day is over in which a notice must move
log = structlog.get_logger(__name__)

WORKER_GONE = N_("The worker stopped answering while it was sending")
WAITS_LONG = N_("The notice has been waiting for a day: find out what holds it back.")
ALTERED = N_("The batch in the spool is not the one that was written")


def sweep(*, actor: User) -> Counter[str]:
    """Look after every expired lease and long wait. Returns counts of requeued, settled, ambiguous, tidied, asked,
    uncollected.

    A part or a batch that fails stops no other; then raises SomeFailed at the end.
    """
    require(actor, Capability.NOTIFY)
    parts: dict[str, Callable[[], int]] = {
        "requeued": _requeue_expired_claims,
        "settled": partial(_settle_expired_batches, actor),
        "ambiguous": partial(_doubt_expired_sends, actor),
        "tidied": tidy_spool,
        "asked": partial(_ask_about_long_waits, actor),
        "uncollected": partial(collecting.ask_about_waiting, actor=actor),
    }
    return Counter(dict(zip(parts, apart.each(lambda part: part(), parts.values()), strict=True)))


@transaction.atomic
def _requeue_expired_claims() -> int:
    """A claim without an intent: nothing can have left. The fence shuts the late worker out."""
    rows = Delivery.objects.filter(state=DeliveryState.CLAIMED, lease_until__lt=Now())
    ids = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:CHUNK])
    return states.DELIVERY.move_many(
        Delivery.objects.filter(pk__in=ids), before=DeliveryState.CLAIMED, after=DeliveryState.QUEUED,
        fence=F("fence") + 1, lease_until=None,
    )  # fmt: skip


def _settle_expired_batches(actor: User) -> int:
    """Batches whose writer is gone: the spool knows. An altered one is nobody's guess but a person's."""
    abandoned = Batch.objects.filter(
        state=BatchState.OPEN,
        deliveries__state=DeliveryState.SENDING,
        deliveries__lease_until__lt=Now(),
    )
    return len(apart.each(partial(_settle, actor), abandoned.distinct()[:CHUNK]))


def _settle(actor: User, batch: Batch) -> None:
    try:
        settle_batch(actor=actor, batch=batch)
    except BatchAltered:
        log.warning("batch.altered", batch=str(batch.pk))
        outcomes.unknown(actor=actor, claims=_claims(batch=batch), detail=ALTERED)


def _doubt_expired_sends(actor: User) -> int:
    claims = _claims(batch=None, lease_until__lt=Now())
    return len(outcomes.unknown(actor=actor, claims=claims, detail=WORKER_GONE)) if claims else 0


@transaction.atomic
def _ask_about_long_waits(actor: User) -> int:
    """Whoever's notice has not moved for most of a day, e.g. because sending is stopped, gets a next action."""
    due = Coalesce("next_try_at", "queued_at")
    rows = Delivery.objects.annotate(due=due).filter(
        ~Exists(FollowUp.objects.filter(exposure=OuterRef("notification__exposure"), state="open")),
        due__lt=Now() - LONG_WAIT,
        state=DeliveryState.QUEUED,
        notification__is_required=True,
    )
    waiting = list(rows.select_related("notification", "incident").order_by("pk")[:LONG_WAITS])
    for incident in {row.incident for row in waiting}:
        mine = [row for row in waiting if row.incident_id == incident.pk]
        outcomes.next_actions(actor, incident, mine, FollowUpKind.BLOCKED, _(WAITS_LONG), days=0)
    return len(waiting)


def _claims(**which: object) -> list[Claim]:
    rows = Delivery.objects.filter(state=DeliveryState.SENDING, **which).order_by("pk")[:CHUNK]
    return [Claim(row.pk, row.fence, row.incident_id, row.person_id) for row in rows]
