"""Deciding the rows nobody could be made of: this person, a new person after all, or nobody's row."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, FollowUp, FollowUpKind, RosterRow, User
from breach.models.followups import FollowUpState
from breach.models.rosters import RosterStatus, RowOutcome

from . import audit, duplicates, followups
from .clock import now, today
from .rosters_commit import Intake, StagedRow
from .rosters_matching import Decision, Matcher
from .rosters_reading import HOLD, NOTE, REJECT, Entry, Problem, RowReader, sentence
from .rosters_staging import columns_of, orders_of

# What a human being has just settled by deciding; the number itself stays with the person who has it.
SETTLED = {"a_number_other_person", "several_fit"}
UNDECIDED = (RowOutcome.CONFLICT, RowOutcome.REJECTED)


class RowRefused(Refused):
    """The row cannot be decided like that; its text says why and what to do."""


@transaction.atomic
def row_is_person(*, actor: User, row: RosterRow, person: AffectedPerson, reason: str) -> RosterRow:
    """The row is about somebody on file, who is in the incident from now on if not before."""
    row = _undecided(actor, row, reason)
    if person.merged_into_id:
        raise RowRefused(_("That record is joined with another. Choose the one it is joined with."))
    entry = _read(row, {})
    matcher = Matcher(columns_of(row.roster))
    facility = matcher.facilities.find(entry, matcher.columns)
    return _write(actor, row, entry, Decision(RowOutcome.MATCHED, person.pk, facility), reason)


@transaction.atomic
def row_is_new(
    *, actor: User, row: RosterRow, reason: str, corrections: Mapping[str, str] | None = None
) -> RosterRow:
    """The row is about somebody not on file; `corrections` replaces cells by header.

    A corrected row that now fits somebody on file becomes theirs. Look-alikes are paired for review.
    """
    row = _undecided(actor, row, reason)
    entry = _read(row, corrections or {})
    matcher = Matcher(columns_of(row.roster))
    decision = matcher.decide(entry)
    if any(problem.code in SETTLED for problem in entry.problems):
        entry.problems = [
            Problem(problem.code, NOTE, problem.column, problem.person)
            if problem.code in SETTLED
            else problem
            for problem in entry.problems
        ]
        entry.a_number = ""
        decision = Decision(
            RowOutcome.NEW, uuid.uuid4(), matcher.facilities.find(entry, matcher.columns)
        )
    if stopping := [problem for problem in entry.problems if problem.weight in (REJECT, HOLD)]:
        raise RowRefused(sentence(stopping[0].as_json()))
    row = _write(actor, row, entry, decision, reason)
    duplicates.propose(
        actor=actor, incident=row.roster.incident, roster=row.roster, pairs=matcher.pairs()
    )
    return row


@transaction.atomic
def row_is_nobodys(*, actor: User, row: RosterRow, reason: str) -> RosterRow:
    """The row tells of no person, e.g. a total or a line typed twice."""
    return _settle(actor, _undecided(actor, row, reason), None, reason)


def _undecided(actor: User, row: RosterRow, reason: str) -> RosterRow:
    require(actor, Capability.IMPORT_ROSTER)
    if not reason.strip():
        raise RowRefused(_("The reason is empty. Write one sentence for the history."))
    found = (
        RosterRow.objects.select_for_update(of=("self",))
        .select_related("roster__incident")
        .filter(
            pk=row.pk,
            resolved_at=None,
            outcome__in=UNDECIDED,
            roster__status=RosterStatus.COMMITTED,
        )
        .first()
    )
    if found is None:
        raise RowRefused(
            _("Somebody has already decided this row, or its roster is not committed.")
        )
    return found


def _read(row: RosterRow, corrections: Mapping[str, str]) -> Entry:
    reader = RowReader(columns_of(row.roster), orders_of(row.roster), today())
    return reader.read(row.number, {**row.cells, **corrections})


def _write(actor: User, row: RosterRow, entry: Entry, decision: Decision, reason: str) -> RosterRow:
    outcome = row.outcome
    Intake(actor=actor, roster=row.roster, today=today()).write([StagedRow(row, entry, decision)])
    row.refresh_from_db(fields=["problems"])
    row.outcome = outcome  # what the import made of it stays history
    return _settle(actor, row, decision.person, reason)


def _settle(actor: User, row: RosterRow, person: uuid.UUID | None, reason: str) -> RosterRow:
    row.person_id, row.resolved_at, row.resolution = person, now(), reason.strip()[:200]
    row.save(update_fields=["person", "outcome", "resolved_at", "resolution"])
    audit.record(
        actor=actor, action="roster_row.decided", subject=row, incident=row.roster.incident,
        reason=reason, roster=row.roster_id, row=row.number, person=person,
    )  # fmt: skip
    if not RosterRow.objects.filter(
        roster=row.roster, outcome__in=UNDECIDED, resolved_at=None
    ).exists():
        for follow_up in FollowUp.objects.filter(
            roster=row.roster, kind=FollowUpKind.ROSTER_ROWS, state=FollowUpState.OPEN
        ):
            followups.close(
                actor=actor, follow_up=follow_up, reason="Every row of the roster is decided"
            )
    return row
