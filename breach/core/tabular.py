"""Reads CSV and XLSX files from strangers: in a confined process, streamed row by row, or one sentence why not.

    with open_table(path) as table:
        table.header            # ["A-Number", "Last Name", ...]
        for row in table: ...   # Row(number=2, cells=("A000100000", date(1990, 3, 4), ...))

Nothing is guessed: formulas, hidden sheets, columns and rows, merged cells, duplicate headers and broken quotes stop
the whole file. A row with another number of cells than the header is handed on; `Table.fits` tells.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from .errors import Refused

WORKER = Path(__file__).with_name("tabular_worker.py")
PIPE_CHUNK = 1 << 16

SENTENCES = {
    "empty": _("The file is empty. Export the list again and upload that file."),
    "header_only": _("The file has a header but no rows. Export the list again and upload that file."),
    "not_a_table": _("This is neither a CSV nor an XLSX file. Save the list as CSV or XLSX and upload that file."),
    "legacy_xls": _("This is an old Excel file (.xls). Open it, save it as .xlsx and upload that file."),
    "encrypted": _("The workbook is protected by a password. Save a copy without one and upload that file."),
    "macros": _("The workbook contains macros. Save it as .xlsx without macros and upload that file."),
    "damaged": _("The workbook is damaged or incomplete. Open and save it again, or ask for a new copy."),
    "bomb": _("The workbook unpacks to far more data than a list of people needs. Save only the list as CSV."),
    "too_large": _("The file needs more memory than a list of people may. Save only the list as CSV, without empty "
                   "formatted cells, and upload that file."),
    "too_slow": _("Reading the file took too long. Save only the list as CSV and upload that file."),
    "file_too_large": _("The file is larger than %(count)s MB. Split it and import the parts one by one."),
    "too_many_rows": _("The file has more rows than %(count)s. Split it and import the parts one by one."),
    "too_many_columns": _("The file has more columns than %(count)s. Keep only the columns of the list."),
    "cell_too_long": _("A cell is longer than %(count)s characters, which often comes from an unclosed quotation "
                       "mark. Correct the cell and upload the file again."),
    "line_too_long": _("Line %(line)s is far too long for a row of a list. Check that the file is CSV with line ends."),
    "cut_off": _("The file ends in the middle of a row, as if it was cut off. Ask for a complete copy."),
    "quotes": _("A quotation mark is opened and not closed, or closed too early. Correct it and try again."),
    "nul": _("The text contains a NUL byte, so the file is damaged or not text. Export the list again as UTF-8 CSV."),
    "encoding": _("The text is neither UTF-8 nor UTF-16 nor Windows-1252. Export the list again as UTF-8 CSV."),
    "unnamed_column": _("The column has no header. Give it a name or remove it."),
    "duplicate_header": _("The column has the same header as column %(first)s. Rename one of them or remove it."),
    "hidden_sheet": _("The workbook has a hidden sheet. Look at it, then delete it or show it, and upload the file "
                      "again."),
    "hidden_column": _("The sheet has a hidden column. Look at it, then delete it or show it, and upload the file "
                       "again."),
    "hidden_row": _("The sheet has hidden rows, perhaps by a filter. Remove the filter, look at them and upload the "
                    "file again."),
    "several_sheets": _("The workbook has %(count)s sheets with rows. Keep only the one with the list."),
    "formula": _("Cell %(cell)s is a formula. Replace formulas by their values and upload the file again."),
    "merged": _("Cell %(cell)s is merged with others. Undo the merge, fill every cell and upload the file again."),
    "error_cell": _("Cell %(cell)s shows an error instead of a value. Correct it and upload the file again."),
    "died": _("The file could not be read: the reader stopped without an answer. Save the list as CSV and try again."),
}  # fmt: skip


class TabularError(Refused):
    """The file cannot be read. Its text is one sentence: where, what, and what to do; never a cell's value.

    `row` and `column` count from 1 as a spreadsheet does, the header being a row.
    """

    def __init__(
        self,
        code: str,
        *,
        row: int | None = None,
        column: int | None = None,
        **parameters: Any,
    ) -> None:
        super().__init__(code)
        self.code, self.row, self.column, self.parameters = (
            code,
            row,
            column,
            parameters,
        )

    def __str__(self) -> str:
        sentence = (
            str(SENTENCES[self.code]) % self.parameters
            if self.parameters
            else str(SENTENCES[self.code])
        )
        where = [str(_("row %s") % self.row)] if self.row else []
        where += [str(_("column %s") % self.column)] if self.column else []
        place = ", ".join(where)
        return f"{place[0].upper()}{place[1:]}: {sentence}" if place else sentence


@dataclass(frozen=True)
class Limits:
    """What one file may cost: bytes, seconds and counts."""

    size: int = 64 << 20
    memory: int = 1 << 30
    cpu_seconds: int = 60
    stall_seconds: int = 60  # the longest silence of the reader while we wait for it
    rows: int = 250_000
    columns: int = 200
    cell: int = 32_767  # as Excel; names of 10,000 characters get through and are held later
    line: int = 1 << 20
    unpacked: int = 512 << 20
    parts: int = 500


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; `number` is the one a spreadsheet shows: blank rows count, and so does the header."""

    number: int
    cells: tuple[str | date, ...]


