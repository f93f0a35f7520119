"""The first step of a roster: its rows kept as they came, sealed, with the columns and date orders recognised."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.dates import Evidence, Order
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.core.tabular import Row, Table, open_table
from breach.models import Incident, Roster, RosterRow, User
from breach.models.rosters import RosterStatus, RowOutcome

from . import audit, clock
from .copying import copy_in
from .rosters_columns import confirm
from .rosters_reading import DATE_COLUMNS, as_text

PORTION = 1000
Source = Path | bytes | IO[bytes]
Progress = Callable[[str, int, int], None]  # stage, done, of


class RosterRefused(Refused):
    """The roster cannot be taken in as asked; its text says why and what to do."""


def silent(_stage: str, _done: int, _of: int) -> None:
    """No progress shown."""


@transaction.atomic
def stage_roster(
    *,
    actor: User,
    incident: Incident,
    source: Source,
    as_of: date | None = None,
    described_as: str = "",
    columns: Mapping[str, str] | None = None,
    orders: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Roster:
    """Keep the rows of a file, sealed, as they came. Raises TabularError, MappingRefused or RosterRefused.

    `columns` says which header is which (else as proposed); `orders` which part of the dates of a column comes
    first, where somebody has confirmed it (else the column's own dates must show it).
    """
    require(actor, Capability.IMPORT_ROSTER)
    sha256, size = fingerprint(source)
    if already_committed(incident, sha256):
        raise RosterRefused(
            _("This very file is already imported for the incident. Nothing was changed.")
        )
    roster = Roster(
        incident=incident, sha256=sha256, size=size, source=described_as[:200],
        as_of=_come(as_of) or incident.extract_as_of, imported_by=actor,
    )  # fmt: skip
    with open_table(source) as table:
        used = confirm(table.header, columns)
        evidence: dict[str, Evidence] = {
            column: Evidence() for column in DATE_COLUMNS if column in used
        }
        roster.save(force_insert=True)
        for rows in _portions(table):
            for row in rows:
                _weigh(table, row, used, evidence)
            copy_in(RosterRow, [_staged(roster, table, row) for row in rows])
            roster.rows += len(rows)
            progress("stage", roster.rows, 0)
    found = {f"{column}:order": seen.order for column, seen in evidence.items() if seen.order}
    given = {f"{column}:order": Order(order) for column, order in (orders or {}).items()}
    roster.mapping = {**used, **found, **given}
    roster.save(update_fields=["rows", "mapping"])
    audit.record(
        actor=actor, action="roster.staged", subject=roster, incident=incident,
        sha256=sha256, rows=roster.rows,
    )  # fmt: skip
    return roster


def _come(as_of: date | None) -> date | None:
    """The list's day, which has come: a stay that begins later would leave its person nowhere today."""
    if as_of and as_of > clock.today():
        raise RosterRefused(
            _("The list's day lies in the future. Enter the day the list tells of.")
        )
    return as_of


def columns_of(roster: Roster) -> dict[str, str]:
    """Our columns and the headers they come from."""
    return {column: header for column, header in roster.mapping.items() if ":" not in column}


def orders_of(roster: Roster) -> dict[str, Order]:
    """Which part comes first in the dates of a column, where that is known."""
    return {
        column.removesuffix(":order"): Order(order)
        for column, order in roster.mapping.items()
        if column.endswith(":order")
    }


def fingerprint(source: Source) -> tuple[str, int]:
    """SHA-256 and size of the bytes as received."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.seek(0, io.SEEK_END)
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest(), len(source)
    source.seek(0)
    digest = hashlib.sha256()
    while chunk := source.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest(), source.tell()


def already_committed(incident: Incident, sha256: str) -> Roster | None:
    """The roster of the same bytes that is in the incident already."""
    return Roster.objects.filter(
        incident=incident, sha256=sha256, status=RosterStatus.COMMITTED
    ).first()


def _portions(table: Table) -> Iterator[list[Row]]:
    portion: list[Row] = []
    for row in table:
        portion.append(row)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _weigh(
    table: Table, row: Row, used: Mapping[str, str], evidence: Mapping[str, Evidence]
) -> None:
    if table.fits(row):
        for column, seen in evidence.items():
            seen.add(row.cells[table.header.index(used[column])])


def _staged(roster: Roster, table: Table, row: Row) -> RosterRow:
    """The row as it came; cells that do not fit the header are numbered instead of named."""
    fits = table.fits(row)
    names = table.header if fits else [f"#{place}" for place in range(1, len(row.cells) + 1)]
    cells = dict(zip(names, map(as_text, row.cells), strict=True))
    return RosterRow(roster=roster, number=row.number, cells=cells, outcome=RowOutcome.REJECTED)
