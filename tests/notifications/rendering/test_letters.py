"""Finished letters: accessible, neutral outside, the same bytes every time, refused rather than wrong."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import product

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from breach.models import DataElement, Posture
from notifications.placeholders import MissingValue
from notifications.rendering.letters import LetterRefused, render_letter
from notifications.rendering.verifier import check_letter
from notifications.rendering.wording import ROLES, standard_wording

from .cast import FACTS, NAMES, a_letter, expected

LANGUAGES = sorted(standard_wording())
SMALLEST_TYPE = 10.5  # points; California asks for 10
FOOTER_TOP = 62  # points from the page's lower edge


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_variant_is_printed_on_three_pages_and_passes_the_verifier(
    language: str, role: str
) -> None:
    for posture in Posture.values:
        letter = a_letter(language=language, role=role, posture=posture)
        if role != "person":
            letter = replace(letter, recipient_name="Alex Moreno")
        rendered = render_letter(letter)
        assert rendered.pages == 3
        assert check_letter(rendered.pdf, expected(letter)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_are_printed(name: str) -> None:
    letter = a_letter(name, "es")
    assert check_letter(render_letter(letter).pdf, expected(letter)) == ()


def test_the_longest_letter_still_fits() -> None:
    name = NAMES[2]
    letter = a_letter(
        name, "es", elements=tuple(DataElement.values), posture="positive_fear", counsel_name=name,
        address=(name, "c/o Adams County Correctional Center", "20 Hobo Fork Road", "Natchez, MS 39120"),
    )  # fmt: skip
    rendered = render_letter(letter)
    assert rendered.pages <= 4
    assert check_letter(rendered.pdf, expected(letter)) == ()


def test_the_same_letter_is_the_same_bytes() -> None:
    letter = a_letter()
    assert render_letter(letter).sha256 == render_letter(letter).sha256
    assert render_letter(replace(letter, posture="removed")).sha256 != render_letter(letter).sha256


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_has_its_language_and_a_neutral_title(language: str) -> None:
    with pikepdf.open(io.BytesIO(render_letter(a_letter(language=language)).pdf)) as pdf:
        assert pdf.Root.Lang == language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        assert dict(pdf.docinfo) == {"/Title": "Letter", "/Producer": pdf.docinfo.Producer}


def test_each_foreign_sentence_on_page_one_is_marked_with_its_language() -> None:
    letter = a_letter()
    with pikepdf.open(io.BytesIO(render_letter(letter).pdf)) as pdf:
        tagged = [
            str(item.Lang)
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/Lang" in item
        ]
    assert sorted(tagged) == sorted(
        ["en", *(line.tag for line in letter.wording.content.cover.languages)]
    )


def test_only_our_truetype_fonts_are_embedded() -> None:
    with pikepdf.open(io.BytesIO(render_letter(a_letter(NAMES[5])).pdf)) as pdf:
        fonts = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/FontName" in item
        ]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font
            assert str(font.FontName).split("+")[1].startswith(("Noto-", "Droid-Sans-Fallback"))


def test_the_notice_is_printed_large_enough_to_read() -> None:
    document = pdfium.PdfDocument(render_letter(a_letter()).pdf)
    for number in range(1, len(document)):
        text = document[number].get_textpage()
        for index in range(text.count_chars()):
            _left, bottom, _right, _top = text.get_charbox(index)
            if bottom > FOOTER_TOP and text.get_text_range(index, 1).strip():
                # The size is in CSS pixels scaled by the page's matrix, as WeasyPrint writes it.
                assert pdfium_c.FPDFText_GetFontSize(text, index) * 0.75 >= SMALLEST_TYPE


def test_a_letter_without_signatory_is_refused_and_says_so() -> None:
    with pytest.raises(MissingValue, match="contact_phone"):
        render_letter(a_letter(facts=replace(FACTS, contact_phone="")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"address": ()}, "empty line"),
        ({"address": ("A Name", " ")}, "empty line"),
        ({"address": tuple("1234567")}, "7 lines"),
        ({"address": ("N" * 200, "Springfield")}, "longer than 120"),
        ({"posture": "abroad"}, "posture abroad"),
        ({"elements": ()}, "No data element"),
        ({"elements": ("name", "shoe_size")}, "shoe_size"),
        ({"role": "court"}, "court"),
        ({"person_name": "Anna 𓀀"}, "1 characters that no font"),
    ],
)
def test_a_letter_that_would_be_wrong_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(LetterRefused, match=sentence):
        render_letter(a_letter(**changes))  # type: ignore[arg-type]  # one name, many kinds of values


def test_a_name_cannot_reorder_the_text_beside_it() -> None:
    letter = a_letter("Ana\u202e Perez")
    assert (
        check_letter(
            render_letter(letter).pdf, expected(letter, address=("Ana Perez", *letter.address[1:]))
        )
        == ()
    )


def test_all_pairs_of_postures_differ() -> None:
    pages = {
        (role, posture): render_letter(
            a_letter(role=role, posture=posture, reference="AAAA-BBBB-CCCC")
        ).sha256
        for role, posture in product(ROLES[:1], Posture.values)
    }
    assert len(set(pages.values())) == len(pages)
