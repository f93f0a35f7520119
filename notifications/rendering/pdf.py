"""HTML to a finished, hashed PDF. Loads WeasyPrint with the first one, through `weasy`, which alone knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _


class FetchRefused(ValueError):
    """The document tried to load something. Letters are complete in themselves, so this one is not made."""


@dataclass(frozen=True, slots=True)
class Document:
    """A finished PDF."""

    pdf: bytes
    sha256: str
    pages: int


def make_pdf(html: str, css: str, *, list_languages: Sequence[str] = ()) -> Document:
    """Lay out a complete HTML page with our stylesheet text. Raises FetchRefused if it refers to anything.

    `list_languages` are BCP 47 tags of the document's first list items, for screen readers; WeasyPrint leaves out
    every `lang` but the page's own.
    """
    # Slow import: it is two fifths of the start of every command and server, and most of them print nothing.
    from . import weasy

    finished = weasy.lay_out(html, css, list_languages)
    if finished is None:
        raise FetchRefused(
            _(
                "The letter refers to something outside itself. Nothing was loaded and the letter was not made."
            )
        )
    pdf, pages = finished
    return Document(pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), pages=pages)


def warm_up() -> None:
    """Load it now: for a process that is about to fork workers who will each need it."""
    from . import weasy  # noqa: F401  # slow import, see make_pdf
