"""Small XLSX files, good and bad, made on the spot."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
LINKS = "xl/_rels/workbook.xml.rels"


def workbook(
    rows: Sequence[Sequence[Any]],
    change: Callable[[Any, Any], object] = lambda _book, _sheet: None,
    **options: Any,
) -> bytes:
    """A workbook with one sheet; `change` may do something to (book, sheet) before it is closed."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, options)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "mm/dd/yyyy"})
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(
                    number, column, datetime(value.year, value.month, value.day), day
                )
            elif value is not None:
                sheet.write(number, column, value)
    change(book, sheet)
    book.close()
    return stream.getvalue()


def with_part(data: bytes, name: str, edit: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one part edited (or added, from empty bytes)."""
    source = zipfile.ZipFile(io.BytesIO(data))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry, edit(content) if entry.filename == name else content)
        if name not in source.namelist():
            target.writestr(name, edit(b""))
    return stream.getvalue()


def renamed(data: bytes, names: Mapping[str, str]) -> bytes:
    """The same archive with parts under other names: each by the first beginning of its name that is in `names`."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            old = next((name for name in names if entry.filename.startswith(name)), "")
            target.writestr(
                names.get(old, "") + entry.filename.removeprefix(old), source.read(entry)
            )
    return stream.getvalue()


def kept_elsewhere(data: bytes, path: str, target: str, links: str = LINKS) -> bytes:
    """The same workbook with its sheet at another path of the archive, which `links` names by `target`."""
    moved = renamed(data, {SHEET: path})
    return with_part(
        moved, links, lambda xml: xml.replace(b"worksheets/sheet1.xml", target.encode())
    )


def far_corner(data: bytes) -> bytes:
    """A cell in the last corner: a matrix of 17 thousand million cells for a reader that believes it."""
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    claimed = with_part(data, SHEET, lambda xml: xml.replace(b"</sheetData>", cell))
    return with_part(
        claimed,
        SHEET,
        lambda xml: re.sub(rb'ref="[A-Z0-9:]+"', b'ref="A1:XFD1048576"', xml, count=1),
    )


def unpacking_to(data: bytes, size: int) -> bytes:
    """Shared strings of one letter repeated: a small file that unpacks to `size` bytes, made piece by piece."""
    strings, piece = "xl/sharedStrings.xml", b"a" * (1 << 20)
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for entry in source.infolist():
            if entry.filename != strings:
                target.writestr(entry, source.read(entry))
        with target.open(strings, "w") as part:
            part.write(b"<sst><si><t>")
            for _piece in range(size // len(piece)):
                part.write(piece)
            part.write(b"</t></si></sst>")
    return stream.getvalue()
