"""A roster in: stage (rows kept as they came), check (what would become of each), commit (people written).

    roster = stage_roster(actor=..., incident=..., source=path)   # TabularError, MappingRefused: nothing is kept
    report = check_roster(actor=..., roster=roster)               # the dry run; may be repeated with other columns
    report = commit_roster(actor=..., roster=roster)              # all of it, or nothing

`import_roster` does the three in one go. The same bytes a second time for one incident change nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from breach.core.dates import Evidence, Order
from breach.core.deadlines import add_business_days
from breach.core.garbage import seldom_collected
from breach.core.roles import Capability, require
from breach.core.tabular import open_table
from breach.models import FollowUpKind, Incident, Roster, RosterJob, RosterRow, User
from breach.models.roster_jobs import OPEN_JOBS
from breach.models.rosters import RosterStatus, RowOutcome
from breach.reasons import Reason

from . import audit, duplicates, followups
from .clock import today
from .rosters_columns import Proposal, confirm, propose
from .rosters_commit import Intake, StagedRow, mark_rows
from .rosters_matching import Matcher
from .rosters_reading import DATE_COLUMNS, RowReader
from .rosters_staging import (
    PORTION,
    Progress,
    RosterRefused,
    Source,
    already_committed,
    columns_of,
    fingerprint,
    orders_of,
    silent,
    stage_roster,
)

__all__ = [
    "ImportReport", "RosterRefused", "check_roster", "columns_of", "commit_roster", "discard_roster",
    "import_roster", "inspect_file", "orders_of", "report_of", "stage_roster",
]  # fmt: skip

ROWS_DAYS = 2  # business days to decide open rows and pairs


@dataclass
class ImportReport:
    """What became of a file. The four outcomes sum to `rows`. No personal data."""

    incident: str
    sha256: str
    rows: int = 0
    new: int = 0
    matched: int = 0
    conflict: int = 0
    rejected: int = 0
    duplicate_pairs: int = 0
    seconds: float = 0.0
    already_imported: bool = False
    dry_run: bool = False
    problems: dict[str, int] = field(default_factory=dict)
    roster: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "seconds": round(self.seconds, 2)}


def inspect_file(*, actor: User, source: Source) -> Proposal:
    """The columns recognised in a file, for confirmation. Raises TabularError."""
    require(actor, Capability.IMPORT_ROSTER)
    with open_table(source) as table:
        return propose(table.header)


def import_roster(
    *,
    actor: User,
    incident: Incident,
    source: Source,
    as_of: date | None = None,
    described_as: str = "",
    columns: Mapping[str, str] | None = None,
    orders: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Stage, check and commit in one transaction; with `dry_run` only say what would happen and keep nothing."""
    require(actor, Capability.IMPORT_ROSTER)
    started = time.monotonic()
    with seldom_collected(), transaction.atomic():
        if earlier := already_committed(incident, fingerprint(source)[0]):
            return report_of(earlier, already_imported=True, dry_run=dry_run)
        roster = stage_roster(
            actor=actor, incident=incident, source=source, as_of=as_of, described_as=described_as,
            columns=columns, orders=orders, progress=progress,
        )  # fmt: skip
        verb = check_roster if dry_run else commit_roster
        report = verb(actor=actor, roster=roster, progress=progress)
        if dry_run:
            transaction.set_rollback(True)
    report.seconds, report.dry_run = time.monotonic() - started, dry_run
    return report


