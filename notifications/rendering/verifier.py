"""Reads a finished PDF again with another library and compares it with what should be there.

It shares no code with the renderer. A finding is one sentence without names; no findings means good.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from django.utils.translation import gettext as _

from .mailhouse import ManifestEntry
from .outside_words import forbidden_words

PAGES = range(2, 7)  # a cover and the notice; more means that something piled up
INCH = 72
# What a #10 window can ever show when the letter slides in its envelope: x 0-5.4 in, y 1.95-3.7 in from the top.
WINDOW_RIGHT, WINDOW_TOP, WINDOW_BOTTOM = 5.4 * INCH, 1.95 * INCH, 3.7 * INCH
SHORTEST_TELLING_NAME = 5  # letters; shorter names are parts of ordinary words

_REFERENCE = re.compile(
    r"(?<![0-9A-Z-])(?:[0-9A-Z]-)?[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![0-9A-Z-])"
)
_PDFIUM = threading.Lock()  # PDFium is not thread-safe


@dataclass(frozen=True, slots=True)
class ExpectedLetter:
    """What the letter must say, read from the records and not from the renderer's input.

    `headings` stand on lines of their own, once: a second one means that bodies piled up. `foreign` are names of
    other people whose letters were made in the same run.
    """

    reference: str
    address: tuple[str, ...]
    person_name: str
    headings: tuple[str, ...]
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What another library sees in the file."""

    pages: tuple[str, ...]
    window: str  # text in the window's zone of page one
    title: str
    other_metadata: bool
    attachments: int
    scripts: int
    annotations: int
    whole: str = field(default="")


class Unreadable(ValueError):
    """The file is not a PDF that can be read."""


def check_letter(pdf: bytes, expected: ExpectedLetter) -> tuple[str, ...]:
    """Findings about one letter; empty is good."""
    try:
        read = _read(pdf)
    except Unreadable:
        return (_("The file is not a readable PDF."),)
    return (
        *_about_the_file(read),
        *_about_references(read, expected.reference),
        *_about_the_window(read, expected.address),
        *_about_page_one(read),
        *_about_the_body(read, expected),
    )


