"""One letter for one recipient: the signed words, this person's facts, one finished PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pydyf
import segno
from django.template import Context, Engine, Template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from notifications.placeholders import fill, printable

from .pdf import Document, make_pdf
from .wording import Block, Facts, Role, Wording

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
ADDRESS_LINES = 6  # what the envelope's window shows
ADDRESS_CHARACTERS = 120  # per line; wraps to at most three printed lines
RIGHT_TO_LEFT = frozenset({"ar", "fa", "prs", "ps", "ur", "he", "dv", "ckb", "ug", "sd", "pnb"})


class LetterRefused(ValueError):
    """This letter cannot be written as asked. The message says what to do and carries no personal data."""


@dataclass(frozen=True, slots=True)
class LetterInput:
    """Everything a letter is made of. `address` is the window block, its first line the recipient."""

    reference: str
    wording: Wording
    facts: Facts
    role: Role
    posture: str
    elements: tuple[str, ...]
    person_name: str
    recipient_name: str
    address: tuple[str, ...]
    dated: date
    counsel_name: str = ""  # of a represented person who gets a copy


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A finished letter. These bytes are kept; nothing is ever rendered again."""

    pdf: bytes
    sha256: str
    pages: int
    reference: str
    language: str


def render_letter(letter: LetterInput) -> RenderedLetter:
    """The letter as PDF/UA. Raises LetterRefused, MissingValue, UnknownPlaceholder or FetchRefused."""
    document: Document = make_pdf(
        letter_html(letter), stylesheet("letter.css"), finish=_mark_languages(letter.wording)
    )
    return RenderedLetter(document.pdf, document.sha256, document.pages, letter.reference, letter.wording.language)


def letter_html(letter: LetterInput) -> str:
    """The letter as one self-contained HTML page without styles."""
    _check(letter)
    return template("letter.html").render(Context(_context(letter)))


def _check(letter: LetterInput) -> None:
    words = letter.wording.content
    if not letter.address or any(not line.strip() for line in letter.address):
        raise LetterRefused("The address block has an empty line: give the recipient's name and address.")
    if len(letter.address) > ADDRESS_LINES:
        raise LetterRefused(f"The address block has {len(letter.address)} lines; the window shows {ADDRESS_LINES}.")
    if any(len(line) > ADDRESS_CHARACTERS for line in letter.address):
        raise LetterRefused(f"A line of the address block is longer than {ADDRESS_CHARACTERS} characters.")
    if letter.posture not in words.postures:
        raise LetterRefused(f"The wording ({words.language}) has no paragraph for the posture {letter.posture}.")
    if unknown := sorted(set(letter.elements) - words.elements.keys()):
        raise LetterRefused(f"The wording ({words.language}) has no words for the data elements {', '.join(unknown)}.")
    if not letter.elements:
        raise LetterRefused("No data element is recorded for this person: record what was exposed first.")


def _values(letter: LetterInput) -> dict[str, str]:
    """Every placeholder's value as printed; absent ones are empty."""
    facts, dates = letter.facts, letter.wording.content.dates
    days = {
        name: dates.write(day) if (day := getattr(facts, name)) else ""
        for name in ("occurred", "discovered", "contained", "extract_as_of")
    }
    texts = {
        name: getattr(facts, name)
        for name in (
            "agency_name", "contact_phone", "contact_email", "contact_address", "signatory_name", "signatory_title",
        )
    }  # fmt: skip
    return days | texts | {
        "reference": letter.reference,
        "recipient_name": letter.recipient_name,
        "person_name": letter.person_name,
        "counsel_name": letter.counsel_name,
        "hold_days": str(facts.hold_days or ""),
        "copy_to_person": "yes" if facts.copy_to_person else "",
    }


