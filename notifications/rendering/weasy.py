"""WeasyPrint, locked down: tagged PDF (PDF/UA-1), our fonts only, and nothing fetched from anywhere."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import pydyf

from . import fonts

# Fontconfig is read when WeasyPrint is imported and again when the configuration is made.
with fonts.only_these():
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    _FONTS = FontConfiguration()

# Pango's font map, shared by all letters of a process, is not made for two threads at once.
_ONE_AT_A_TIME = threading.Lock()


class _Page(HTML):  # type: ignore[misc]  # WeasyPrint has no types
    """A page dressed by our stylesheets alone: browser defaults cost a fifth of the time, for nothing."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return []


class _NothingMayBeFetched(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Refuses every address. WeasyPrint swallows a refusal inside SVG, so refusals are also counted."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.refusals = 0

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> NoReturn:
        self.refusals += 1
        raise FatalURLFetchingError("letters load nothing")


def lay_out(html: str, css: str, list_languages: Sequence[str]) -> tuple[bytes, int] | None:
    """The PDF and how many pages it has; None if the document refers to anything outside itself."""
    fetcher = _NothingMayBeFetched()
    with _ONE_AT_A_TIME:
        try:
            document = _Page(string=html, url_fetcher=fetcher).render(
                font_config=_FONTS, stylesheets=[_stylesheet(css)], pdf_variant="pdf/ua-1"
            )
            pdf: bytes = document.write_pdf(
                finisher=_language_marker(list_languages), pdf_variant="pdf/ua-1", pdf_version="1.7", pdf_tags=True,
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            )  # fmt: skip
        except FatalURLFetchingError:
            return None
    return None if fetcher.refusals else (pdf, len(document.pages))


def _language_marker(tags: Sequence[str]) -> Callable[[Any, Any], None]:
    def mark(_document: Any, pdf: Any) -> None:
        items = (
            entry
            for entry in pdf.objects
            if isinstance(entry, pydyf.Dictionary) and entry.get("S") == "/LI"
        )
        for item, tag in zip(items, tags, strict=False):
            item["Lang"] = pydyf.String(tag)

    return mark


@cache
def _stylesheet(css: str) -> CSS:
    """Parsed once per process. Only packaged stylesheets come here, so the cache stays small."""
    return CSS(string=css, url_fetcher=_NothingMayBeFetched(), font_config=_FONTS)
