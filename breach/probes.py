"""Health of the case file: each probe returns the rows that violate an invariant. None means healthy."""

from __future__ import annotations

from datetime import UTC

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from breach.models import Exposure, FollowUp, FollowUpKind, Hold, Incident, RosterRow
from breach.models.followups import FollowUpState
from breach.models.rosters import RosterStatus, RowOutcome

OPEN = FollowUp.objects.filter(state=FollowUpState.OPEN)
UNDECIDED = (RowOutcome.CONFLICT, RowOutcome.REJECTED)


def rows_without_one_person(incident: Incident) -> QuerySet[RosterRow]:
    """Rows of a committed roster that are nobody's and that nobody has to decide."""
    rows = RosterRow.objects.filter(
        roster__incident=incident, roster__status=RosterStatus.COMMITTED
    )
    asked = OPEN.filter(roster=OuterRef("roster"), kind=FollowUpKind.ROSTER_ROWS)
    lost = Q(person=None) & ~Q(outcome__in=UNDECIDED)
    forgotten = Q(outcome__in=UNDECIDED, resolved_at=None) & ~Exists(asked)
    return rows.filter(lost | forgotten)


def people_without_next_action(incident: Incident) -> QuerySet[Exposure]:
    """People with neither proof of notice (a hold that runs or ran out) nor an open follow-up.

    The other app knows which letters are on their way, and removes those people from this list.
    """
    return Exposure.objects.filter(
        ~Exists(OPEN.filter(exposure=OuterRef("pk"))),
        ~Exists(Hold.objects.filter(exposure=OuterRef("pk"), paused_at=None)),
        incident=incident,
        person__merged_into=None,
    )


def follow_ups_of_nobody(incident: Incident) -> QuerySet[FollowUp]:
    """Open follow-ups whose owner can no longer sign in: they look taken and are not."""
    return OPEN.filter(incident=incident, owner__is_active=False)


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