class Table:
    """An open file: its header at once, its rows once, in order, in constant memory."""

    def __init__(self, messages: Iterator[dict[str, Any]]) -> None:
        self._messages = messages
        self.kind = self.encoding = self.delimiter = ""
        self.header: list[str] = []
        self.row_count = self.blank_rows = 0
        for message in messages:
            if "source" in message:
                self.kind, self.encoding, self.delimiter = message["source"].values()
            elif "header" in message:
                self.header = message["header"]
                break

    def fits(self, row: Row) -> bool:
        """Whether the row has a cell for every header and no more."""
        return len(row.cells) == len(self.header)

    def __iter__(self) -> Iterator[Row]:
        for message in self._messages:
            if "cells" in message:
                yield Row(message["row"], tuple(map(_cell, message["cells"])))
            elif "end" in message:
                self.row_count, self.blank_rows = message["end"], message["blank"]


@contextmanager
def open_table(
    source: Path | bytes | IO[bytes], limits: Limits = DEFAULT_LIMITS
) -> Iterator[Table]:
    """Open a CSV or XLSX file. Raises TabularError here or while its rows are read."""
    with _regular_file(source, limits) as file, _reader(file, limits) as process:
        yield Table(_messages(process, limits))


@contextmanager
def _regular_file(source: Path | bytes | IO[bytes], limits: Limits) -> Iterator[IO[bytes]]:
    """The source as a file of its own position, no larger than allowed; what came in memory stays in memory."""
    with source.open("rb") if isinstance(source, Path) else _in_memory() as file:
        if isinstance(source, bytes):
            file.write(source)
        elif not isinstance(source, Path):
            source.seek(0)
            shutil.copyfileobj(source, file)
        if file.seek(0, os.SEEK_END) > limits.size:
            raise TabularError("file_too_large", count=limits.size >> 20)
        file.seek(0)
        yield file


def _in_memory() -> IO[bytes]:
    """A file that another process can read and no disk ever sees."""
    return os.fdopen(os.memfd_create("table"), "w+b")


@contextmanager
def _reader(file: IO[bytes], limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    """The confined process: isolated from our modules, environment and open files, gone when we are done."""
    process = subprocess.Popen(
        [sys.executable, "-I", str(WORKER), json.dumps(asdict(limits))],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _messages(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[dict[str, Any]]:
    """What the reader says, up to and including its end. Raises TabularError when it refuses, stalls or dies."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    rest = b""
    while True:
        if not poll.poll(limits.stall_seconds * 1000):
            raise TabularError("too_slow")
        chunk = os.read(pipe, PIPE_CHUNK)
        if not chunk:
            raise TabularError(_cause_of_death(process.wait()))
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "refused" in message:
                raise _refusal(message, limits)
            yield message
            if "end" in message:
                return


def _refusal(message: dict[str, Any], limits: Limits) -> TabularError:
    code = message.pop("refused")
    counts = {
        "too_many_rows": limits.rows,
        "too_many_columns": limits.columns,
        "cell_too_long": limits.cell,
    }
    if code in counts:
        message["count"] = counts[code]
    return TabularError(code, **message)


def _cause_of_death(status: int) -> str:
    if status == -signal.SIGXCPU:
        return "too_slow"
    return "too_large" if status in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV) else "died"


def _cell(value: Any) -> str | date:
    return value if isinstance(value, str) else date.fromisoformat(value["date"])
