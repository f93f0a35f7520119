"""Words that may not stand where others can see them: envelope, page one, subject, file name, delivery sheet.

They would tell that somebody asked for protection, or that data were disclosed (8 CFR 208.6). One list per language
letters are sent in or people speak; a stem matches every word that begins with it.
"""

from __future__ import annotations

import re
import unicodedata

_STEMS: dict[str, tuple[str, ...]] = {
    "en": (
        "asylum", "asylee", "withholding", "fear", "persecut", "tortur", "refuge", "breach", "leak", "disclosure",
        "deport", "removal", "exposed",
    ),
    "es": (
        "asilo", "asilad", "miedo", "temor", "persecu", "persegu", "tortur", "refugi", "filtraci", "vulneraci",
        "divulgaci", "deport", "remocion", "expulsi",
    ),
    "pt": ("asilo", "asilad", "medo", "temor", "persegui", "tortur", "refugi", "vazamento", "violacao", "deport"),
    "fr": ("asile", "crainte", "persecut", "tortur", "refugi", "fuite", "violation", "expulsion", "divulgation"),
    "ht": ("azil", "krent", "laperez", "pesekisyon", "pesekite", "refijye", "depot", "divilgasyon"),
    "tr": ("iltica", "siginma", "multeci", "zulum", "zulm", "iskence", "ihlal", "sizinti", "sinir disi"),
    "ru": ("убежищ", "преследован", "пытк", "беженц", "утечк", "депортац", "выдворен"),
}  # fmt: skip
# Scripts without spaces, or whose words take prefixes: found anywhere in the text.
_ANYWHERE: dict[str, tuple[str, ...]] = {
    "zh": (
        "庇护",
        "庇護",
        "迫害",
        "恐惧",
        "恐懼",
        "难民",
        "難民",
        "酷刑",
        "泄露",
        "洩露",
        "外泄",
        "驱逐",
        "遣返",
    ),
    "ar": ("لجوء", "اضطهاد", "خوف", "لاجئ", "تعذيب", "تسريب", "ترحيل", "اختراق"),
    "fa": ("پناهندگ", "پناهجو", "آزار و اذیت", "شکنجه", "افشا", "اخراج"),
    "pa": ("ਸ਼ਰਨ", "ਪਨਾਹ", "ਅਤਿਆਚਾਰ", "ਤਸ਼ੱਦਦ", "ਸ਼ਰਨਾਰਥੀ", "ਦੇਸ਼ ਨਿਕਾਲਾ"),
    "hi": ("शरण", "उत्पीड़न", "यातना", "शरणार्थी", "निर्वासन", "उल्लंघन"),
    "am": ("ጥገኝነት", "ስደተኛ", "ስደት", "ማሰቃየት"),
}


def forbidden_words(text: str) -> frozenset[str]:
    """The forbidden words found in a text, in any language; empty is good."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    found = set(_BEGINNING.findall(_without_accents(normal)))
    composed = unicodedata.normalize("NFC", normal)
    return frozenset(found | {word for word in _WORDS_ANYWHERE if word in composed})


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("ı", "i"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


_BEGINNING = re.compile(
    r"\b(?:"
    + "|".join(sorted({_without_accents(stem) for stems in _STEMS.values() for stem in stems}))
    + r")\w*"
)
_WORDS_ANYWHERE = frozenset(
    unicodedata.normalize("NFC", word).casefold() for words in _ANYWHERE.values() for word in words
)
