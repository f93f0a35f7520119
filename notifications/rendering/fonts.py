"""Exactly these font files, from the Debian packages fonts-noto-core and fonts-droid-fallback, and no others.

A generated fontconfig file names them, so the same letter looks the same on every machine.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from fontTools.ttLib import TTFont

# Script by script, most frequent first. TrueType outlines only: CFF subsets fail PDF/UA validation.
_NOTO = (
    "Sans", "SansArabic", "NastaliqUrdu", "SansDevanagari", "SansGurmukhi", "SansBengali", "SansEthiopic",
    "SansArmenian", "SansGeorgian", "SansHebrew", "SansTamil", "SansTelugu", "SansGujarati", "SansMalayalam",
    "SansSinhala", "SansThai", "SansLao", "SansKhmer", "SansMyanmar", "SansThaana", "SansSyriac", "SansNKo",
    "SansAdlam", "SansTifinagh", "SansMongolian", "SerifTibetan",
)  # fmt: skip
_HAN = "DroidSansFallback"
_DEBIAN_FOLDERS = ("/usr/share/fonts", "/usr/share/fonts-droid-fallback")


class FontsMissing(RuntimeError):
    """The font files are not where they were looked for."""


def font_files() -> tuple[Path, ...]:
    """The packaged font files, in order of preference. Raises FontsMissing with what to install."""
    folders = os.environ.get("BREACH_FONT_DIRS", "").split(os.pathsep)
    return _find(tuple(folder for folder in folders if folder) or _DEBIAN_FOLDERS)


@cache
def _find(folders: tuple[str, ...]) -> tuple[Path, ...]:
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.ttf")):
            found.setdefault(path.stem, path)
    wanted = [f"Noto{family}-{weight}" for family in _NOTO for weight in ("Regular", "Bold")]
    files = [found[stem] for stem in wanted if stem in found]
    files += [path for stem, path in sorted(found.items()) if stem.startswith(_HAN)][:1]
    if "NotoSans-Regular" not in found or not any(stem.startswith(_HAN) for stem in found):
        raise FontsMissing(
            "The letters' fonts are missing: install the packages fonts-noto-core and fonts-droid-fallback, "
            "or name the folders that hold them in BREACH_FONT_DIRS."
        )
    return tuple(files)


@contextmanager
def only_these() -> Iterator[None]:
    """While it lasts, whoever loads a fontconfig configuration gets our files and nothing else."""
    before = os.environ.get("FONTCONFIG_FILE")
    with TemporaryDirectory(prefix="letter-fonts-") as folder:
        path = Path(folder) / "fonts.conf"
        path.write_text(_configuration(font_files()), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(path)
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before


def _configuration(files: tuple[Path, ...]) -> str:
    folders = sorted({str(path.parent) for path in files})
    return "\n".join(
        (
            '<?xml version="1.0"?>',
            '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
            "<fontconfig>",
            *(f"<dir>{escape(folder)}</dir>" for folder in folders),
            "<selectfont><rejectfont><glob>*</glob></rejectfont><acceptfont>",
            *(f"<glob>{escape(str(path))}</glob>" for path in files),
            "</acceptfont></selectfont>",
            "<cachedir>/var/cache/fontconfig</cachedir>",
            '<cachedir prefix="xdg">fontconfig</cachedir>',
            "</fontconfig>",
        )
    )


def unprintable(text: str) -> frozenset[str]:
    """The characters of a text, composed (NFC) as it will be printed, that none of our fonts can show."""
    composed = unicodedata.normalize("NFC", text)
    wanted = {character for character in composed if not _is_invisible(character)}
    for path in font_files():
        if not wanted:
            break
        wanted -= {character for character in wanted if ord(character) in _code_points(path)}
    return frozenset(wanted)


@cache
def _code_points(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Zs")
