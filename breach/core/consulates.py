"""A consulate can never be a recipient: nothing may tell it that somebody asked for protection (8 CFR 236.1(e))."""

from __future__ import annotations

import re

from .normalize import name_key

STEMS = (
    "consul", "konsul", "konsolos", "embajad", "embaixad", "ambasad", "elcilig", "buyukelcil", "botschaft",
)  # fmt: skip
WORDS = (
    "embassy",
    "embassies",
    "ambassade",
    "ambassades",
    "ambasciata",
    "chancery",
    "high commission",
)
# Scripts without spaces between words, or with endings: found anywhere.
ANYWHERE = (
    "领事", "領事", "大使馆", "大使館", "консул", "посольств", "سفاره", "سفارة", "سفارت", "قنصل", "दूतावास",
    "দূতাবাস", "ദൂതാവാസ", "dutavas", "ambasadou",
)  # fmt: skip
# Streets, hotels and clinics that merely carry the name: 12 Embassy Drive, Consulate Health Care.
ONLY_A_NAME = (
    r"(?!s? (?:dr|drive|st|street|ct|court|ln|lane|rd|road|ave|avenue|blvd|boulevard|way|cir|circle|pl|place"
    r"|suites?|health|healthcare|square|park|oaks)\b)"
)
_NAMED = re.compile(
    rf"\b(?:(?:{'|'.join(STEMS)})\w*\b|(?:{'|'.join(WORDS)})\b){ONLY_A_NAME}|{'|'.join(map(re.escape, ANYWHERE))}"
)
# "Consulting" and "consultants" begin like a consul.
_ADVISERS = re.compile(r"\b[ck]onsult\w*")


def names_a_consulate(text: str) -> bool:
    """Whether the text names a consulate or embassy, in one of the languages of our letters."""
    lowered = text.casefold()
    plain = _ADVISERS.sub("", name_key(lowered))
    return bool(_NAMED.search(plain) or any(word in lowered for word in ANYWHERE))
