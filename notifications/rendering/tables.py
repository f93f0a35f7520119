"""A table on paper: what an export looks like as PDF."""

from __future__ import annotations

from collections.abc import Sequence

from django.template import Context

from .pdf import make_pdf
from .templates import stylesheet, template


def table_pdf(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """The table as a tagged PDF, its head on every page."""
    page = template("table.html").render(
        Context({"title": title, "columns": columns, "rows": [[str(v) for v in row] for row in rows]})
    )  # fmt: skip
    return make_pdf(page, stylesheet("table.css")).pdf
