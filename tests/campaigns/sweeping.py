"""Looks for needles in files and what is packed into them: gzip, zlib, zip, base64 and hex, each inside the other.

grep searches for all of them at once (Aho-Corasick); what had to be unpacked first is written beside and searched too.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import io
import lzma
import os
import re
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEPTH = 4  # a session row is base64 of zlib of JSON, and a dump of it may be a gzip
LARGEST = 64 << 20
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY|\xfd7zXZ\x00|PK\x03\x04")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){12,}")
WRAPS = re.compile(rb"=?\r?\n[ \t]?")  # of mails and of armoured text


@dataclass(frozen=True)
class Hit:
    """A needle in a place; its text is never told, only what it is."""

    place: str
    what: str


@dataclass
class Sweep:
    """Files are added by the name of their place; `hits` searches them all."""

    needles: dict[bytes, str]
    scratch: Path
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scratch.mkdir(parents=True, exist_ok=True)
        self._patterns = self.scratch / "needles"
        self._patterns.write_bytes(b"\n".join(self.needles) + b"\n")

    def add(self, place: str, path: Path) -> None:
        self.files[place] = path

    def add_text(self, place: str, text: bytes) -> None:
        """Something that is no file: a list of names, a dump, what a command printed."""
        path = self.scratch / f"text-{len(self.files)}"
        path.write_bytes(text)
        self.add(place, path)

    def hits(self) -> list[Hit]:
        """All of them, each place and needle once, in no order that matters."""
        searched: dict[str, str] = {}
        for number, (place, path) in enumerate(self.files.items()):
            searched[str(path)] = place
            unpacked = self.scratch / f"unpacked-{number}"
            try:
                size = _write_all(unpacked, unpack(path.read_bytes()[:LARGEST]))
            except FileNotFoundError:  # it lived for a moment only
                del searched[str(path)]
                continue
            if size:
                searched[str(unpacked)] = place
            else:
                unpacked.unlink()
        found = {
            Hit(searched[path], self.needles.get(needle, "a needle"))
            for path, needle in self._grep(list(searched))
        }
        return sorted(found, key=lambda hit: (hit.place, hit.what))

    def _grep(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        for start in range(0, len(paths), 500):
            ended = subprocess.run(
                ["grep", "--text", "-oFZH", "-f", str(self._patterns), "--", *paths[start : start + 500]],
                capture_output=True, env={**os.environ, "LC_ALL": "C"},
            )  # fmt: skip
            if ended.returncode > 1:
                raise RuntimeError(f"grep could not search: {ended.stderr.decode()[:300]}")
            for line in ended.stdout.split(b"\n"):
                path, separator, needle = line.partition(b"\0")
                if separator:
                    yield path.decode(), needle


def unpack(data: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Everything that is packed in the data, and in that again."""
    if depth == 0:
        return
    for inner in (*_members(data), *_armour(data)):
        yield inner
        yield from unpack(inner, depth - 1)


def _members(data: bytes) -> Iterator[bytes]:
    for match in PACKED.finditer(data):
        packed = data[match.start() : match.start() + LARGEST]
        if packed.startswith(b"PK"):
            yield from _zip_members(packed)
        elif packed.startswith(b"BZh"):
            yield from _inflated(bz2.BZ2Decompressor().decompress, packed)
        elif packed.startswith(b"\xfd7zXZ"):
            yield from _inflated(lzma.LZMADecompressor().decompress, packed)
        else:
            yield from _inflated(zlib.decompressobj(zlib.MAX_WBITS | 32).decompress, packed)


def _inflated(decompress: Callable[[bytes, int], bytes], packed: bytes) -> Iterator[bytes]:
    """In small steps: of a member that is cut off, what came before the cut counts as well."""
    out = bytearray()
    try:
        for start in range(0, len(packed), 1 << 16):
            out += decompress(packed[start : start + (1 << 16)], LARGEST)
            if len(out) > LARGEST:
                break
    except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError):
        pass
    if len(out) > 8:
        yield bytes(out)


def _zip_members(packed: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for name in archive.namelist()[:500]:
                yield name.encode()
                yield archive.read(name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        # A local header without its directory: at least what follows it.
        start = (
            30 + int.from_bytes(packed[26:28], "little") + int.from_bytes(packed[28:30], "little")
        )
        yield from _inflated(zlib.decompressobj(-zlib.MAX_WBITS).decompress, packed[start:])


def _armour(data: bytes) -> Iterator[bytes]:
    """Runs of base64 and hex, decoded; and the same text without its line ends."""
    joined = WRAPS.sub(b"", data) if b"\n" in data and _is_text(data) else b""
    if joined:
        yield joined
    for text in (data, joined):
        for run in BASE64.findall(text):
            decoded = _decoded(run)
            if decoded:
                yield decoded
        for run in HEX.findall(text):
            yield binascii.unhexlify(run)


def _decoded(run: bytes) -> bytes:
    plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4])
    except binascii.Error:
        return b""


def _is_text(data: bytes) -> bool:
    return b"\0" not in data[:4096]


def _write_all(path: Path, parts: Iterable[bytes]) -> int:
    """The parts, one after the other with a line between."""
    size = 0
    with path.open("wb") as file:
        for part in parts:
            size += file.write(part) + file.write(b"\n")
    return size
