"""One letter for one recipient: the signed words, this person's facts, one finished PDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template import Context
from django.utils.html import format_html
from django.utils.translation import gettext as _

from notifications.placeholders import fill, printable

from .fonts import unprintable
from .pdf import Document, make_pdf
from .templates import qr_code, stylesheet, template
from .wording import ROLES, Block, Facts, Wording

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
    role: str  # one of wording.ROLES
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
    foreign = [line.tag for line in letter.wording.content.cover.languages]
    document: Document = make_pdf(
        letter_html(letter), stylesheet("letter.css"), list_languages=foreign
    )
    return RenderedLetter(
        document.pdf, document.sha256, document.pages, letter.reference, letter.wording.language
    )


def letter_html(letter: LetterInput) -> str:
    """The letter as one self-contained HTML page without styles."""
    _check(letter)
    return template("letter.html").render(Context(_context(letter)))


def _check(letter: LetterInput) -> None:
    words = letter.wording.content
    language = {"language": words.language}
    if letter.role not in ROLES:
        raise LetterRefused(
            _("There is no wording for this kind of recipient: %(role)s.") % {"role": letter.role}
        )
    if letter.posture not in words.postures:
        raise LetterRefused(
            _("The wording (%(language)s) has no paragraph for the posture %(posture)s.")
            % {**language, "posture": letter.posture}
        )
    if not letter.elements:
        raise LetterRefused(
            _("No data element is recorded for this person: record what was exposed first.")
        )
    if unknown := sorted(set(letter.elements) - words.elements.keys()):
        raise LetterRefused(
            _("The wording (%(language)s) has no words for the data elements %(elements)s.")
            % {**language, "elements": ", ".join(unknown)}
        )
    _check_address(letter.address)
    strange = unprintable(
        printable(" ".join([*letter.address, letter.person_name, letter.recipient_name]))
    )
    if strange:
        raise LetterRefused(
            _(
                "The name or address has %(count)d characters that no font here can print: write them another way."
            )
            % {"count": len(strange)}
        )


def _check_address(lines: tuple[str, ...]) -> None:
    if not lines or any(not line.strip() for line in lines):
        raise LetterRefused(
            _("The address block has an empty line: give the recipient's name and address.")
        )
    if len(lines) > ADDRESS_LINES:
        raise LetterRefused(
            _("The address block has %(found)d lines; the envelope's window shows %(most)d.")
            % {"found": len(lines), "most": ADDRESS_LINES}
        )
    if any(len(line) > ADDRESS_CHARACTERS for line in lines):
        raise LetterRefused(
            _("A line of the address block is longer than %(most)d characters.")
            % {"most": ADDRESS_CHARACTERS}
        )


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
            *("agency_name", "contact_phone", "contact_email", "contact_address"),
            *("signatory_name", "signatory_title"),
        )
    }
    return (
        days
        | texts
        | {
            "reference": letter.reference,
            "recipient_name": letter.recipient_name,
            "person_name": letter.person_name,
            "counsel_name": letter.counsel_name,
            "hold_days": str(facts.hold_days or ""),
            "copy_to_person": "yes" if facts.copy_to_person else "",
        }
    )


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
            "points": [
                {"lead": point.lead, "text": fill(point.text, values)}
                for point in words.cover.points
            ],
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
        return {
            "kind": "elements",
            "items": [names[element] for element in names if element in letter.elements],
        }
    if block.kind == "posture":
        return {
            "kind": "text",
            "text": fill(words.postures[letter.posture].for_role(letter.role), values),
        }
    return {
        "kind": block.kind,
        "text": fill(block.text, values) if block.text else "",
        "items": [fill(item, values) for item in block.items],
    }


def _two_columns(items: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    half = (len(items) + 1) // 2
    return items[:half], items[half:]


def direction_of(tag: str) -> str:
    """``rtl`` or ``ltr`` for a BCP 47 language tag."""
    return "rtl" if tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"
