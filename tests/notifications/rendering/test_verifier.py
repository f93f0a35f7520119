"""The verifier finds every way we know in which a letter can be wrong. Each test makes a wrong one."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from breach.core.references import new_reference
from notifications.rendering.letters import letter_html, render_letter
from notifications.rendering.outside_words import forbidden_words
from notifications.rendering.pdf import make_pdf
from notifications.rendering.templates import stylesheet
from notifications.rendering.verifier import check_letter, check_sheet

from .cast import NAMES, a_letter, expected

ANA, BEN = "Ana Lucía Prado", "Benjamín Ortega Ruiz"


def printed(html: str) -> bytes:
    return make_pdf(html, stylesheet("letter.css")).pdf


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def found(pdf: bytes, **changes: object) -> str:
    letter = a_letter(ANA, reference="AAAA-BBBB-CCCC")
    return " ".join(check_letter(pdf, expected(letter, **changes)))


@pytest.fixture(scope="module")
def html() -> str:
    return letter_html(a_letter(ANA, reference="AAAA-BBBB-CCCC"))


@pytest.fixture(scope="module")
def good() -> bytes:
    return render_letter(a_letter(ANA, reference="AAAA-BBBB-CCCC")).pdf


def test_a_good_letter_has_no_findings(good: bytes) -> None:
    assert found(good, foreign=(BEN, *NAMES)) == ""


def test_the_next_persons_letter_is_found() -> None:
    letter, neighbour = a_letter(ANA), a_letter(BEN)
    findings = check_letter(render_letter(neighbour).pdf, expected(letter))
    assert "A page does not carry the letter's own reference." in findings
    assert "The letter carries another letter's reference." in findings
    assert "The envelope's window does not show exactly the recipient's address." in findings
    assert "The letter does not name the person it is about." in findings


def test_an_address_shifted_by_one_row_is_found(html: str) -> None:
    shifted = html.replace(f"<p>{ANA}</p>", f"<p>{BEN}</p>")
    assert "window does not show exactly" in found(printed(shifted))


def test_a_greeting_shifted_by_one_row_is_found(html: str) -> None:
    shifted = html.replace(f"Dear {ANA}", f"Dear {BEN}")
    assert "does not name the person" in found(printed(shifted))
    assert "names another person in the same run" in found(printed(shifted), foreign=(BEN,))


def test_bodies_that_pile_up_are_found(html: str) -> None:
    start, end = html.index('<main class="notice">'), html.index("</main>") + len("</main>")
    other = letter_html(a_letter(BEN, reference="AAAA-BBBB-CCCC"))
    piled = (
        html[:end]
        + other[other.index('<main class="notice">') : other.index("</main>")]
        + "</main>"
        + html[end:]
    )
    assert "appears twice" in found(printed(piled))
    longer = html[:end] + html[start:end] * 3 + html[end:]
    assert "The letter has 9 pages." in found(printed(longer))


def test_a_second_reference_anywhere_is_found(html: str) -> None:
    stray = html.replace("</main>", f"<p>{new_reference('D')}</p></main>")
    assert "another letter's reference" in found(printed(stray))


def test_a_missing_section_is_found(html: str) -> None:
    assert "heading is missing" in found(printed(html.replace("<h2>What You Can Do</h2>", "")))


@pytest.mark.parametrize(
    "word",
    ["asylum", "Persecution", "data breach", "asilo", "persecución", "TEMOR", "azil", "asile", "убежище",
     "庇护", "ਸ਼ਰਨ", "لجوء", "शरण", "ጥገኝነት", "vazamento de dados", "sığınma"],
)  # fmt: skip
def test_page_one_may_not_tell_in_any_language(html: str, word: str) -> None:
    telling = html.replace('<p class="opening">', f'<p class="opening">{word} ')
    assert "Page one reveals what the letter is about" in found(printed(telling))


def test_a_surname_that_is_such_a_word_is_no_finding() -> None:
    letter = a_letter("Rosa Temor Asilo")
    assert check_letter(render_letter(letter).pdf, expected(letter)) == ()


def test_anything_else_in_the_window_is_found(html: str) -> None:
    visible = html.replace('<div class="address">', '<div class="address"><p>A000 100 000</p>')
    assert "window does not show exactly" in found(printed(visible))


def test_an_address_that_runs_out_of_the_window_is_found() -> None:
    letter = a_letter(ANA, address=("Ana " * 28, *["Lange Straße " * 8] * 5))
    assert "window does not show" in " ".join(
        check_letter(render_letter(letter).pdf, expected(letter))
    )


def test_attachments_scripts_and_links_are_found(good: bytes) -> None:
    def attach(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["x.txt"] = b"x"

    def script(pdf: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
        names = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("x"), action]))
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=names)

    def link(pdf: pikepdf.Pdf) -> None:
        uri = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://tracker.example/")
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=uri
        )
        pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note)]))

    for change in (attach, script, link):
        assert "attachments, scripts, links" in found(changed(good, change))


def test_properties_that_say_too_much_are_found(good: bytes) -> None:
    def author(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Author"] = "Unit 7"

    def title(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Title"] = "Notice of Data Breach"

    for change in (author, title):
        assert "properties say more" in found(changed(good, change))


def test_a_lost_page_is_found(good: bytes) -> None:
    def lose(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[2]

    assert "heading is missing" in found(changed(good, lose))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7 cut", b"\x00" * 100])
def test_a_broken_file_is_a_finding_and_not_an_error(pdf: bytes) -> None:
    assert found(pdf) == "The file is not a readable PDF."
    assert check_sheet(pdf, batch="B", place="", names={}) == ("The file is not a readable PDF.",)


def test_findings_never_repeat_a_name(html: str) -> None:
    findings = found(printed(html.replace(ANA, BEN)), foreign=(BEN,))
    assert findings
    assert ANA not in findings
    assert BEN not in findings


@pytest.mark.parametrize(
    "text", ["Important letter", "Carta importante", "Please call us", "nofearsome"]
)
def test_ordinary_words_are_not_forbidden(text: str) -> None:
    assert forbidden_words(text) == frozenset()