@transaction.atomic
def check_roster(
    *,
    actor: User,
    roster: Roster,
    columns: Mapping[str, str] | None = None,
    orders: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> ImportReport:
    """Decide what would become of every row, with other columns or date orders if given. Writes no person."""
    require(actor, Capability.IMPORT_ROSTER)
    roster = _staged_and_locked(roster)
    _change_mapping(roster, columns, orders)
    decided = _Decided(roster)
    problems: Counter[str] = Counter()
    for portion in decided.portions(progress, "check"):
        mark_rows([(staged.row, staged.decision.outcome, None, staged.entry) for staged in portion])
        problems.update(problem.code for staged in portion for problem in staged.entry.problems)
    return _store_counts(roster, decided, len(decided.matcher.pairs()), problems)


@seldom_collected()
@transaction.atomic
def commit_roster(*, actor: User, roster: Roster, progress: Progress = silent) -> ImportReport:
    """Write people, places, counsel, exposures and next actions. Everything is decided anew on today's records."""
    require(actor, Capability.IMPORT_ROSTER)
    # People are shared by all incidents: two commits at once could make two records of one human being.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('breach.roster', 0))")
    roster = _staged_and_locked(roster)
    if already_committed(roster.incident, roster.sha256):
        raise RosterRefused(
            _("This very file is already imported for the incident. Nothing was changed.")
        )
    decided = _Decided(roster)
    intake = Intake(actor=actor, roster=roster, today=today())
    for portion in decided.portions(progress, "commit"):
        intake.write(portion)
    pairs = duplicates.propose(
        actor=actor, incident=roster.incident, roster=roster, pairs=decided.matcher.pairs()
    )
    report = _store_counts(roster, decided, pairs, intake.problems)
    Roster.objects.filter(pk=roster.pk).update(status=RosterStatus.COMMITTED, committed_at=Now())
    _ask_for_decisions(actor, roster)
    audit.record(
        actor=actor, action="roster.committed", subject=roster, incident=roster.incident,
        sha256=roster.sha256, **{name: getattr(report, name) for name in (*RowOutcome.values, "duplicate_pairs")},
    )  # fmt: skip
    return report


@transaction.atomic
def discard_roster(*, actor: User, roster: Roster) -> None:
    """Forget a staged roster and its rows; a committed one is reversed instead."""
    require(actor, Capability.IMPORT_ROSTER)
    _not_at_work(roster)  # before the lock, which a worker may hold for long
    roster = _staged_and_locked(roster)
    _not_at_work(roster)
    audit.record(
        actor=actor,
        action="roster.discarded",
        subject=roster,
        incident=roster.incident,
        rows=roster.rows,
    )
    RosterRow.objects.filter(roster=roster).delete()
    roster.delete()


def report_of(roster: Roster, **more: Any) -> ImportReport:
    """The stored counts of a roster, with its problems counted by kind."""
    problems: Counter[str] = Counter()
    for found in (
        RosterRow.objects.filter(roster=roster)
        .exclude(problems=[])
        .values_list("problems", flat=True)
    ):
        problems.update(problem["code"] for problem in found)
    return ImportReport(
        incident=roster.incident.slug, sha256=roster.sha256, rows=roster.rows, new=roster.new,
        matched=roster.matched, conflict=roster.conflict, rejected=roster.rejected,
        duplicate_pairs=roster.duplicate_pairs, problems=dict(problems), roster=str(roster.pk), **more,
    )  # fmt: skip


class _Decided:
    """Every row of a roster with its decision, portion by portion; afterwards the pairs that look alike."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.reader = RowReader(columns_of(roster), orders_of(roster), today())
        self.matcher = Matcher(columns_of(roster))
        self.outcomes: Counter[str] = Counter()

    def portions(self, progress: Progress, stage: str) -> Iterator[list[StagedRow]]:
        last = done = 0
        rows = RosterRow.objects.filter(roster=self.roster).order_by("number")
        while portion := list(rows.filter(number__gt=last)[:PORTION]):
            last = portion[-1].number
            decided = []
            for row in portion:
                entry = self.reader.read(row.number, row.cells)
                decided.append(StagedRow(row, entry, self.matcher.decide(entry)))
            self.outcomes.update(staged.decision.outcome for staged in decided)
            yield decided
            done += len(portion)
            progress(stage, done, self.roster.rows)


def _staged_and_locked(roster: Roster) -> Roster:
    found = Roster.objects.select_for_update(of=("self",)).select_related("incident").filter(
        pk=roster.pk, status=RosterStatus.STAGED
    ).first()  # fmt: skip
    if found is None:
        raise RosterRefused(
            _("The roster is not waiting any more: somebody imported or discarded it.")
        )
    return found


def _not_at_work(roster: Roster) -> None:
    if RosterJob.objects.filter(roster=roster, state__in=OPEN_JOBS).exists():
        raise RosterRefused(
            _("This roster is being worked on. Stop that first, or wait until it is done.")
        )


def _change_mapping(
    roster: Roster, columns: Mapping[str, str] | None, orders: Mapping[str, str] | None
) -> None:
    if columns is None and orders is None:
        return
    first = RosterRow.objects.filter(roster=roster).order_by("number").first()
    used = (
        confirm(list(first.cells) if first else [], columns)
        if columns is not None
        else columns_of(roster)
    )
    known = orders_of(roster)
    for column in DATE_COLUMNS:
        if column in used and used[column] != columns_of(roster).get(column):
            known.pop(column, None)
            if order := _order_in_rows(roster, used[column]):
                known[column] = order
    known |= {column: Order(order) for column, order in (orders or {}).items()}
    roster.mapping = {**used, **{f"{column}:order": order for column, order in known.items()}}
    roster.save(update_fields=["mapping"])


def _order_in_rows(roster: Roster, header: str) -> Order | None:
    evidence = Evidence()
    for row in RosterRow.objects.filter(roster=roster).iterator(PORTION):
        evidence.add(row.cells.get(header, ""))
    return evidence.order


def _store_counts(
    roster: Roster, decided: _Decided, pairs: int, problems: Counter[str]
) -> ImportReport:
    for outcome in RowOutcome.values:
        setattr(roster, outcome, decided.outcomes[outcome])
    roster.duplicate_pairs = pairs
    roster.save(update_fields=[*RowOutcome.values, "duplicate_pairs"])
    report = report_of(roster)
    report.problems = dict(problems)
    return report


def _ask_for_decisions(actor: User, roster: Roster) -> None:
    """One next action for the rows nobody could be made of, one for the pairs to compare."""
    asked = {
        FollowUpKind.ROSTER_ROWS: (roster.conflict + roster.rejected, "rows_wait"),
        FollowUpKind.DUPLICATE: (roster.duplicate_pairs, "pairs_wait"),
    }
    for kind, (count, code) in asked.items():
        if count:
            followups.open_follow_up(
                actor=actor, incident=roster.incident, roster=roster, kind=kind,
                reason=Reason(code, {"count": count}), due_on=add_business_days(today(), ROWS_DAYS),
            )  # fmt: skip
