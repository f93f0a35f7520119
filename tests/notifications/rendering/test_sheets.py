"""The delivery sheet lists exactly its letters and tells nothing about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pypdfium2 as pdfium
import pytest

from breach.core.references import new_reference
from notifications.rendering.sheets import SheetInput, SheetRow, render_sheet
from notifications.rendering.verifier import check_sheet

from .cast import FACTS, NAMES

ROWS = tuple(
    SheetRow(new_reference("D"), name, "4821", "Spanish", "" if index else "Mam")
    for index, name in enumerate(NAMES)
)
SHEET = SheetInput(
    batch_number=new_reference("B"),
    facility_name="EXAMPLE COUNTY JAIL",
    facility_code="EXAMPXX",
    dated=date(2031, 3, 20),
    rows=ROWS,
    agency_name=FACTS.agency_name,
    contact_phone=FACTS.contact_phone,
)


EXPECTED = {row.reference: row.name for row in ROWS}


def findings(sheet: SheetInput, expected: dict[str, str]) -> tuple[str, ...]:
    return check_sheet(
        render_sheet(sheet).pdf, batch=sheet.batch_number, place=sheet.facility_name, names=expected
    )


def test_a_sheet_lists_each_letter_once_and_passes_the_verifier() -> None:
    assert findings(SHEET, EXPECTED) == ()


def test_a_row_too_many_or_too_few_is_found() -> None:
    sentence = "The sheet does not list exactly the letters of its batch, each once."
    assert sentence in findings(replace(SHEET, rows=ROWS[1:]), EXPECTED)
    assert sentence in findings(replace(SHEET, rows=(*ROWS, ROWS[0])), EXPECTED)
    stranger = replace(ROWS[0], reference=new_reference("D"))
    assert sentence in findings(replace(SHEET, rows=(*ROWS, stranger)), EXPECTED)


def test_names_shifted_by_one_row_are_found() -> None:
    shifted = tuple(replace(row, name=ROWS[index - 1].name) for index, row in enumerate(ROWS))
    assert findings(replace(SHEET, rows=shifted), EXPECTED) == (
        "The sheet has a name next to another person's reference.",
    )


def test_a_sheet_that_tells_what_the_letters_are_about_is_found() -> None:
    telling = replace(SHEET, rows=(replace(ROWS[0], reads="Spanish, asks for asylum"), *ROWS[1:]))
    assert "The sheet reveals what the letters are about (1 words)." in findings(telling, EXPECTED)


def test_a_facility_may_have_such_a_word_in_its_name() -> None:
    assert findings(replace(SHEET, facility_name="DETENTION & DEPORTATION"), EXPECTED) == ()


def test_the_officer_finds_the_person_and_the_interpreter() -> None:
    document = pdfium.PdfDocument(render_sheet(SHEET).pdf)
    text = " ".join(document[0].get_textpage().get_text_range().split())
    assert NAMES[0] in text
    assert "Number ends in 4821" in text
    assert "Letter in: Spanish" in text
    assert "Interpreter: Mam" in text


def test_every_page_with_rows_has_the_heading_and_every_page_the_batch() -> None:
    document = pdfium.PdfDocument(render_sheet(SHEET).pdf)
    assert len(document) > 1
    for page in document:
        text = page.get_textpage().get_text_range()
        assert ("What happened" in text) == ("Number ends in" in text)
        assert f"Batch {SHEET.batch_number}" in text


@pytest.mark.parametrize("letters", [4, 5, 6, 7, 12])
def test_nobody_signs_a_page_on_which_no_letter_stands(letters: int) -> None:
    rows = tuple(replace(ROWS[1], reference=new_reference("D")) for _number in range(letters))
    document = pdfium.PdfDocument(render_sheet(replace(SHEET, rows=rows)).pdf)
    last = " ".join(document[len(document) - 1].get_textpage().get_text_range().split())
    assert f"Batch {SHEET.batch_number}, {letters} letters: I marked above" in last
    assert rows[-1].reference in last


def test_a_sheet_without_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one letter"):
        render_sheet(replace(SHEET, rows=()))
