"""Dates are read strictly; what has two readings waits for evidence from its own column."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from breach.core.dates import Evidence, Order, is_minor, read_birth_date, read_date
from breach.core.normalize import Unreadable

DAY = date(1990, 3, 4)


@pytest.mark.parametrize(
    "raw",
    ["1990-03-04", "1990/3/4", "1990-03-04 00:00:00", "04-Mar-1990", "4 March 1990", "March 4, 1990",
     "4 de marzo de 1990", "04MAR1990", DAY],
)  # fmt: skip
def test_a_date_with_one_reading_is_read_without_evidence(raw: str | date) -> None:
    assert read_date(raw) == DAY


def test_a_date_with_two_readings_is_not_guessed() -> None:
    with pytest.raises(Unreadable, match="date_two_ways"):
        read_date("03/04/1990")
    assert read_date("03/04/1990", Order.MONTH_FIRST) == DAY
    assert read_date("04.03.1990", Order.DAY_FIRST) == DAY


def test_a_date_whose_parts_are_equal_or_over_twelve_has_one_reading() -> None:
    assert read_date("03/03/1990") == date(1990, 3, 3)
    assert read_date("03/13/1990", Order.DAY_FIRST) == date(1990, 3, 13)
    assert read_date("13/03/1990", Order.MONTH_FIRST) == date(1990, 3, 13)


def evidence_of(cells: Iterable[str | date]) -> Evidence:
    evidence = Evidence()
    for cell in cells:
        evidence.add(cell)
    return evidence


def test_a_column_gives_evidence_only_when_all_its_dates_agree() -> None:
    assert evidence_of(["03/04/1990", "03/25/1990"]).order is Order.MONTH_FIRST
    assert evidence_of(["03/04/1990", "25/03/1990"]).order is Order.DAY_FIRST
    assert evidence_of(["03/25/1990", "25/03/1990"]).order is None
    assert evidence_of(["03/04/1990", DAY, "1990-12-25", "hello"]).order is None
    assert Evidence().order is None


@pytest.mark.parametrize(
    ("raw", "code"),
    [("3/4/90", "date_short_year"), ("4 Mar 90", "date_short_year"), ("32936", "date_serial"),
     ("1990-02-30", "date_impossible"), ("31/31/1990", "date_impossible"), ("4 Foo 1990", "date"),
     ("yesterday", "date"), ("", "date"), ("1990-03", "date"), ("03/04-1990", "date")],
)  # fmt: skip
def test_what_is_no_date_says_why(raw: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_date(raw, Order.MONTH_FIRST)
    assert caught.value.code == code


def test_nobody_is_born_tomorrow_or_older_than_anybody() -> None:
    today = date(2022, 11, 19)
    for born in ("2022-11-20", "1890-01-01"):
        with pytest.raises(Unreadable, match="birth_date_implausible"):
            read_birth_date(born, None, today)


def test_eighteen_is_reached_on_the_birthday() -> None:
    assert is_minor(date(2004, 11, 20), date(2022, 11, 19))
    assert not is_minor(date(2004, 11, 19), date(2022, 11, 19))
    assert is_minor(date(2004, 2, 29), date(2022, 2, 28))
