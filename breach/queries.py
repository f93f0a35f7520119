"""Questions asked of the case file by more than one side: worklist order, who speaks for whom, where, approval."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.functions import Now

from breach.access import active_representations, follow_ups_visible_to
from breach.models import (
    FollowUp,
    Incident,
    Placement,
    Representation,
    RosterRow,
    SignIn,
    SignOff,
    User,
)
from breach.models.followups import FollowUpState
from breach.models.rosters import RosterStatus, RowOutcome
from breach.one_human import records_of

SIGNATURES_NEEDED = 2
# Priorities up to this come before everything else, whatever their due date.
AT_ONCE = 10
SESSION_AT_MOST = timedelta(hours=10)


def worklist(user: User, today: date) -> QuerySet[FollowUp]:
    """The open follow-ups this user may see, most urgent first."""
    open_now = follow_ups_visible_to(user).filter(state=FollowUpState.OPEN)
    return most_urgent_first(open_now, today)


def most_urgent_first(follow_ups: QuerySet[FollowUp], today: date) -> QuerySet[FollowUp]:
    """The one order in which work is listed, on every page.

    `band` tells why: 0 threats and unknowns that cannot wait, 1 due today or overdue, 2 still to come; within
    a band by priority, then by due date.
    """
    band = Case(
        When(priority__lte=AT_ONCE, then=Value(0)),
        When(due_on__lte=today, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    urgent = follow_ups.annotate(band=band)
    return urgent.order_by("band", "priority", "due_on", "created_at", "pk")


def has_undecided_rows(roster_id: UUID | None) -> bool:
    """Whether a committed roster has rows that are nobody's yet."""
    return RosterRow.objects.filter(
        roster=roster_id, roster__status=RosterStatus.COMMITTED, resolved_at=None,
        outcome__in=[RowOutcome.CONFLICT, RowOutcome.REJECTED],
    ).exists()  # fmt: skip


def counsel_on(person_id: UUID, on: date, forum: str) -> Representation | None:
    """The counsel in force on a day who may practice, the lead first; whom to talk to instead of the person."""
    return counsels_on([person_id], on, forum).get(person_id)


def counsels_on(people: Iterable[UUID], on: date, forum: str) -> dict[UUID, Representation]:
    """As counsel_on, for many people in one query; who has no counsel is absent."""
    owners = records_of(people)
    rows = active_representations(on).filter(person__in=list(owners), forum=forum)
    # The lead comes last and so stays; co-counsel alone is counsel all the same.
    rows = rows.select_related("attorney__firm").order_by("is_lead", "-created_at")
    return {owners[row.person_id]: row for row in rows}


def placements_on(people: Iterable[UUID], on: date) -> dict[UUID, Placement]:
    """Where each person is held on a day; who is not held is absent."""
    owners = records_of(people)
    rows = Placement.objects.filter(person__in=list(owners), period__contains=on)
    # What the record that goes on says comes last and so stands.
    own_last = sorted(
        rows.select_related("facility"), key=lambda r: owners[r.person_id] == r.person_id
    )
    return {owners[row.person_id]: row for row in own_last}


def placement_on(person_id: UUID, on: date) -> Placement | None:
    """Where the person is held on a day."""
    return placements_on([person_id], on).get(person_id)


def is_approved(incident: Incident, subject: str, subject_id: UUID, content_sha256: str) -> bool:
    """Whether two different people, neither the author, have signed exactly this content.

    The database holds that nobody signs twice and no author signs; so counting signers is enough.
    """
    signatures = SignOff.objects.filter(
        incident=incident, subject=subject, subject_id=subject_id, content_sha256=content_sha256
    )
    return signatures.values("signed_by").distinct().count() >= SIGNATURES_NEEDED


def open_sign_ins(user: User) -> QuerySet[SignIn]:
    """Where this user is signed in now, newest first; nobody stays so for longer than ten hours."""
    rows = SignIn.objects.filter(user=user, ended_at=None, began_at__gt=Now() - SESSION_AT_MOST)
    return rows.order_by("-began_at")