def check_sheet(pdf: bytes, *, batch: str, place: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Findings about a delivery sheet: exactly these letters, each once, beside the right name (by reference)."""
    try:
        read = _read(pdf)
    except Unreadable:
        return (_("The file is not a readable PDF."),)
    findings = list(_about_the_file(read, limit_pages=False))
    text = read.whole.replace(batch, " ")
    listed = _REFERENCE.findall(text)
    if sorted(listed) != sorted(names):
        findings.append(_("The sheet does not list exactly the letters of its batch, each once."))
    rows = zip(listed, _REFERENCE.split(text)[1:], strict=True)
    if any(
        not re.match(_pattern(names.get(reference, "")), _letters(row)) for reference, row in rows
    ):
        findings.append(_("The sheet has a name next to another person's reference."))
    if words := forbidden_words(_without(text, [place, *names.values()])):
        findings.append(
            _("The sheet reveals what the letters are about (%(count)d words).")
            % {"count": len(words)}
        )
    return tuple(findings)


def check_combined(
    pdf: bytes, entries: Sequence[ManifestEntry], letters: Sequence[bytes]
) -> tuple[str, ...]:
    """Findings about a print job: every page where the manifest says, every letter on sheets of its own."""
    try:
        combined = _read(pdf)
        originals = [_read(letter) for letter in letters]
    except Unreadable:
        return (_("The file is not a readable PDF."),)
    findings = []
    expected: list[str] = []
    for entry, original in zip(entries, originals, strict=True):
        if entry.first_page != len(expected) + 1 or entry.last_page - entry.first_page + 1 != len(
            original.pages
        ):
            findings.append(
                _("The manifest's pages for %(reference)s are wrong.")
                % {"reference": entry.reference}
            )
        if any(
            _REFERENCE.findall(page) != [entry.reference] * page.count(entry.reference)
            for page in original.pages
        ):
            findings.append(
                _("Letter %(reference)s carries another reference.")
                % {"reference": entry.reference}
            )
        expected += original.pages
        expected += [""] * (len(expected) % 2)
    if list(combined.pages) != expected:
        findings.append(
            _("The print job's pages are not the pages of its letters, one letter after the other.")
        )
    return tuple(findings)


def _about_the_file(read: _Read, *, limit_pages: bool = True) -> Iterator[str]:
    if limit_pages and len(read.pages) not in PAGES:
        yield _("The letter has %(count)d pages.") % {"count": len(read.pages)}
    if read.attachments or read.scripts or read.annotations:
        yield _("The file has attachments, scripts, links or notes; it may have none.")
    if read.other_metadata or _REFERENCE.search(read.title) or forbidden_words(read.title):
        yield _("The file's properties say more than a neutral title.")


def _about_references(read: _Read, own: str) -> Iterator[str]:
    if any(own not in page for page in read.pages):
        yield _("A page does not carry the letter's own reference.")
    if set(_REFERENCE.findall(read.whole)) - {own}:
        yield _("The letter carries another letter's reference.")


def _about_the_window(read: _Read, address: tuple[str, ...]) -> Iterator[str]:
    if not _same_text(read.window, address):
        yield _("The envelope's window does not show exactly the recipient's address.")


def _about_page_one(read: _Read) -> Iterator[str]:
    if words := forbidden_words(_without(read.pages[0], read.window.splitlines())):
        yield _("Page one reveals what the letter is about (%(count)d words).") % {
            "count": len(words)
        }


def _about_the_body(read: _Read, expected: ExpectedLetter) -> Iterator[str]:
    body = _letters(" ".join(read.pages[1:]))
    if not re.search(_pattern(expected.person_name), body):
        yield _("The letter does not name the person it is about.")
    lines = [_squeeze(line) for line in read.whole.splitlines()]
    if any(lines.count(_squeeze(heading)) != 1 for heading in expected.headings):
        yield _("A heading is missing or appears twice.")
    whole = _letters(read.whole)
    own = _letters(" ".join([*expected.address, expected.person_name]))
    foreign = {_letters(name) for name in expected.foreign}
    if any(
        len(name) >= SHORTEST_TELLING_NAME and name in whole and name not in own for name in foreign
    ):
        yield _("The letter names another person in the same run.")


def _without(text: str, names: Iterable[str]) -> str:
    """The text without names and addresses: a surname or a street may be one of the words looked for."""
    parts = sorted({part for name in names for part in name.split()}, key=len, reverse=True)
    if not parts:
        return text
    return re.sub(r"(?<!\w)(?:" + "|".join(map(re.escape, parts)) + r")(?!\w)", " ", text)


def _same_text(found: str, lines: tuple[str, ...]) -> bool:
    """Whether the text found is these lines, spaces aside."""
    if _squeeze(found) == _squeeze("".join(lines)):
        return True
    exact = [line for line in lines if not _has_marks(line)]
    return (
        len(exact) < len(lines)
        and all(_squeeze(line) in _squeeze(found) for line in exact)
        and re.fullmatch(_pattern("".join(lines)), _letters(found)) is not None
    )


def _pattern(text: str) -> str:
    """A regular expression for the letters of a text.

    In scripts with vowel signs that are drawn before their letter, a PDF has glyphs that stand for no character;
    extraction shows them as one stray sign each.
    """
    stray = ".?" if _has_marks(text) else ""
    return stray + stray.join(map(re.escape, _letters(text))) + stray


def _has_marks(text: str) -> bool:
    return any(
        unicodedata.category(character).startswith("M")
        for character in unicodedata.normalize("NFC", text)
    )


def _squeeze(text: str) -> str:
    """Without spaces, line breaks and invisible characters, which a PDF does not keep."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(
        character for character in normal if unicodedata.category(character)[0] not in "ZC"
    )


def _letters(text: str) -> str:
    """Only the letters, without case: what every text extraction agrees on."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in normal if unicodedata.category(character)[0] == "L")


def _read(pdf: bytes) -> _Read:
    with _opened(pdf) as document:
        pages, window, annotations = [], "", 0
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            pages.append(text.get_text_range())
            annotations += pdfium_c.FPDFPage_GetAnnotCount(page)
            if number == 0:
                height = page.get_height()
                window = text.get_text_bounded(
                    left=0,
                    right=WINDOW_RIGHT,
                    top=height - WINDOW_TOP,
                    bottom=height - WINDOW_BOTTOM,
                )
        metadata = document.get_metadata_dict(skip_empty=True)
        return _Read(
            pages=tuple(pages),
            window=window,
            title=metadata.get("Title", ""),
            other_metadata=bool(metadata.keys() - {"Title", "Producer"}),
            attachments=pdfium_c.FPDFDoc_GetAttachmentCount(document),
            scripts=pdfium_c.FPDFDoc_GetJavaScriptActionCount(document),
            annotations=annotations,
            whole="\n".join(pages),
        )


@contextmanager
def _opened(pdf: bytes) -> Iterator[pdfium.PdfDocument]:
    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(pdf)
        except pdfium.PdfiumError as error:
            raise Unreadable("not a PDF") from error
        try:
            yield document
        finally:
            document.close()