def _context(letter: LetterInput) -> dict[str, Any]:
    words, facts, values = letter.wording.content, letter.facts, _values(letter)
    lines = [line for line in facts.contact_address.splitlines() if line.strip()]
    footer = words.page.footer.replace("{pages}", "").split("{page}")
    return {
        "title": "Letter",  # neutral: viewers and file dialogs show it
        "language": words.language,
        "direction": words.direction,
        "reference": letter.reference,
        "code": qr_code(letter.reference),
        "facts": facts,
        "page": words.page,
        "footer": footer,
        "sender_lines": lines,
        "address": [printable(line) for line in letter.address],
        "cover": {
            "title": words.cover.title,
            "opening": words.cover.opening,
            "reference": words.cover.reference,
            "points": [{"lead": point.lead, "text": fill(point.text, values)} for point in words.cover.points],
            "languages_title": fill(words.cover.languages_title, values),
            "languages": _two_columns(
                [
                    {"tag": line.tag, "text": line.text, "direction": direction_of(line.tag)}
                    for line in words.cover.languages
                ]
            ),
        },
        "notice": words.notice,
        "dated": words.dates.write(letter.dated),
        "greeting": fill(words.notice.greeting.for_role(letter.role), values),
        "sections": list(_sections(letter, values)),
        "contacts": [
            (words.notice.phone, facts.contact_phone),
            (words.notice.email, facts.contact_email),
            (words.notice.post, ", ".join([facts.agency_name, *lines])),
        ],
    }


def _sections(letter: LetterInput, values: dict[str, str]) -> Iterator[dict[str, Any]]:
    present = frozenset(name for name, value in values.items() if value)
    for section in letter.wording.content.sections:
        blocks: list[dict[str, Any]] = []
        for block in section.blocks:
            if not block.is_for(letter.role, letter.posture, present):
                continue
            printed = _block(block, letter, values)
            if block.join and blocks and blocks[-1]["kind"] == "text":
                blocks[-1]["text"] = format_html("{} {}", blocks[-1]["text"], printed["text"])
            else:
                blocks.append(printed)
        if blocks:
            yield {"heading": section.heading, "blocks": blocks}


def _block(block: Block, letter: LetterInput, values: dict[str, str]) -> dict[str, Any]:
    words = letter.wording.content
    if block.kind == "elements":
        names = words.elements if letter.role == "person" else words.elements_of_another
        return {"kind": "elements", "items": [names[element] for element in names if element in letter.elements]}
    if block.kind == "posture":
        return {"kind": "text", "text": fill(words.postures[letter.posture].for_role(letter.role), values)}
    return {
        "kind": block.kind,
        "text": fill(block.text, values) if block.text else "",
        "items": [fill(item, values) for item in block.items],
    }


def _mark_languages(wording: Wording) -> Callable[[Any, Any], None]:
    """Tell screen readers the language of each foreign sentence on page one, which WeasyPrint leaves out."""
    tags = [line.tag for line in wording.content.cover.languages]

    def finish(_document: Any, pdf: Any) -> None:
        items = [entry for entry in pdf.objects if isinstance(entry, pydyf.Dictionary) and entry.get("S") == "/LI"]
        for item, tag in zip(items, tags, strict=False):  # page one's are the first list items of the letter
            item["Lang"] = pydyf.String(tag)

    return finish


def _two_columns(items: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    half = (len(items) + 1) // 2
    return items[:half], items[half:]


def direction_of(tag: str) -> str:
    """``rtl`` or ``ltr`` for a BCP 47 language tag."""
    return "rtl" if tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def qr_code(reference: str) -> SafeString:
    """The opaque reference as an inline SVG picture; nothing else is in the code."""
    code = segno.make_qr(reference, error="m")
    svg = code.svg_inline(omitsize=True, border=0, title=f"QR: {reference}", unit=None, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - written by segno from characters of the reference alphabet


@cache
def template(name: str) -> Template:
    """A packaged template of templates/letters, compiled once, always escaping."""
    return Engine(dirs=[str(TEMPLATES)], autoescape=True).get_template(f"letters/{name}")


@cache
def stylesheet(name: str) -> str:
    return (TEMPLATES / "letters" / name).read_text("utf-8")
