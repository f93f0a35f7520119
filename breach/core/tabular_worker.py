"""The confined half of `tabular`: reads one CSV or XLSX from standard input and prints its rows as JSON lines.

Run as a script in a process of its own, so that a hostile file can exhaust or crash nothing but this process.
It imports nothing of ours, knows no key and no database, and gives codes where `tabular` gives sentences.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn, TextIO
from xml.etree import ElementTree

Row = list[Any]  # text, or {"date": "1990-03-04"} for what the file itself calls a date

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls of before 2007, and every encrypted workbook
ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
DELIMITERS = ",;\t|"
CHUNK = 1 << 20
TAG_OVERLAP = 4096
# Tags of a sheet that matter, and whole attributes, so that a quoted ">" does not end a tag early.
SHEET_TAG = re.compile(
    rb"""<(?:[\w.-]+:)?(f|col|row|mergeCell|c)(?=[\s/>])((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>"""
)
# Hidden, or a width or height of nothing; one spelt with character references is nobody's honest number.
HIDDEN = re.compile(
    rb"""\s(?:hidden\s*=\s*["'](?!0["']|false["'])"""
    rb"""|(?:width|ht)\s*=\s*["'](?:\s*[-+]?(?:0+\.?0*|\.0+)(?:[eE][-+]?[0-9]+)?\s*|[^"']*&[^"']*)["'])"""
)
CELL_REFERENCE = re.compile(rb"""\s(?:r|ref)\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})""")
CELL_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)

BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip


class Refused(Exception):
    """The file cannot be read; `code` is a key of the sentences in `tabular`."""

    def __init__(self, code: str, **where: Any) -> None:
        super().__init__(code)
        self.code = code
        self.where = where


def confine(limits: dict[str, int]) -> None:
    """Give up memory, processor time, files and core dumps beyond the limits, for good."""
    memory, seconds = limits["memory"], limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


# -- text ------------------------------------------------------------------------------------------------------


def encoding_of(stream: BinaryIO) -> str:
    """The encoding that reads every byte: what the byte order mark says, else UTF-8, else Windows-1252."""
    head = stream.read(4096)
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\0\0\xfe\xff", "utf-32"),
    ):
        if head.startswith(mark):
            return name
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    for name in ("utf-8", "cp1252"):
        if reads(stream, name):
            return name
    raise Refused("encoding")


