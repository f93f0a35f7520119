"""A print job: many finished letters in one file, a manifest that says which pages belong together, and hashes.

The letters' own bytes are not touched: their pages are copied. Each letter starts on a new sheet even when both sides
are printed, so that no sheet ever carries two people.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pikepdf
from django.template import Context
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .pdf import make_pdf
from .templates import stylesheet, template

MANIFEST_COLUMNS = ("sequence", "reference", "first_page", "last_page", "pages", "sha256")
_SIDES = 2  # of a sheet of paper


class BatchRefused(ValueError):
    """The print job cannot be made as asked; nothing was written."""


@dataclass(frozen=True, slots=True)
class BatchLetter:
    """A finished letter to be printed, with the hash it must still have."""

    reference: str
    pdf: bytes
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """Where one letter stands in the combined file; pages count from 1 and leave out the blank back."""

    sequence: int
    reference: str
    first_page: int
    last_page: int
    pages: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MailBatch:
    """The job's files: letters.pdf, manifest.csv, cover.pdf and SHA256SUMS."""

    pdf: bytes
    pdf_sha256: str
    manifest: str
    manifest_sha256: str
    hashes: str
    cover_pdf: bytes
    entries: tuple[ManifestEntry, ...]
    pages: int


def combine(
    batch_number: str,
    letters: Sequence[BatchLetter],
    dated: date,
    agency_name: str,
    facility_name: str = "",
) -> MailBatch:
    """Make the job in the given order; `facility_name` where they are carried to a place, not mailed.

    Raises BatchRefused for no letters, a repeated one or changed bytes.
    """
    _check(letters)
    entries = tuple(_entries(letters))
    pdf = _combined_pdf(letters)
    manifest = _manifest(entries)
    pages = entries[-1].last_page + entries[-1].pages % _SIDES
    pdf_sha256, manifest_sha256 = _sha256(pdf), _sha256(manifest.encode())
    about: dict[str, str | int] = {
        "batch_number": batch_number, "agency_name": agency_name, "facility_name": facility_name,
        "letters": len(letters), "pages": pages,
    }  # fmt: skip
    cover = _cover(about, dated, pdf_sha256, manifest_sha256)
    files = {
        "letters.pdf": pdf_sha256,
        "manifest.csv": manifest_sha256,
        "cover.pdf": _sha256(cover),
    }
    return MailBatch(
        pdf=pdf, pdf_sha256=pdf_sha256, manifest=manifest, manifest_sha256=manifest_sha256,
        hashes="".join(f"{digest}  {name}\n" for name, digest in files.items()),
        cover_pdf=cover, entries=entries, pages=pages,
    )  # fmt: skip


def _check(letters: Sequence[BatchLetter]) -> None:
    if not letters:
        raise BatchRefused(_("A print job needs at least one letter."))
    if len({letter.reference for letter in letters}) != len(letters):
        raise BatchRefused(_("A letter is in the print job twice. Each may be printed once."))
    changed = [letter.reference for letter in letters if _sha256(letter.pdf) != letter.sha256]
    if changed:
        raise BatchRefused(
            _("These letters are not the bytes that were approved: %(references)s.")
            % {"references": ", ".join(changed)}
        )


def _entries(letters: Sequence[BatchLetter]) -> Iterator[ManifestEntry]:
    page = 1
    for sequence, letter in enumerate(letters, start=1):
        last = page + letter.pages - 1
        yield ManifestEntry(sequence, letter.reference, page, last, letter.pages, letter.sha256)
        page = last + 1 + letter.pages % _SIDES


def _combined_pdf(letters: Sequence[BatchLetter]) -> bytes:
    combined = pikepdf.new()
    for letter in letters:
        with pikepdf.open(io.BytesIO(letter.pdf)) as source:
            if len(source.pages) != letter.pages:
                raise BatchRefused(
                    _("Letter %(reference)s does not have the recorded number of pages.")
                    % {"reference": letter.reference}
                )
            box = source.pages[0].mediabox
            combined.pages.extend(source.pages)
        if letter.pages % _SIDES:
            combined.add_blank_page(page_size=(float(box[2]), float(box[3])))
    out = io.BytesIO()
    combined.save(out, deterministic_id=True)
    return out.getvalue()


def _manifest(entries: Sequence[ManifestEntry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(MANIFEST_COLUMNS)
    writer.writerows([getattr(entry, column) for column in MANIFEST_COLUMNS] for entry in entries)
    return out.getvalue()


def _cover(
    job: Mapping[str, str | int], dated: date, pdf_sha256: str, manifest_sha256: str
) -> bytes:
    context = {
        "job": job,
        "dated": date_format(dated),
        "hash_parts": (pdf_sha256[:32], pdf_sha256[32:]),
        "manifest_parts": (manifest_sha256[:32], manifest_sha256[32:]),
    }
    return make_pdf(
        template("batch_cover.html").render(Context(context)), stylesheet("batch_cover.css")
    ).pdf


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
