"""Opaque references printed on sheets and envelopes, e.g. ``D-K7QM-3PXW-9TC4``. They say nothing.

55 random bits in Crockford's base 32 and one check character: a weighted sum over GF(32) that
catches every single wrong character and every exchange of two characters.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 11
GROUP = 4

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_FIELD_SIZE = 32
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


class InvalidReference(ValueError):
    """The text is not one of our references; the message says what is wrong with it."""


def new_reference(prefix: str = "") -> str:
    """A fresh reference. `prefix` is at most one letter, telling what kind of thing it names."""
    if prefix and (len(prefix) != 1 or prefix not in ALPHABET):
        raise ValueError("a prefix is one character of the reference alphabet")
    body = prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return _format(body + _check_character(body))


def parse(text: str, *, prefix: str | None = None) -> str:
    """The canonical form of a reference as somebody typed or scanned it.

    Case, spaces and dashes do not matter; O is read as 0, I and L as 1. With `prefix` only
    references of that kind are accepted. Raises InvalidReference, never repeating the text.
    """
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_READ_AS)
    bare = RANDOM_CHARACTERS + 1
    if len(plain) not in (bare, bare + 1):
        raise InvalidReference(
            "a reference has 12 characters, after its first letter if it has one"
        )
    if any(character not in _VALUE for character in plain):
        raise InvalidReference("a reference has only digits and capital letters, never U")
    if _weighted_sum(plain) != 0:
        raise InvalidReference(
            "the check character does not fit: one character is probably misread"
        )
    if prefix is not None and plain[: len(plain) - bare] != prefix:
        raise InvalidReference("this reference names another kind of thing")
    return _format(plain)


def _format(plain: str) -> str:
    head, body = plain[: -RANDOM_CHARACTERS - 1], plain[-RANDOM_CHARACTERS - 1 :]
    groups = [body[start : start + GROUP] for start in range(0, len(body), GROUP)]
    return "-".join([head, *groups] if head else groups)


def _check_character(body: str) -> str:
    return ALPHABET[_weighted_sum(body + ALPHABET[0])]


def _weighted_sum(characters: str) -> int:
    """Horner's rule at the field's generator; zero when the check character is right."""
    total = 0
    for character in characters:
        total <<= 1
        if total >= _FIELD_SIZE:
            total ^= _POLYNOMIAL
        total ^= _VALUE[character]
    return total
