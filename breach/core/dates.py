"""Dates as lists write them, read strictly. 03/04/1990 is no date until its own column shows the order of the parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .normalize import Unreadable, clean

MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril", "may mayo",
         "jun june junio", "jul july julio", "aug august ago agosto", "sep sept september septiembre",
         "oct october octubre", "nov november noviembre", "dec december dic diciembre"],
        start=1,
    )
    for name in names.split()
}  # fmt: skip
OLDEST_YEARS = 120

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
YEAR_LAST = re.compile(
    r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})(?: 0?0:00(?::00)?| 12:00(?::00)? AM)?",
    re.IGNORECASE,
)
DAY_NAMED_MONTH = re.compile(r"(\d{1,2})[-/. ]*(?:de )?([^\W\d_]{3,10})\.?[-/., ]*(?:de )?(\d{4})")
NAMED_MONTH_DAY = re.compile(r"([^\W\d_]{3,10})\.? (\d{1,2}),? (\d{4})")
SHORT_YEAR = re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[^\W\d_]{3,10})[-/. ]\d{2}")


class Order(StrEnum):
    """Which part of 03/04/1990 comes first."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


@dataclass
class Evidence:
    """What the dates of one column tell about their order: how many can only be read one way."""

    day_first: int = 0
    month_first: int = 0

    def add(self, cell: str | date) -> None:
        if isinstance(cell, date) or not (found := YEAR_LAST.fullmatch(cell.strip())):
            return
        first, second = int(found[1]), int(found[3])
        self.day_first += first > 12 >= second
        self.month_first += second > 12 >= first

    @property
    def order(self) -> Order | None:
        """The order, when every telling date of the column agrees; None without evidence or against it."""
        if bool(self.day_first) == bool(self.month_first):
            return None
        return Order.DAY_FIRST if self.day_first else Order.MONTH_FIRST


def read_date(cell: str | date, order: Order | None = None) -> date:
    """The date in a cell. `order` is what its column shows, or what somebody confirmed.

    Raises Unreadable: two readings and no order, a year of two digits, no known format, not in the calendar.
    """
    if isinstance(cell, date):
        return cell
    text = clean(cell)
    if found := YEAR_FIRST.fullmatch(text):
        return _calendar(found[1], found[3], found[4])
    if found := YEAR_LAST.fullmatch(text):
        return _ordered(found[1], found[3], found[4], order)
    if (found := DAY_NAMED_MONTH.fullmatch(text)) and (month := MONTHS.get(found[2].lower())):
        return _calendar(found[3], str(month), found[1])
    if (found := NAMED_MONTH_DAY.fullmatch(text)) and (month := MONTHS.get(found[1].lower())):
        return _calendar(found[3], str(month), found[2])
    if SHORT_YEAR.fullmatch(text):
        raise Unreadable("date_short_year")
    raise Unreadable("date_serial" if re.fullmatch(r"\d{5}(\.\d+)?", text) else "date")


def read_birth_date(cell: str | date, order: Order | None, today: date) -> date:
    """As read_date; also refuses what cannot be the birth date of a living person on the day of the list."""
    born = read_date(cell, order)
    if born > today or today.year - born.year > OLDEST_YEARS:
        raise Unreadable("birth_date_implausible")
    return born


def is_minor(born: date, on: date) -> bool:
    """Whether somebody born then is under 18 on the day; a 29 February birthday is kept on 1 March."""
    return (on.year - born.year) - ((on.month, on.day) < (born.month, born.day)) < 18


def _ordered(first: str, second: str, year: str, order: Order | None) -> date:
    one, two = int(first), int(second)
    if one == two or (one > 12 >= two) or (two > 12 >= one):
        order = Order.DAY_FIRST if one > 12 else Order.MONTH_FIRST
    if order is None and one <= 12 and two <= 12:
        raise Unreadable("date_two_ways")
    return (
        _calendar(year, second, first)
        if order is Order.DAY_FIRST
        else _calendar(year, first, second)
    )


def _calendar(year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Unreadable("date_impossible") from None
