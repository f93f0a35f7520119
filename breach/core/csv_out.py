"""Flat CSV out: what a spreadsheet would run as a formula is text, whatever stands before it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# OWASP, "CSV Injection": spreadsheets read these at the start of a cell as a formula, full-width forms too.
STARTERS = tuple("=+-@\t\r\n＝＋－＠")
# A cell may be cut open again at a quote or a separator, so that what follows them begins a cell.
WRAPPERS = "\"'`“”‘’«»,; \u00a0\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def cell(value: object) -> str:
    """The value as a cell that is only ever text; a number that we counted stays a number."""
    text = "" if value is None else str(value)
    if isinstance(value, int):
        return text
    begins = text.lstrip(WRAPPERS)
    if text.startswith(STARTERS) or begins.startswith(STARTERS):
        return f"'{text}"
    return text


def csv_bytes(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """A whole table, every cell quoted, UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell(str(column)) for column in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
