"""Places as rosters name them: those that are no facility on file, and what the list said of one person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from breach.models import Exposure, Roster, RosterRow
from breach.models.rosters import RosterStatus

from .rosters_columns import Column
from .rosters_staging import columns_of

ROWS_OPENED = 2000  # so many rows name the places of a list well enough
PLACE_COLUMNS = (Column.FACILITY, Column.FACILITY_CODE)


@dataclass(frozen=True)
class ListedPlace:
    """Where a row of a roster says that a person is held."""

    place: str
    row: int
    as_of: date | None
    source: str


def unknown_places(roster: Roster) -> Counter[str]:
    """Places named by rows whose facility was not found, with the number of rows; only the place of a row is read."""
    rows = RosterRow.objects.filter(
        roster=roster, cells__isnull=False, problems__contains=[{"code": "facility_unknown"}]
    )
    columns = columns_of(roster)
    found = (_place(row, columns) for row in rows.order_by("number")[:ROWS_OPENED])
    return Counter(place for place in found if place)


def listed_places(exposure: Exposure) -> list[ListedPlace]:
    """What the rosters of this incident say of where the person is, the newest first; for a recorded look only."""
    theirs = Q(person=exposure.person_id) | Q(person__merged_into=exposure.person_id)
    rows = RosterRow.objects.filter(
        theirs, cells__isnull=False,
        roster__incident=exposure.incident_id, roster__status=RosterStatus.COMMITTED,
    ).select_related("roster")  # fmt: skip
    return [
        ListedPlace(place, row.number, row.roster.as_of, row.roster.source)
        for row in rows.order_by("-roster__committed_at", "number")
        if (place := _place(row, columns_of(row.roster)))
    ]


def _place(row: RosterRow, columns: dict[str, str]) -> str:
    """Name and code of the place as the row has them."""
    cells = (str(row.cells.get(columns.get(column, ""), "")).strip() for column in PLACE_COLUMNS)
    return ", ".join(filter(None, cells))
