"""Follow what changed: whoever was transferred, got other counsel or waits for a letter now signed is routed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection

from breach.core import apart
from breach.core.roles import Capability, require
from breach.models import Incident, User
from notifications.models import Progress

from . import letters
from .preparing import prepare, stale_exposures

LIMIT = 2000


def follow_changes(*, actor: User, limit: int = LIMIT) -> int:
    """Route again up to `limit` people an incident, of those whose notices were released. Returns how many.

    Only one process follows at a time; another call meanwhile returns 0 and loses nothing. An incident that fails
    stops no other; then raises SomeFailed at the end.
    """
    require(actor, Capability.NOTIFY)
    with _alone() as first:
        if not first:
            return 0
        return sum(apart.each(partial(_follow, actor, limit=limit), _released()))


def _released() -> Iterator[Incident]:
    yield from Incident.objects.filter(pk__in=Progress.objects.values("incident")).order_by("pk")


def _follow(actor: User, incident: Incident, *, limit: int) -> int:
    stale = stale_exposures(incident, letters.approved_version(incident))
    placed = set(Progress.objects.filter(incident=incident).values_list("exposure_id", flat=True))
    chosen = [exposure for exposure in stale if exposure in placed][:limit]
    if chosen:
        prepare(actor=actor, incident=incident, exposures=chosen)
    return len(chosen)


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('follow_changes'))")
        (first,) = cursor.fetchone()
        try:
            yield first
        finally:
            if first:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('follow_changes'))")
