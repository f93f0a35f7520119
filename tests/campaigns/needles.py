"""Every form in which a planted value could lie about: spellings times encodings, as bytes to be looked for."""

from __future__ import annotations

import base64
import html
import json
import quopri
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import quote, quote_from_bytes

from breach.core.normalize import name_key

SHORTEST = 5  # bytes: anything shorter would be found everywhere by chance


def spellings(text: str) -> set[str]:
    """As written, in either case, composed and decomposed, and as a search index would keep it."""
    basic = {text, text.upper(), text.lower(), text.title(), text.casefold(), name_key(text)}
    return {unicodedata.normalize(form, one) for one in basic for form in ("NFC", "NFD")} - {""}


def dates(day: date) -> set[str]:
    """A day as programs and people write it."""
    return {
        f"{day:%Y-%m-%d}", f"{day:%m/%d/%Y}", f"{day:%d/%m/%Y}", f"{day:%Y%m%d}", f"{day:%d %B %Y}",
        f"{day:%B} {day.day}, {day:%Y}", f"{day:%d.%m.%Y}", f"date({day.year}, {day.month}, {day.day})",
    }  # fmt: skip


def numbers(digits: str) -> set[str]:
    """An A-number with and without its letter and dashes."""
    return {digits, f"A{digits}", f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"}


def encoded(text: str) -> Iterator[tuple[str, bytes]]:
    """The text in every encoding the campaign knows, by its name."""
    plain = text.encode()
    yield "plain", plain
    yield "UTF-16 LE", text.encode("utf-16-le")
    yield "UTF-16 BE", text.encode("utf-16-be")
    yield "hex", plain.hex().encode()
    yield "hex, upper case", plain.hex().upper().encode()
    for offset in range(3):
        yield f"base64 at {offset}", _base64(plain, offset)
        yield f"base64url at {offset}", _base64(plain, offset, base64.urlsafe_b64encode)
    yield "URL", quote(text, safe="").encode()
    yield "URL, lower case", _lower_escapes(quote_from_bytes(plain, safe=""))
    yield "URL, form", quote(text, safe="").replace("%20", "+").encode()
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "JSON, upper case", _upper_escapes(json.dumps(text)[1:-1])
    yield "quoted-printable", quopri.encodestring(plain, quotetabs=True).replace(b"=\n", b"")
    yield "mail header", quopri.encodestring(plain, header=True).replace(b"=\n", b"")
    yield "HTML", html.escape(text).encode()
    yield "character references", text.encode("ascii", "xmlcharrefreplace")
    yield "Python", repr(plain)[2:-1].encode()
    yield "octal", "".join(chr(b) if 32 <= b < 127 else f"\\{b:03o}" for b in plain).encode()
    try:
        yield "Latin-1", text.encode("latin-1")
    except UnicodeEncodeError:
        pass


def needles(values: dict[str, set[str]]) -> dict[bytes, str]:
    """Bytes to look for, each with what it is: the value's name and the encoding. No value twice."""
    found: dict[bytes, str] = {}
    for name, texts in values.items():
        for text in texts:
            for way, needle in encoded(text):
                if len(needle) >= SHORTEST and b"\n" not in needle:
                    found.setdefault(needle, f"{name}, {way}")
    return found


def _base64(
    plain: bytes, offset: int, encode: Callable[[bytes], bytes] = base64.b64encode
) -> bytes:
    """The characters that stay the same whatever stands before and after, when the value begins at this offset."""
    coded = encode(b"\0" * offset + plain + b"\0" * 3)
    first = (offset * 8 + 5) // 6
    last = (offset + len(plain)) * 8 // 6
    return coded[first:last]


def _lower_escapes(text: str) -> bytes:
    parts = text.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])]).encode()


def _upper_escapes(text: str) -> bytes:
    parts = text.split("\\u")
    return "\\u".join([parts[0], *(part[:4].upper() + part[4:] for part in parts[1:])]).encode()
