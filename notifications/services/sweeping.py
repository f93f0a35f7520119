"""The sweep: what a dead worker left behind is queued again, settled by evidence, or called ambiguous.

Any number of sweeps may run at once; leases and fences are the database's.
"""

from __future__ import annotations

from collections import Counter

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as N_

from breach.core.roles import Capability, require
from breach.models import User
from notifications import states
from notifications.models import Batch, Delivery
from notifications.models.batches import BatchState
from notifications.states import DeliveryState

from . import outcomes
from .batching import BatchAltered, settle_batch, tidy_spool
from .claiming import Claim

CHUNK = 200
log = structlog.get_logger(__name__)

WORKER_GONE = N_("The worker stopped answering while it was sending")
ALTERED = N_("The batch in the spool is not the one that was written")


def sweep(*, actor: User) -> Counter[str]:
    """Look after every expired lease. Returns counts of requeued, settled, ambiguous and tidied."""
    require(actor, Capability.NOTIFY)
    return Counter(
        requeued=_requeue_expired_claims(),
        settled=_settle_expired_batches(actor),
        ambiguous=_doubt_expired_sends(actor),
        tidied=tidy_spool(),
    )


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
    expired = list(abandoned.distinct()[:CHUNK])
    for batch in expired:
        try:
            settle_batch(actor=actor, batch=batch)
        except BatchAltered:
            log.warning("batch.altered", batch=str(batch.pk))
            outcomes.unknown(actor=actor, claims=_claims(batch=batch), detail=ALTERED)
    return len(expired)


def _doubt_expired_sends(actor: User) -> int:
    claims = _claims(batch=None, lease_until__lt=Now())
    return len(outcomes.unknown(actor=actor, claims=claims, detail=WORKER_GONE)) if claims else 0


def _claims(**which: object) -> list[Claim]:
    rows = Delivery.objects.filter(state=DeliveryState.SENDING, **which).order_by("pk")[:CHUNK]
    return [Claim(row.pk, row.fence, row.incident_id, row.person_id) for row in rows]
