"""Compiles `locale/*/LC_MESSAGES/*.po` to the `.mo` files Django reads, without gettext on the machine.

Standard library only. The GNU gettext manual describes the binary format ("The Format of GNU MO Files").
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = 0x950412DE
HEADER_WORDS = 7


class CatalogueError(ValueError):
    """A .po file has a line that is no gettext; the message names file and line."""


@dataclass
class _Entry:
    """One message as it is read: each part is a list of string pieces."""

    context: list[str] | None = None
    singular: list[str] | None = None
    plural: list[str] | None = None
    translations: dict[int, list[str]] = field(default_factory=dict)
    fuzzy: bool = False

    def pair(self) -> tuple[str, str] | None:
        """Key and value as the .mo file stores them; None for what has no usable translation."""
        if self.singular is None or not self.translations:
            return None
        forms = ["".join(self.translations[n]) for n in sorted(self.translations)]
        key = "".join(self.singular)
        if not all(forms) or (self.fuzzy and key):
            return None
        if self.plural is not None:
            key += "\0" + "".join(self.plural)
        if self.context is not None:
            key = "".join(self.context) + "\4" + key
        return key, "\0".join(forms)


def compile_messages(root: Path) -> list[Path]:
    """Compile every catalogue under `root/locale` that is newer than its .mo; returns the files written."""
    written = []
    for source in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        fresh = target.with_suffix(".mo.new")
        fresh.write_bytes(binary(read_catalogue(source)))
        fresh.replace(target)
        written.append(target)
    return written


def read_catalogue(source: Path) -> dict[str, str]:
    """The translated messages of one .po file; fuzzy, obsolete and empty ones are left out."""
    return dict(pair for entry in _entries(source) if (pair := entry.pair()))


def binary(messages: dict[str, str]) -> bytes:
    """The bytes of a .mo file: sorted keys, so that equal catalogues give equal files."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    tables_at = HEADER_WORDS * 4
    strings_at = tables_at + 16 * len(pairs)
    tables: list[bytes] = []
    strings: list[bytes] = []
    offset = strings_at
    for column in zip(*pairs, strict=True):
        for text in column:
            tables.append(struct.pack("<II", len(text), offset))
            strings.append(text + b"\0")
            offset += len(text) + 1
    header = struct.pack(
        "<7I", MAGIC, 0, len(pairs), tables_at, tables_at + 8 * len(pairs), 0, strings_at
    )
    return header + b"".join(tables) + b"".join(strings)


def _entries(source: Path) -> Iterator[_Entry]:
    """Read the file line by line; a message ends where the next one begins."""
    entry, pieces = _Entry(), []  # type: _Entry, list[str]
    for number, raw in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if entry.translations and (not line or line.startswith(("#", "msgctxt", "msgid "))):
            yield entry
            entry = _Entry()
        if line.startswith("#,"):
            entry.fuzzy = "fuzzy" in line
        if not line or line.startswith("#"):
            continue
        keyword, _, rest = line.partition(" ")
        if line.startswith('"'):
            rest = line
        else:
            pieces = _start(entry, keyword, f"{source.name}, line {number}")
        pieces.append(_unquote(rest, f"{source.name}, line {number}"))
    yield entry


def _start(entry: _Entry, keyword: str, where: str) -> list[str]:
    """Open the part of the message that `keyword` names and return its list of pieces."""
    pieces: list[str] = []
    if keyword == "msgctxt":
        entry.context = pieces
    elif keyword == "msgid":
        entry.singular = pieces
    elif keyword == "msgid_plural":
        entry.plural = pieces
    elif keyword == "msgstr":
        entry.translations[0] = pieces
    elif keyword.startswith("msgstr[") and keyword[7:-1].isdigit():
        entry.translations[int(keyword[7:-1])] = pieces
    else:
        raise CatalogueError(f"{where}: expected msgid or msgstr, found {keyword!r}.")
    return pieces


def _unquote(quoted: str, where: str) -> str:
    """The text between the quotes, with gettext's backslash escapes resolved (they are Python's too)."""
    try:
        text = ast.literal_eval(quoted.strip())
    except (SyntaxError, ValueError) as error:
        raise CatalogueError(f"{where}: the quotes do not match.") from error
    if not isinstance(text, str):
        raise CatalogueError(f"{where}: expected a text in quotes.")
    return text
