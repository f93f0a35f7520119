"""File responses: shown or saved by the browser, never cached, with names that reveal nothing."""

from __future__ import annotations

from django.http import HttpResponse


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """A PDF for the browser's own viewer."""
    return _answer(content, name, "application/pdf", "inline")


def download(content: bytes, name: str) -> HttpResponse:
    """A file to be saved."""
    kind = "application/pdf" if name.endswith(".pdf") else "application/octet-stream"
    return _answer(content, name, kind, "attachment")


def _answer(content: bytes, name: str, kind: str, disposition: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'{disposition}; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=kind, headers=headers)
