"""Facilities from the public list, by their official code: new ones added, changed ones updated, none removed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.normalize import Unreadable, name_key, value_or_blank
from breach.core.roles import Capability, require
from breach.core.tabular import Row, Table, open_table
from breach.models import Facility, User

from . import audit

HEADERS = {
    "id": "code", "code": "code", "detloc": "code", "facility code": "code",
    "kind": "kind", "type": "kind",
    "primary name": "name", "name": "name", "facility": "name", "facility name": "name",
    "address": "address", "full address": "address",
    "county names": "county", "county": "county", "states": "state", "state": "state",
    "capacity": "capacity", "fieldoffice": "field_office", "field office": "field_office", "aor": "field_office",
}  # fmt: skip
FIELDS = ("kind", "name", "address", "county", "state", "field_office", "capacity")
MOST_PLACES = 9_999_999  # in one facility; what is more is a mistake, and would not fit its column
LONGEST = {
    name: getattr(Facility._meta.get_field(name), "max_length", 0)
    for name in ("code", *FIELDS[:-1])
}


class FacilitiesRefused(Refused):
    """The file is no list of facilities; its text says what is missing."""


@dataclass
class FacilityReport:
    """What became of the rows: the four counts sum to `rows`; problems are counted by kind."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    rejected_rows: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "new": self.new, "changed": self.changed, "unchanged": self.unchanged,
            "rejected": self.rejected, "problems": dict(self.problems), "rejected_rows": self.rejected_rows,
        }  # fmt: skip


@transaction.atomic
def import_facilities(*, actor: User, source: Path | bytes | IO[bytes]) -> FacilityReport:
    """Take in a list of facilities. Raises TabularError and FacilitiesRefused before anything is changed."""
    require(actor, Capability.IMPORT_ROSTER)
    report = FacilityReport()
    known = {
        facility.code.casefold(): facility for facility in Facility.objects.select_for_update()
    }
    new: dict[str, Facility] = {}
    changed: dict[str, Facility] = {}
    with open_table(source) as table:
        places = _places(table)
        for row in table:
            report.rows += 1
            values = _read(row, table, places, report)
            if values is None:
                continue
            code = values.pop("code")
            facility = known.get(code.casefold())
            if facility is None:
                known[code.casefold()] = new[code] = Facility(code=code, **values)
                report.new += 1
            elif differing := {
                name for name, value in values.items() if getattr(facility, name) != value
            }:
                for name in differing:
                    setattr(facility, name, values[name])
                if code not in new:
                    changed[facility.code] = facility
                report.changed += 1
            else:
                report.unchanged += 1
    Facility.objects.bulk_create(new.values(), batch_size=1000)
    Facility.objects.bulk_update(changed.values(), FIELDS, batch_size=500)
    happenings = [audit.Happening("facility.recorded", facility) for facility in new.values()]
    happenings += [audit.Happening("facility.changed", facility) for facility in changed.values()]
    audit.record_many(actor=actor, incident=None, happenings=happenings)
    return report


def _places(table: Table) -> dict[str, int]:
    """Which cell holds which field."""
    places: dict[str, int] = {}
    for place, header in enumerate(table.header):
        if (name := HEADERS.get(name_key(header))) and name not in places:
            places[name] = place
    if lacking := [name for name in ("code", "name") if name not in places]:
        raise FacilitiesRefused(
            _("The file has no column for: %(columns)s. Name it in the header row and try again.")
            % {"columns": ", ".join(lacking)}
        )
    return places


def _read(
    row: Row, table: Table, places: dict[str, int], report: FacilityReport
) -> dict[str, Any] | None:
    """The values of a row, or None when it is rejected (counted in the report)."""
    try:
        if not table.fits(row):
            raise Unreadable("ragged")
        values: dict[str, Any] = {
            name: value_or_blank(str(row.cells[place])).replace("|", ", ")
            for name, place in places.items()
        }
        if not values["code"] or not values["name"]:
            raise Unreadable("code_or_name_missing")
        if any(len(values.get(name, "")) > longest for name, longest in LONGEST.items()):
            raise Unreadable("too_long")
    except Unreadable as problem:
        report.rejected += 1
        report.problems[problem.code] += 1
        report.rejected_rows.append(row.number)
        return None
    capacity = values.pop("capacity", "").replace(",", "")
    if capacity.isdecimal() and len(capacity) <= len(str(MOST_PLACES)):
        values["capacity"] = int(capacity)
    elif capacity:
        report.problems["capacity"] += 1
    return values
