"""One row of a list, read: values in one form, and every problem with its column and what to do. No database.

A problem's weight decides what may become of the row: REJECT (nobody can be made of it), HOLD (somebody must decide
first: a conflict), NOTE (the person is taken in without the value).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from breach.core import codes, dates, normalize
from breach.core.dates import Order
from breach.core.normalize import Name, Unreadable
from breach.models import AttorneyKind, Posture

from .rosters_columns import Column

LONGEST_ALIAS, MOST_ALIASES = 160, 20  # other names of one person
REJECT, HOLD, NOTE = "reject", "hold", "note"
NAME_COLUMNS = (Column.FULL_NAME, Column.FAMILY_NAME, Column.GIVEN_NAMES, Column.ATTORNEY)
SAYS_YES, SAYS_NO = ("y", "yes", "x", "true", "1"), ("", "n", "no", "false", "0")
DATE_COLUMNS = (Column.BIRTH_DATE, Column.HELD_SINCE, Column.G28_FILED)

PROBLEMS = normalize.REASONS | {
    "ragged": _(
        "The row has another number of cells than the header; correct it and import the row again"
    ),
    "name_missing": _("is empty; find out who this row is about"),
    "name_not_ordered": _(
        "does not tell family name from given names; check it before a letter is printed"
    ),
    "mixed_scripts": _(
        "mixes letters of different alphabets; check that it is spelt as the person spells it"
    ),
    "birth_date_missing": _("is empty; find out the birth date"),
    "facility_missing": _("is empty; find out where the person is held"),
    "facility_unknown": _("is no facility we know; find out where the person is held"),
    "facility_two": _("fits more than one facility; find out where the person is held"),
    "facility_differs": _(
        "differs from where we know the person to be; confirm where the person is held"
    ),
    "language_missing": _("is empty; ask which language the person understands best"),
    "case_status": _("is a case status we do not know; set the posture by hand"),
    "protected_unclear": _(
        "says neither yes nor no, so the person counts as protected; find out whether the law protects the person"
    ),
    "counsel_claimed": _(
        "names counsel without the date of an appearance; verify before anything is disclosed"
    ),
    "counsel_appeared": _(
        "shows a filed appearance of counsel who is on record as claimed only; verify the representation"
    ),
    "counsel_differs": _(
        "names other counsel than the one on record; verify who speaks for the person"
    ),
    "counsel_former": _(
        "names counsel whose representation has ended; verify who speaks for the person"
    ),
    "date_to_come": _("is a day that has not come yet; check it against the source"),
    "eoir_id_two_names": _("belongs to another name on record; verify who speaks for the person"),
    "a_number_other_person": _(
        "is on record for somebody with another name or birth date; compare the two"
    ),
    "several_fit": _("The row fits more than one known person; decide which one it is"),
}

POSTURES = (  # the first word that occurs in the status decides
    ("withholding", Posture.WITHHOLDING_ONLY), ("reinstated", Posture.WITHHOLDING_ONLY),
    ("final order", Posture.FINAL_ORDER), ("negative", Posture.NEGATIVE_FEAR), ("positive", Posture.POSITIVE_FEAR),
    ("proceedings", Posture.IN_PROCEEDINGS), ("removed", Posture.REMOVED),
)  # fmt: skip
NO_NAME = Name("", "")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """A class of value in a column, never the value itself."""

    code: str
    weight: str
    column: str = ""  # header as found
    person: str = ""  # id of the person it collides with

    def as_json(self) -> dict[str, str]:
        kept = {
            "code": self.code,
            "weight": self.weight,
            "column": self.column,
            "person": self.person,
        }
        return {key: value for key, value in kept.items() if value}


def sentence(problem: Mapping[str, str]) -> str:
    """A stored problem for a reader: column, what is wrong, what to do."""
    text = str(PROBLEMS.get(problem["code"], problem["code"]))
    return f"{problem['column']} {text}." if problem.get("column") else f"{text}."


@dataclass(slots=True)
class Counsel:
    """The representative a row names."""

    name: str
    kind: str
    firm: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    jurisdiction: str = ""
    licence: str = ""
    eoir_id: str = ""
    appeared: bool = False
    appeared_on: date | None = None


@dataclass(slots=True)
class Entry:
    """One row, read."""

    number: int
    name: Name = NO_NAME
    name_as_listed: str = ""
    aliases: tuple[str, ...] = ()
    birth_date: date | None = None
    a_number: str = ""
    nationality: str = ""  # ISO code, or as listed
    sex: str = ""
    facility_code: str = ""
    facility_name: str = ""
    language: str = ""
    held_since: date | None = None
    posture: str = Posture.UNKNOWN
    protected: bool = False
    counsel: Counsel | None = None
    listed: frozenset[str] = frozenset()  # columns with a value
    problems: list[Problem] = field(default_factory=list)

    def has(self, weight: str) -> bool:
        return any(problem.weight == weight for problem in self.problems)


class RowReader:
    """Reads rows with one mapping. `orders` says, per date column, which part comes first, where that is known."""

    def __init__(
        self, columns: Mapping[str, str], orders: Mapping[str, Order | None], today: date
    ) -> None:
        self.columns, self.orders, self.today = columns, orders, today
        self.headers = set(columns.values())

    def read(self, number: int, cells: Mapping[str, str]) -> Entry:
        """The row as an Entry; `cells` by header. Cells that did not fit the header have no such names."""
        entry = Entry(number)
        if not cells.keys() >= self.headers:
            entry.problems.append(Problem("ragged", REJECT))
            return entry
        row = _Row(entry, self.columns, cells)
        entry.listed = frozenset(column for column in self.columns if row.raw(column).strip())
        self._read_name(row)
        self._read_identity(row)
        self._read_whereabouts(row)
        self._read_case(row)
        entry.counsel = self._read_counsel(row)
        return entry

    def _read_name(self, row: _Row) -> None:
        entry = row.entry
        if (
            Column.FULL_NAME in self.columns
            and not {Column.FAMILY_NAME, Column.GIVEN_NAMES} <= self.columns.keys()
        ):
            where = Column.FULL_NAME
            entry.name_as_listed = row.raw(where).strip()
            entry.name = row.take(where, normalize.split_name, NO_NAME, _name_weight)
        else:
            where = Column.FAMILY_NAME
            family = row.take(where, normalize.name_part, "", _name_weight)
            given = row.take(Column.GIVEN_NAMES, normalize.name_part, "", _name_weight)
            entry.name = Name(family, given)
            listed = (row.raw(where).strip(), row.raw(Column.GIVEN_NAMES).strip())
            entry.name_as_listed = ", ".join(filter(None, listed))
        if entry.name.key == "|" and not entry.problems:
            row.add("name_missing", REJECT, where)
        if not entry.name.ordered and not entry.problems:
            row.add("name_not_ordered", NOTE, where)
        if len(normalize.scripts_of(entry.name.family + entry.name.given)) > 1:
            row.add("mixed_scripts", NOTE, where)

    def _read_identity(self, row: _Row) -> None:
        entry = row.entry
        entry.a_number = row.take(Column.A_NUMBER, normalize.a_number, "", _a_number_weight)
        order = self.orders.get(Column.BIRTH_DATE)
        entry.birth_date = row.take(
            Column.BIRTH_DATE,
            lambda raw: dates.read_birth_date(raw, order, self.today),
            None,
            lambda _code: HOLD,
        )
        if Column.BIRTH_DATE not in entry.listed:
            row.add("birth_date_missing", NOTE, Column.BIRTH_DATE)
        entry.nationality = row.take(Column.NATIONALITY, codes.country_code, "")
        if not entry.nationality:
            entry.nationality = row.raw(Column.NATIONALITY).strip()[:80]
        entry.sex = row.take(Column.SEX, normalize.sex, "")

    def _read_whereabouts(self, row: _Row) -> None:
        entry = row.entry
        entry.facility_code = row.take(Column.FACILITY_CODE, normalize.value_or_blank, "")
        entry.facility_name = row.take(Column.FACILITY, normalize.value_or_blank, "")
        entry.held_since = row.take(Column.HELD_SINCE, self._date(Column.HELD_SINCE), None)
        entry.aliases = _aliases(row.raw(Column.ALSO_KNOWN_AS))
        entry.language = row.take(Column.LANGUAGE, codes.language_tag, "")
        if Column.LANGUAGE in self.columns and Column.LANGUAGE not in entry.listed:
            row.add("language_missing", NOTE, Column.LANGUAGE)

    def _read_case(self, row: _Row) -> None:
        status = normalize.name_key(row.raw(Column.CASE_STATUS))
        row.entry.posture = next(
            (posture for word, posture in POSTURES if word in status), Posture.UNKNOWN
        )
        if status and row.entry.posture == Posture.UNKNOWN:
            row.add("case_status", NOTE, Column.CASE_STATUS)
        protected = row.raw(Column.PROTECTED).strip().casefold()
        row.entry.protected = protected not in SAYS_NO
        if row.entry.protected and protected not in SAYS_YES:
            row.add("protected_unclear", NOTE, Column.PROTECTED)

    def _read_counsel(self, row: _Row) -> Counsel | None:
        name = row.take(Column.ATTORNEY, normalize.name_part, "")
        if not name:
            return None
        jurisdiction, licence = _licence(row.take(Column.LICENCE, normalize.value_or_blank, ""))
        counsel = Counsel(
            name=name[:160],
            kind=_attorney_kind(row.raw(Column.ATTORNEY_KIND)),
            firm=row.take(Column.FIRM, normalize.value_or_blank, "")[:200],
            email=row.take(Column.ATTORNEY_EMAIL, normalize.email, ""),
            phone=row.take(Column.ATTORNEY_PHONE, normalize.phone, ""),
            address=row.take(Column.ATTORNEY_ADDRESS, normalize.value_or_blank, ""),
            jurisdiction=jurisdiction,
            licence=licence[:40],
            eoir_id=row.take(Column.EOIR_ID, normalize.value_or_blank, "").upper()[:20],
        )
        filed = row.raw(Column.G28_FILED).strip().casefold()
        if filed in (*SAYS_YES, "filed", "on file"):
            counsel.appeared = True
        elif filed not in (*SAYS_NO, "none", "not filed"):
            counsel.appeared_on = row.take(Column.G28_FILED, self._date(Column.G28_FILED), None)
            if counsel.appeared_on and counsel.appeared_on > self.today:
                row.add("date_to_come", NOTE, Column.G28_FILED)
                counsel.appeared_on = None
            counsel.appeared = counsel.appeared_on is not None
        if not counsel.appeared:
            row.add("counsel_claimed", NOTE, Column.ATTORNEY)
        return counsel

    def _date(self, column: Column) -> Callable[[str], date]:
        return lambda raw: dates.read_date(raw, self.orders.get(column))


class _Row:
    """Cells by our columns, and where problems go."""

    def __init__(self, entry: Entry, columns: Mapping[str, str], cells: Mapping[str, str]) -> None:
        self.entry, self.columns, self.cells = entry, columns, cells

    def raw(self, column: str) -> str:
        return self.cells.get(self.columns.get(column, ""), "")

    def take(
        self,
        column: str,
        reader: Callable[[str], T],
        otherwise: T,
        weight: Callable[[str], str] = lambda _code: NOTE,
    ) -> T:
        """The cell read by `reader`; `otherwise` when empty or, with a problem noted, unreadable."""
        raw = self.raw(column)
        # Null and None are also surnames; names have their own list of empty words.
        if not raw.strip() or (
            column not in NAME_COLUMNS and raw.strip().casefold() in normalize.NO_VALUE
        ):
            return otherwise
        try:
            return reader(raw)
        except Unreadable as unreadable:
            self.add(unreadable.code, weight(unreadable.code), column)
            return otherwise

    def add(self, code: str, weight: str, column: str) -> None:
        self.entry.problems.append(Problem(code, weight, self.columns.get(column, "")))


def _name_weight(code: str) -> str:
    return HOLD if code == "too_long" else REJECT


def _a_number_weight(code: str) -> str:
    return REJECT if code == "scientific" else HOLD


def _attorney_kind(raw: str) -> str:
    """Partial accreditation is assumed where the list does not say which: it gives fewer rights."""
    text = raw.casefold()
    if "accredited" not in text:
        return AttorneyKind.ATTORNEY
    return AttorneyKind.ACCREDITED_FULL if "full" in text else AttorneyKind.ACCREDITED_PARTIAL


def _licence(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"([A-Z]{2})[\s:#-]*(\S.*)", text)
    return (found[1], found[2]) if found else ("", text)


def as_text(cell: str | date) -> str:
    """A cell as it is kept with the row."""
    return cell.isoformat() if isinstance(cell, date) else cell


def _aliases(cell: str) -> tuple[str, ...]:
    """Other names as lists join them in one cell."""
    names = (normalize.clean(name)[:LONGEST_ALIAS] for name in re.split(r"[;|/\n]", cell))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_ALIASES]


def elements_of(entry: Entry) -> list[str]:
    """Which data elements of this person the list disclosed."""
    from_columns: dict[str, Any] = {
        "name": Column.FULL_NAME in entry.listed or Column.FAMILY_NAME in entry.listed,
        "birth_date": Column.BIRTH_DATE in entry.listed,
        "nationality": Column.NATIONALITY in entry.listed,
        "a_number": Column.A_NUMBER in entry.listed,
        "detention_location": bool({Column.FACILITY, Column.FACILITY_CODE} & entry.listed),
        "case_status": Column.CASE_STATUS in entry.listed,
        "fear_interview": entry.posture in (Posture.POSITIVE_FEAR, Posture.NEGATIVE_FEAR),
        "language": Column.LANGUAGE in entry.listed,
        "sex": Column.SEX in entry.listed,
        "counsel": Column.ATTORNEY in entry.listed,
    }
    return [element for element, disclosed in from_columns.items() if disclosed]