def reads(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refused("cut_off") from None  # in the middle of a character
    return True


def delimiter_of(line: str) -> str:
    """The separator that occurs most often outside quotes in the header line; a comma when none does."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


class Lines:
    """The lines of the file, none too long, none with a NUL; `last` is the one handed out most recently."""

    def __init__(self, text: TextIO, longest: int) -> None:
        self.text, self.longest = text, longest
        self.number = 0
        self.last = ""
        self.first = self._read()

    def _read(self) -> str:
        line = self.text.readline(self.longest)
        self.number += 1
        if "\0" in line:
            raise Refused("nul", line=self.number)
        if len(line) >= self.longest and not line.endswith(("\n", "\r")):
            raise Refused("line_too_long", line=self.number)
        return line

    def __iter__(self) -> Iterator[str]:
        line = self.first
        while line:
            self.last = line
            yield line
            line = self._read()


def csv_rows(stream: BinaryIO, limits: dict[str, int]) -> Iterator[Row]:
    encoding = encoding_of(stream)
    stream.seek(0)
    csv.field_size_limit(limits["cell"])
    number = width = 0
    try:
        lines = Lines(io.TextIOWrapper(stream, encoding=encoding, newline=""), limits["line"])
        delimiter = delimiter_of(lines.first)
        told = encoding.removesuffix("-sig")
        say({"source": {"kind": "csv", "encoding": told, "delimiter": delimiter}})
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=1):
            if 0 < len(row) < width and not lines.last.endswith(("\n", "\r")):
                raise Refused("cut_off", row=number)
            width = width or len(row)
            yield list(row)
    except csv.Error as error:
        raise Refused(
            "cell_too_long" if "field larger" in str(error) else "quotes",
            row=number + 1,
        ) from None
    except UnicodeError:
        raise Refused("encoding", row=number + 1) from None


# -- workbooks -------------------------------------------------------------------------------------------------


def xlsx_rows(stream: BinaryIO, limits: dict[str, int]) -> Iterator[Row]:
    # Loaded only for workbooks, and only after the limits are in force.
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    looked_at = inspect_archive(stream, limits)
    stream.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        if any(sheet.visible is not SheetVisibleEnum.Visible for sheet in workbook.sheets_metadata):
            raise Refused("hidden_sheet")
        sheets = [
            workbook.get_sheet_by_name(sheet.name)
            for sheet in workbook.sheets_metadata
            if sheet.typ is SheetTypeEnum.WorkSheet
        ]
    except CalamineError:
        raise Refused("damaged") from None
    if len(sheets) > looked_at:  # the reader found one where we did not look
        raise Refused("damaged")
    filled = [sheet for sheet in sheets if sheet.height]
    if len(filled) > 1:
        raise Refused("several_sheets", count=len(filled))
    say({"source": {"kind": "xlsx", "encoding": "utf-8", "delimiter": ""}})
    for sheet in filled:
        if sheet.width > limits["columns"] or sheet.height > limits["rows"] * 2:
            raise Refused("too_large")
        for row in sheet.iter_rows():
            yield [cell_of(value) for value in row]


def cell_of(value: Any) -> Any:
    """A workbook cell as text, or as a date when the workbook says it is one. Whole numbers lose the ".0"."""
    if isinstance(value, dt.datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def inspect_archive(stream: BinaryIO, limits: dict[str, int]) -> int:
    """Stop at bombs, macros, hidden rows and columns, formulas, merged cells and errors before values are read.

    Returns how many sheets the workbook names, wherever in the archive they are kept.
    """
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Refused("encrypted")
        if (
            sum(entry.file_size for entry in entries) > limits["unpacked"]
            or len(entries) > limits["parts"]
        ):
            raise Refused("bomb")
        parts = parts_by_path(entries)
        if any(path.endswith("vbaproject.bin") for path in parts):
            raise Refused("macros")
        books = {*linked(archive, parts, "", "officeDocument"), "xl/workbook.xml"} & parts.keys()
        sheets = [sheet for book in books for sheet in linked(archive, parts, book, "worksheet")]
        if not sheets and "xl/workbook.xml" not in books:
            raise Refused("not_a_table")
        if any(sheet not in parts for sheet in sheets):
            raise Refused("damaged")
        strays = [path for path in parts if re.fullmatch(r"xl/worksheets/.+\.xml", path)]
        for path in sorted({*sheets, *strays}):
            for entry in parts[path]:
                inspect_sheet(archive, entry, limits)
        return len(sheets)
    except BROKEN:
        raise Refused("damaged") from None


def parts_by_path(entries: list[zipfile.ZipInfo]) -> dict[str, list[zipfile.ZipInfo]]:
    """Entries by path, as tolerantly as any reader finds them: without case, either slash, and all of one path."""
    parts: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in entries:
        parts.setdefault(plain_path(entry.filename), []).append(entry)
    return parts


def plain_path(path: str) -> str:
    return posixpath.normpath("/" + path.replace("\\", "/").lower()).lstrip("/")


def linked(
    archive: zipfile.ZipFile, parts: dict[str, list[zipfile.ZipInfo]], source: str, kind: str
) -> list[str]:
    """Paths of the parts that `source` (or the archive itself, when empty) names as its parts of a kind."""
    folder, name = posixpath.split(source)
    found: list[str] = []
    for entry in parts.get(posixpath.join(folder, "_rels", f"{name}.rels"), []):
        with archive.open(entry) as part:
            text = part.read(CHUNK)
            if part.read(1) or DOCTYPE.search(text) or b"\0" in text:
                raise Refused("damaged")
        try:
            links = ElementTree.fromstring(text)
        except ElementTree.ParseError:
            raise Refused("damaged") from None
        for link in links.iter():
            if link.get("Type", "").endswith(f"/{kind}"):
                found.append(plain_path(posixpath.join("/", folder, link.get("Target", ""))))
    return found


def inspect_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: dict[str, int]) -> None:
    tail, cell, unpacked = b"", "", 0
    with archive.open(entry) as part:
        while chunk := part.read(CHUNK):
            unpacked += len(chunk)
            text = tail + chunk
            if unpacked > limits["unpacked"]:
                raise Refused("bomb")
            if unpacked == len(chunk) and (DOCTYPE.search(chunk) or b"\0" in chunk[:200]):
                raise Refused("damaged")
            end = 0
            for tag in SHEET_TAG.finditer(text):
                cell = check_tag(tag[1], tag[2], cell)
                end = tag.end()
            tail = text[max(end, len(text) - TAG_OVERLAP) :]


def check_tag(tag: bytes, attributes: bytes, cell: str) -> str:
    """Refuse the tag, or tell the cell we are in now."""
    if tag == b"f":
        raise Refused("formula", cell=cell)
    if tag in (b"col", b"row"):
        if HIDDEN.search(attributes):
            raise Refused("hidden_column" if tag == b"col" else "hidden_row")
        return cell
    found = CELL_REFERENCE.search(attributes)
    place = found[1].decode() if found else ""
    if tag == b"mergeCell":
        raise Refused("merged", cell=place)
    if CELL_ERROR.search(attributes):
        raise Refused("error_cell", cell=place)
    return place


# -- the stream of rows ----------------------------------------------------------------------------------------


def rows_of(stream: BinaryIO, limits: dict[str, int]) -> Iterator[Row]:
    head = stream.read(8)
    stream.seek(0)
    if not head:
        raise Refused("empty")
    if head.startswith(OLE_MAGIC):
        raise Refused("encrypted" if ENCRYPTED_OLE in stream.read(1 << 22) else "legacy_xls")
    if head.startswith(b"%PDF"):
        raise Refused("not_a_table")
    if head.startswith(b"PK"):
        return xlsx_rows(stream, limits)
    return csv_rows(stream, limits)


def checked(number: int, row: Row, limits: dict[str, int]) -> Row:
    if len(row) > limits["columns"]:
        raise Refused("too_many_columns", row=number)
    for column, cell in enumerate(row, start=1):
        if isinstance(cell, str):
            if len(cell) > limits["cell"]:
                raise Refused("cell_too_long", row=number, column=column)
            if "\0" in cell:
                raise Refused("nul", row=number, column=column)
    return row


def stream_table(stream: BinaryIO, limits: dict[str, int]) -> None:
    """Print the header, then every data row that is not blank, then how many there were."""
    header: list[str] | None = None
    data_rows = blank = 0
    for number, raw in enumerate(rows_of(stream, limits), start=1):
        row = checked(number, raw, limits)
        if not any(cell.strip() if isinstance(cell, str) else cell for cell in row):
            blank += header is not None
            continue
        if header is None:
            header = header_of(row)
            say({"header": header})
            continue
        data_rows += 1
        if data_rows > limits["rows"]:
            raise Refused("too_many_rows", row=number)
        say({"row": number, "cells": fitted(row, len(header))})
    if header is None:
        raise Refused("empty")
    if not data_rows:
        raise Refused("header_only")
    say({"end": data_rows, "blank": blank})


def header_of(row: Row) -> list[str]:
    names = [" ".join(cell.split()) if isinstance(cell, str) else cell["date"] for cell in row]
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    for column, name in enumerate(names, start=1):
        if not name:
            raise Refused("unnamed_column", column=column)
        if (first := seen.setdefault(name.casefold(), column)) != column:
            raise Refused("duplicate_header", column=column, first=first)
    return names


def fitted(row: Row, width: int) -> Row:
    """The row without empty cells past the header; a row of another width keeps it and is told apart by that."""
    while len(row) > width and row[-1] == "":
        row.pop()
    return row


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")


def main() -> NoReturn:
    limits = json.loads(sys.argv[1])
    confine(limits)
    try:
        stream_table(sys.stdin.buffer, limits)
    except Refused as refusal:
        say({"refused": refusal.code, **refusal.where})
    except MemoryError:
        say({"refused": "too_large"})
    sys.stdout.flush()
    sys.exit(0)


if __name__ == "__main__":
    main()
