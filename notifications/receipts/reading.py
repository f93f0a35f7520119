"""One door for every file of receipts: tells bounces, signed sheets and returned post apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.tabular import Limits, Table, TabularError, open_table

from . import bounces, carrier_scans, returned_mail, signed_sheets
from .base import BadCell, Problem, Reading, ReceiptRecord, find_columns

LIMITS = Limits(size=8 << 20, rows=50_000, columns=60, cell=500)
_MAIL_STARTS = (
    b"return-path:",
    b"received:",
    b"from ",
    b"from:",
    b"mime-version:",
    b"delivered-to:",
)

ReadRow = Callable[..., ReceiptRecord]


class UnreadableReceipts(Refused):
    """The file as a whole cannot be taken; the text is one sentence: why, and what to do."""


@dataclass(frozen=True)
class ListKind:
    """A kind of list: its columns by header alias, the required ones, and how to read a row."""

    source: str
    columns: Mapping[str, frozenset[str]]
    required: frozenset[str]
    read_row: ReadRow


LISTS = tuple(
    ListKind(source.SOURCE, source.COLUMNS, source.REQUIRED, source.read_row)
    for source in (signed_sheets, returned_mail, carrier_scans)
)


def read(content: bytes, *, zone: ZoneInfo, now: datetime) -> Reading:
    """Everything a file says. Dates without a zone are of `zone`. Raises UnreadableReceipts."""
    if content.lstrip()[:64].lower().startswith(_MAIL_STARTS):
        return bounces.read(content, now=now)
    try:
        with open_table(content, LIMITS) as table:
            return _read_list(table, zone=zone, now=now)
    except TabularError as exc:
        raise UnreadableReceipts(str(exc)) from exc


def read_one(
    source: str, cells: Mapping[str, str], *, zone: ZoneInfo, now: datetime
) -> ReceiptRecord:
    """One receipt, in the columns of the list named `source`. Raises BadCell."""
    kind = next(kind for kind in LISTS if kind.source == source)
    if missing := sorted(kind.required - cells.keys()):
        raise BadCell(
            _("A receipt of this kind also needs: %(columns)s.") % {"columns": ", ".join(missing)}
        )
    return kind.read_row(dict(cells), zone=zone, now=now, row=1)


def _read_list(table: Table, *, zone: ZoneInfo, now: datetime) -> Reading:
    kind, places = _kind_of(table.header)
    reading = Reading(kind=kind.source)
    for row in table:
        reading.rows += 1
        try:
            if not table.fits(row):
                raise BadCell(
                    _("The row has more or fewer cells than the header. Correct the row.")
                )
            cells: dict[str, str | date] = {name: row.cells[at] for name, at in places.items()}
            reading.records.append(kind.read_row(cells, zone=zone, now=now, row=row.number))
        except BadCell as exc:
            reading.problems.append(Problem(row=row.number, sentence=str(exc)))
    return reading


def _kind_of(header: list[str]) -> tuple[ListKind, dict[str, int]]:
    for kind in LISTS:
        try:
            places = find_columns(header, kind.columns)
        except BadCell as exc:
            raise UnreadableReceipts(str(exc)) from exc
        if kind.required <= places.keys():
            return kind, places
    raise UnreadableReceipts(
        _(
            "The columns fit no list of receipts. Signed sheets have Reference, Outcome and Date; "
            "returned mail has Reference, Date and Reason; carrier scans have Reference, Date and Status."
        )
    )
