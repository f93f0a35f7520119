"""Lists are read in a confined process, row by row; what cannot be read for certain stops with one sentence."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from breach.core.tabular import DEFAULT_LIMITS, Limits, Row, TabularError, open_table
from tests.hostile.workbooks import (
    LINKS,
    SHEET,
    far_corner,
    kept_elsewhere,
    renamed,
    unpacking_to,
    with_part,
    workbook,
)

LIST = [["Name", "Birthdate"], ["Sample, Ada", "1990-03-04"]]
GOOD = workbook(LIST)


def read(data: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[list[str], list[Row]]:
    with open_table(data, limits) as table:
        return table.header, list(table)


def refusal(data: bytes, limits: Limits = DEFAULT_LIMITS) -> TabularError:
    with pytest.raises(TabularError) as caught:
        read(data, limits)
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        "Name,Place\nPeña,Brünn\n".encode(),
        "Name,Place\nPeña,Brünn\n".encode("utf-8-sig"),
        "Name,Place\nPeña,Brünn\n".encode("utf-16"),
        "Name,Place\nPeña,Brünn\n".encode("utf-16-le"),
        "Name,Place\nPeña,Brünn\n".encode("utf-32"),
        "Name,Place\nPeña,Brünn\n".encode("cp1252"),
        "Name;Place\rPeña;Brünn\r".encode(),
        "Name\tPlace\r\nPeña\tBrünn".encode(),
        '"Name","Place"\n"Peña","Brünn"\n'.encode(),
    ],
)
def test_encodings_separators_and_line_ends_are_recognised(data: bytes) -> None:
    assert read(data) == (["Name", "Place"], [Row(2, ("Peña", "Brünn"))])


def test_a_workbook_tells_dates_from_text_and_numbers_lose_their_point_zero() -> None:
    header, rows = read(
        workbook(
            [
                ["Name", "Born", "No"],
                ["Ada", date(1990, 3, 4), 100000007],
                ["Bea", "03/04/1990", 1.5],
            ]
        )
    )
    assert header == ["Name", "Born", "No"]
    assert rows == [
        Row(2, ("Ada", date(1990, 3, 4), "100000007")),
        Row(3, ("Bea", "03/04/1990", "1.5")),
    ]


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_counted() -> None:
    with open_table(b"\n\nA,B\n1,2\n,\n\n3,4\n") as table:
        assert [row.number for row in table] == [4, 7]
        assert (table.row_count, table.blank_rows) == (2, 2)


def test_a_row_of_another_width_is_handed_on_and_told_apart() -> None:
    with open_table(b"A,B\n1,2,3\n1\n1,2,,\n") as table:
        assert [table.fits(row) for row in table] == [False, False, True]


def test_a_long_file_streams_through_while_the_reader_waits() -> None:
    data = b"A,B\n" + b"".join(b"%d,%s\n" % (number, b"x" * 50) for number in range(20_000))
    with open_table(data) as table:
        assert sum(1 for _row in table) == table.row_count == 20_000


def test_leaving_early_ends_the_reader() -> None:
    with open_table(b"A\n" + b"1\n" * 200_000) as table:
        assert next(iter(table)).cells == ("1",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n,,\n", "empty"),
        (b"A,B\n", "header_only"),
        (b"A,B\n1,2\n3", "cut_off"),
        ("A,B\n1,é".encode()[:-1], "cut_off"),
        (b'A,B\n"1,2\n3,4\n', "quotes"),
        (b'A,B\n"1"x,2\n', "quotes"),
        (b"A,B\n1,\x002\n", "nul"),
        (b"A,B\n1,\x81\n", "encoding"),
        (b"A,B\n" + b"x" * (2 << 20) + b",1\n", "line_too_long"),
        (b'A,B\n"' + b"x" * 40_000 + b'",1\n', "cell_too_long"),
        (b'A,B\n"' + b"1,2\n" * 20_000, "cell_too_long"),
        (b"A,B,a\n1,2,3\n", "duplicate_header"),
        (b"A,,B\n1,2,3\n", "unnamed_column"),
        (b",".join(b"%d" % number for number in range(300)) + b"\n", "too_many_columns"),
        (b"%PDF-1.7 and so on", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "legacy_xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04 nothing", "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (workbook([]), "empty"),
        (workbook(LIST[:1]), "header_only"),
        (workbook(LIST, lambda book, _sheet: book.add_worksheet("notes").hide()), "hidden_sheet"),
        (workbook(LIST, lambda book, _sheet: book.add_worksheet("notes").very_hidden()), "hidden_sheet"),
        (workbook(LIST, lambda book, _sheet: book.add_worksheet("more").write(0, 0, "x")), "several_sheets"),
        (workbook(LIST, lambda _book, sheet: sheet.set_column(1, 1, None, None, {"hidden": True})), "hidden_column"),
        (workbook(LIST, lambda _book, sheet: sheet.set_column(1, 1, 0)), "hidden_column"),
        (workbook(LIST, lambda _book, sheet: sheet.set_row(1, None, None, {"hidden": True})), "hidden_row"),
        (with_part(GOOD, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="2" ht="0" customHeight="1"')),
         "hidden_row"),
        (with_part(GOOD, SHEET, lambda xml: xml.replace(b'<row r="2"', b"<row r='2' ht = '0.00'")), "hidden_row"),
        (with_part(GOOD, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="2" ht="&#48;"')), "hidden_row"),
        (with_part(workbook(LIST, lambda _book, sheet: sheet.set_column(1, 1, 5)), SHEET,
                   lambda xml: re.sub(rb' width="[0-9.]+"', b' width="0e1"', xml)), "hidden_column"),
        (workbook(LIST, lambda _book, sheet: sheet.write_formula("B3", "=1+1")), "formula"),
        (workbook(LIST, lambda _book, sheet: sheet.merge_range("A3:B3", "both")), "merged"),
        (with_part(GOOD, SHEET, lambda xml: xml.replace(b't="s"', b't="e"', 1)), "error_cell"),
        (with_part(GOOD, "xl/vbaProject.bin", lambda _part: b"macro"), "macros"),
        (with_part(GOOD, SHEET, lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml), "damaged"),
        (with_part(GOOD, SHEET, lambda _xml: b"<worksheet><sheetData><row"), "damaged"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_sentence(data: bytes, code: str) -> None:
    error = refusal(data)
    assert error.code == code
    assert str(error)[0].isupper() and str(error).endswith(".") and "%(" not in str(error)


ELSEWHERE = [
    ("xl/elsewhere/list.xml", "elsewhere/list.xml"),
    ("elsewhere/list.xml", "/elsewhere/list.xml"),
    ("xl/worksheets/list.bin", "worksheets/list.bin"),
    ("xl/worksheets/LIST.XML", "worksheets/list.xml"),
    ("xl\\elsewhere\\list.xml", "elsewhere/list.xml"),
    ("xl/e/../list.xml", "e/../list.xml"),
]


@pytest.mark.parametrize(("path", "target"), ELSEWHERE)
def test_a_sheet_is_looked_at_wherever_the_workbook_keeps_it(path: str, target: str) -> None:
    assert read(kept_elsewhere(GOOD, path, target)) == (LIST[0], [Row(2, tuple(LIST[1]))])
    for change, code in (
        (lambda _book, sheet: sheet.set_row(1, None, None, {"hidden": True}), "hidden_row"),
        (lambda _book, sheet: sheet.set_column(1, 1, 0), "hidden_column"),
        (lambda _book, sheet: sheet.write_formula("B3", "=1+1"), "formula"),
    ):
        assert refusal(kept_elsewhere(workbook(LIST, change), path, target)).code == code
    hidden = workbook(LIST, lambda book, _sheet: book.add_worksheet("notes").hide())
    assert refusal(kept_elsewhere(hidden, path, target)).code == "hidden_sheet"


def test_a_workbook_is_found_by_the_links_of_the_archive_not_by_its_name() -> None:
    hidden = workbook(LIST, lambda _book, sheet: sheet.set_row(1, None, None, {"hidden": True}))
    for data, code in ((GOOD, ""), (hidden, "hidden_row")):
        moved = renamed(data, {"xl/": "book/"})
        moved = with_part(
            moved, "_rels/.rels", lambda xml: xml.replace(b"xl/workbook", b"book/workbook")
        )
        if code:
            assert refusal(moved).code == code
        else:
            assert read(moved)[0] == LIST[0]
    beside = renamed(hidden, {"xl/workbook.xml": "xl/true.xml", LINKS: "xl/_rels/true.xml.rels"})
    beside = with_part(beside, "_rels/.rels", lambda xml: xml.replace(b"xl/workbook", b"xl/true"))
    beside = with_part(beside, "xl/workbook.xml", lambda _part: b"<workbook/>")
    assert (
        refusal(kept_elsewhere(beside, "xl/list.xml", "list.xml", "xl/_rels/true.xml.rels")).code
        == "hidden_row"
    )


@pytest.mark.parametrize(
    "links",
    [
        lambda xml: xml.replace(b"worksheets/sheet1.xml", b"worksheets/absent.xml"),
        lambda xml: xml.replace(b"relationships/worksheet", b"relationships/unheard-of"),
        lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml,
        lambda xml: xml[:-20],
    ],
)
def test_a_workbook_whose_sheet_cannot_be_found_for_certain_is_refused(
    links: Callable[[bytes], bytes],
) -> None:
    assert refusal(with_part(GOOD, LINKS, links)).code == "damaged"


def test_an_archive_that_is_a_text_and_no_workbook_is_no_table() -> None:
    letter = renamed(GOOD, {"xl/workbook.xml": "word/document.xml", LINKS: "word/_rels/none.rels"})
    assert refusal(letter).code == "not_a_table"


@pytest.mark.parametrize("told", ["1", "true"])
def test_dates_of_a_workbook_that_counts_from_1904_are_the_days_it_shows(told: str) -> None:
    days = [date(1990, 3, 4), date(1904, 1, 2), date(2026, 2, 28), date(2024, 2, 29)]
    rows = [["Name", "Born"], *(["Ada", day] for day in days)]
    book = with_part(
        workbook(rows, date_1904=True), "xl/workbook.xml",
        lambda xml: xml.replace(b'date1904="1"', f'date1904="{told}"'.encode()),
    )  # fmt: skip
    assert b"date1904" in zipfile.ZipFile(io.BytesIO(book)).read("xl/workbook.xml")
    assert [row.cells[1] for row in read(book)[1]] == days
    assert [row.cells[1] for row in read(workbook(rows))[1]] == days


def test_a_small_file_that_unpacks_to_a_giant_is_refused() -> None:
    assert refusal(unpacking_to(GOOD, 600 << 20)).code == "bomb"


def test_a_refusal_names_row_column_or_cell() -> None:
    assert str(refusal(b'A,B\n1,2\n"x')).startswith("Row 3: ")
    assert str(refusal(b"A,B,a\n1,2,3\n")).startswith(
        "Column 3: The column has the same header as column 1."
    )
    assert "Cell B3" in str(
        refusal(workbook(LIST, lambda _book, sheet: sheet.write_formula("B3", "=1+1")))
    )


def test_a_cell_in_the_last_corner_takes_no_memory_of_ours() -> None:
    assert refusal(far_corner(GOOD)).code in ("too_large", "damaged")


def test_shared_strings_within_the_limit_on_disk_still_meet_the_limit_on_memory() -> None:
    small = replace(DEFAULT_LIMITS, memory=256 << 20)
    assert refusal(unpacking_to(GOOD, 400 << 20), small).code == "too_large"


def test_processor_time_and_size_are_limited() -> None:
    slow = replace(DEFAULT_LIMITS, cpu_seconds=1)
    assert (
        refusal(b"A,B\n" + b"1,2\n" * 3_000_000, replace(slow, rows=10_000_000)).code == "too_slow"
    )
    assert (
        refusal(b"A\n" + b"1\n" * 100, replace(DEFAULT_LIMITS, size=100)).code == "file_too_large"
    )
    assert refusal(b"A\n" + b"1\n" * 100, replace(DEFAULT_LIMITS, rows=99)).code == "too_many_rows"


def test_a_reader_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    hanging = replace(DEFAULT_LIMITS, stall_seconds=0)
    assert refusal(b"A\n1\n", hanging).code == "too_slow"


def test_the_reader_knows_no_key_and_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("ROOT_KEY", "not for the reader")
    assert read(b"A\n1\n")[1] == [Row(2, ("1",))]


def test_the_shared_lists_are_read_whole(shared_data: Path) -> None:
    for name, rows in (
        ("roster-6252.csv", 6252),
        ("roster-with-duplicates.xlsx", 6391),
        ("facilities.csv", 1615),
    ):
        with open_table(shared_data / name) as table:
            assert sum(table.fits(row) for row in table) == rows
