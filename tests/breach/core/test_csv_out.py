"""A cell that leaves is text, whatever somebody put into a name: no spreadsheet runs it."""

from __future__ import annotations

import csv
import io

import pytest

from breach.core.csv_out import cell, csv_bytes

FORMULAS = [
    '=HYPERLINK("http://x.invalid","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "＝1+1", "＋1",
    '"=1+1', "'=1+1", ' "=1', "“=1”", ";=1+1", ",=1", "\u200b=1", "\u202e=1", "\ufeff@x", "   -2",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=repr)
def test_a_formula_becomes_text(formula: str) -> None:
    assert cell(formula) == f"'{formula}"


@pytest.mark.parametrize("formula", FORMULAS, ids=repr)
def test_and_is_text_after_a_reader_has_taken_the_quotes_off(formula: str) -> None:
    table = csv_bytes(["Name"], [[formula]]).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(table, newline="")))
    assert read[1] == [f"'{formula}"]


@pytest.mark.parametrize(
    "plain", ["Ana", "O'Brien", "Peña-Ruiz", "12-34", "a=b", "", "李明", "ʼAlī"]
)
def test_names_stay_as_they_are(plain: str) -> None:
    assert cell(plain) == plain


def test_our_own_numbers_stay_numbers() -> None:
    assert (cell(-3), cell(6252), cell(None)) == ("-3", "6252", "")


def test_a_quote_or_a_line_end_does_not_end_the_cell() -> None:
    table = csv_bytes(["A", "B"], [['x","=1', "two\r\nlines"]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(table, newline="")))[1] == ['x","=1', "two\r\nlines"]
