"""Health of the case file: who was removed before being told. Nobody means healthy."""

from __future__ import annotations

from datetime import UTC

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from breach.models import Exposure, FollowUp, FollowUpKind, Hold, Incident
from breach.models.followups import FollowUpState

OPEN = FollowUp.objects.filter(state=FollowUpState.OPEN)


def removed_before_notice(incident: Incident) -> QuerySet[Exposure]:
    """The worst failure: removed after the disclosure, without proof of notice, and no alarm is open."""
    alarm = OPEN.filter(exposure=OuterRef("pk"), kind=FollowUpKind.REMOVED_UNTOLD)
    told = Hold.objects.annotate(day=TruncDate("notified_at", tzinfo=UTC)).filter(
        exposure=OuterRef("pk"), paused_at=None, day__lte=OuterRef("person__removed_on")
    )
    after = Exposure.objects.annotate(day=TruncDate("incident__occurred_at", tzinfo=UTC))
    return after.filter(
        ~Exists(told), ~Exists(alarm), incident=incident, person__removed_on__gte=F("day")
    )
