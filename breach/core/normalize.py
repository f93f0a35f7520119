"""Text, names, A-numbers, phones and e-mail addresses from strangers' lists, brought to one form or refused.

Nothing here guesses: what cannot be read for certain raises Unreadable with a code from REASONS, and the caller
keeps the raw cell. Countries and languages are in `codes`, dates in `dates`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 300
# Direction overrides and other invisible marks. ZWNJ (200C) and ZWJ (200D) stay: Persian and Sinhala need them.
INVISIBLE = {
    ord(mark): None for mark in "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
}
INVISIBLE |= dict.fromkeys([*range(0x2060, 0x2070), 0xFEFF])
# Letters that NFKD does not take apart.
PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
    }
)
APOSTROPHES = dict.fromkeys(map(ord, "'`\u2018\u2019\u02bc\u02bb\u02b9\u00b4"))
MISREAD_PAIR = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152\u0160\u0161\u017d\u0192\u02c6\u02dc\u2013-\u2122]"
)
NO_VALUE = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "#n/a",
        "none",
        "null",
        "unknown",
        "unk",
        "not available",
        "tbd",
        "?",
    }
)
NO_NAME = frozenset({"", "-", "--", "n/a", "unknown", "fnu", "lnu", "no name given", "?"})

REASONS = {
    "control_character": _("has an invisible control character; type the value again"),
    "misread_letters": _("has letters broken by a wrong encoding; ask for the list as UTF-8"),
    "too_long": _("is too long for a name; check the row against the source"),
    "scientific": _("was turned into a power of ten by a spreadsheet; ask for the number as text"),
    "a_number": _("is not an A-number of 8 or 9 digits; check it against the source"),
    "a_number_placeholder": _("is a made-up A-number; find the real one or leave it empty"),
    "phone": _("is not a phone number; check it against the source"),
    "email": _("is not an e-mail address; check it against the source"),
    "sex": _("is not M, F or X; check it against the source"),
    "country": _("is not a country we know; correct the spelling or use its ISO code"),
    "language": _("is not a language we know; correct the spelling or use its BCP 47 tag"),
    "date": _("is not a date in a known format; write it as YYYY-MM-DD"),
    "date_two_ways": _(
        "can be read as two different dates; write it as YYYY-MM-DD or confirm the order of the column"
    ),
    "date_short_year": _("has a year of two digits; write it as YYYY-MM-DD"),
    "date_serial": _("is a number where a date should be; format the cell as a date"),
    "date_impossible": _("does not exist in the calendar; check it against the source"),
    "birth_date_implausible": _(
        "is in the future or over 120 years ago; check it against the source"
    ),
}


class Unreadable(ValueError):
    """A value that cannot be read for certain. `code` is a key of REASONS; the value itself is not repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name as shown. `ordered` is false when the list does not tell family from given names."""

    family: str
    given: str
    ordered: bool = True

    @property
    def key(self) -> str:
        """For comparing: both parts, without case, accents and punctuation."""
        return f"{name_key(self.family)}|{name_key(self.given)}"


def clean(raw: str) -> str:
    """The text as we show it: NFC, single spaces, no direction overrides. Raises Unreadable when it is damaged."""
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    text = " ".join(unicodedata.normalize("NFC", raw).translate(INVISIBLE).split())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise Unreadable("control_character")
    if is_misread(text):
        raise Unreadable("misread_letters")
    return text


def value_or_blank(raw: str) -> str:
    """The cleaned text, or an empty one for the many ways to write that there is nothing."""
    text = clean(raw)
    return "" if text.casefold() in NO_VALUE else text


def is_misread(text: str) -> bool:
    """Whether UTF-8 was read as another encoding somewhere on the way, e.g. two letters in place of one accent."""
    if text.isascii():
        return False
    if "\ufffd" in text or MISREAD_PAIR.search(text):
        return True
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def name_key(text: str) -> str:
    """A form for comparing names: lower case, no accents, apostrophes or invisible marks, hyphens as spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(PLAIN_LETTERS)
        text = "".join(mark for mark in text if unicodedata.category(mark) not in ("Mn", "Cf"))
    return " ".join(re.sub(r"[\W_]+", " ", text.translate(APOSTROPHES).casefold()).split())


def name_part(raw: str) -> str:
    """One part of a name as shown; empty for FNU, LNU and the like. Raises Unreadable when damaged or too long."""
    text = clean(raw)
    if len(text) > LONGEST_NAME:
        raise Unreadable("too_long")
    return "" if text.casefold() in NO_NAME else text


def split_name(raw: str) -> Name:
    """A name from one column: "Family, Given", or all of it as family name when no single comma tells the parts."""
    parts = [name_part(part) for part in raw.split(",")]
    if len(parts) == 2:
        return Name(family=parts[0], given=parts[1])
    return Name(family=name_part(raw), given="", ordered=False)


def scripts_of(text: str) -> frozenset[str]:
    """The writing systems in the text by their Unicode names; Han, kana and Hangul count as one."""
    if text.isascii():
        return frozenset({"LATIN"}) if any(map(str.isalpha, text)) else frozenset()
    found = set()
    for letter in text:
        if letter.isalpha():
            script = unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0]
            found.add("CJK" if script in ("HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO") else script)
    return frozenset(found - {"MODIFIER", "FEMININE", "MASCULINE"})


def a_number(raw: str) -> str:
    """``A`` and nine digits. Raises Unreadable for fewer than eight, made-up and spreadsheet-mangled numbers."""
    text = unicodedata.normalize("NFKC", clean(raw)).upper()
    if re.fullmatch(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", text):
        raise Unreadable("scientific")
    found = re.fullmatch(r"A?[\s#:.-]*((?:[0-9][\s.-]?){8,9})", text)
    if not found:
        raise Unreadable("a_number")
    digits = re.sub("[^0-9]", "", found[1])
    if len(set(digits)) == 1 or digits in ("123456789", "12345678"):
        raise Unreadable("a_number_placeholder")
    return f"A{digits:0>9}"


def phone(raw: str) -> str:
    """The number in E.164, with ``x`` and the extension if there is one. Numbers without a country are U.S."""
    try:
        number = phonenumbers.parse(clean(raw), "US")
    except phonenumbers.NumberParseException:
        raise Unreadable("phone") from None
    if not phonenumbers.is_possible_number(number):
        raise Unreadable("phone")
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain}x{number.extension}" if number.extension else plain


def email(raw: str) -> str:
    """The address with its domain in lower case."""
    text = clean(raw)
    try:
        validate_email(text)
    except ValidationError:
        raise Unreadable("email") from None
    local, _at, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def sex(raw: str) -> str:
    """M, F or X; empty when nothing is said."""
    text = value_or_blank(raw).upper()
    if text not in ("", "M", "F", "X", "MALE", "FEMALE"):
        raise Unreadable("sex")
    return text[:1]
