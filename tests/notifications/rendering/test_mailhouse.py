"""Print jobs: nobody's pages share a sheet with somebody else's, and every byte is accounted for."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from datetime import date

import pikepdf
import pypdfium2 as pdfium
import pytest

from notifications.rendering.letters import render_letter
from notifications.rendering.mailhouse import BatchLetter, BatchRefused, MailBatch, combine
from notifications.rendering.outside_words import forbidden_words
from notifications.rendering.verifier import check_combined

from .cast import NAMES, a_letter


@pytest.fixture(scope="module")
def letters() -> list[BatchLetter]:
    rendered = [render_letter(a_letter(name)) for name in NAMES[:4]]
    return [BatchLetter(one.reference, one.pdf, one.sha256, one.pages) for one in rendered]


def job(letters: list[BatchLetter]) -> MailBatch:
    return combine("B-7", letters, date(2031, 3, 20), "Office of Custody Services")


def test_every_letter_starts_on_a_sheet_of_its_own(letters: list[BatchLetter]) -> None:
    made = job(letters)
    assert all(entry.first_page % 2 == 1 for entry in made.entries)
    assert (
        made.pages
        == len(pdfium.PdfDocument(made.pdf))
        == sum(one.pages + one.pages % 2 for one in letters)
    )
    assert check_combined(made.pdf, made.entries, [one.pdf for one in letters]) == ()


def test_the_manifest_has_references_pages_and_hashes_and_no_names(
    letters: list[BatchLetter],
) -> None:
    made = job(letters)
    rows = list(csv.DictReader(io.StringIO(made.manifest)))
    assert [(row["reference"], row["sha256"]) for row in rows] == [
        (one.reference, one.sha256) for one in letters
    ]
    assert list(rows[0]) == ["sequence", "reference", "first_page", "last_page", "pages", "sha256"]
    assert not any(name in made.manifest for name in NAMES)


def test_the_hashes_are_those_of_the_files(letters: list[BatchLetter]) -> None:
    made = job(letters)
    files = {
        "letters.pdf": made.pdf,
        "manifest.csv": made.manifest.encode(),
        "cover.pdf": made.cover_pdf,
    }
    assert made.hashes == "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()
    )
    assert job(letters) == made


def test_the_cover_shows_both_hashes_and_tells_nothing(letters: list[BatchLetter]) -> None:
    made = job(letters)
    text = "".join(
        page.get_textpage().get_text_range() for page in pdfium.PdfDocument(made.cover_pdf)
    )
    for digest in (made.pdf_sha256, made.manifest_sha256):
        assert digest[:32] in text
        assert digest[32:] in text
    assert forbidden_words(text) == frozenset()


def test_letters_for_a_facility_have_a_cover_about_carrying_and_not_about_mailing(
    letters: list[BatchLetter],
) -> None:
    made = combine("B-7", letters, date(2031, 3, 20), "Office of Custody Services", "EXAMPLE JAIL")
    document = pdfium.PdfDocument(made.cover_pdf)
    assert len(document) == 1
    text = " ".join(document[0].get_textpage().get_text_range().split())
    assert "Carry the package to EXAMPLE JAIL" in text
    assert "Date handed to the facility" in text
    assert "mailed" not in text
    assert "first class" not in text
    assert forbidden_words(text) == frozenset()


def test_changed_bytes_are_refused(letters: list[BatchLetter]) -> None:
    with pytest.raises(BatchRefused, match=letters[1].reference):
        job([letters[0], replace(letters[1], pdf=letters[2].pdf)])


def test_a_letter_twice_or_none_is_refused(letters: list[BatchLetter]) -> None:
    with pytest.raises(BatchRefused, match="twice"):
        job([letters[0], letters[0]])
    with pytest.raises(BatchRefused, match="at least one"):
        job([])


def test_a_wrong_count_of_pages_is_refused(letters: list[BatchLetter]) -> None:
    with pytest.raises(BatchRefused, match="number of pages"):
        job([replace(letters[0], pages=2)])


def test_swapped_pages_are_found(letters: list[BatchLetter]) -> None:
    made, out = job(letters), io.BytesIO()
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        page = pdf.pages[1]
        del pdf.pages[1]
        pdf.pages.insert(5, page)
        pdf.save(out)
    assert check_combined(out.getvalue(), made.entries, [one.pdf for one in letters]) != ()


def test_a_manifest_shifted_by_one_is_found(letters: list[BatchLetter]) -> None:
    made = job(letters)
    shifted = [replace(entry, first_page=entry.first_page + 1) for entry in made.entries]
    assert check_combined(made.pdf, shifted, [one.pdf for one in letters]) != ()
    turned = [made.entries[1], made.entries[0], *made.entries[2:]]
    assert check_combined(made.pdf, turned, [one.pdf for one in letters]) != ()
