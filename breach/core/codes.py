"""Countries as ISO 3166-1 codes and languages as BCP 47 tags, from the spellings that lists use."""

from __future__ import annotations

import gettext
import re
from functools import cache

import pycountry

from .normalize import Unreadable, clean, name_key

# Spellings the ISO table lacks. "Congo" and "Korea" alone are left out: each can be two countries.
COUNTRY_SPELLINGS = {
    "prc": "CN", "peoples republic of china": "CN", "mainland china": "CN", "roc": "TW",
    "russia": "RU", "turkey": "TR", "burma": "MM", "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ",
    "czech republic": "CZ", "macedonia": "MK", "east timor": "TL", "palestine": "PS", "gaza": "PS",
    "west bank": "PS", "kosovo": "XK", "the gambia": "GM", "bahamas": "BS", "macau": "MO", "holland": "NL",
    "drc": "CD", "dr congo": "CD", "congo kinshasa": "CD", "democratic republic of congo": "CD", "zaire": "CD",
    "democratic republic of the congo": "CD", "congo brazzaville": "CG", "republic of congo": "CG",
    "uk": "GB", "great britain": "GB", "england": "GB", "usa": "US", "us": "US", "united states of america": "US",
    "laos": "LA", "brunei": "BN", "micronesia": "FM", "st lucia": "LC", "trinidad": "TT", "trinidad tobago": "TT",
    "salvador": "SV", "dominican rep": "DO", "republica dominicana": "DO", "north korea": "KP", "south korea": "KR",
}  # fmt: skip
AMBIGUOUS_COUNTRIES = frozenset({"congo", "korea"})
NATIONALITIES = {
    "guatemalan": "GT", "honduran": "HN", "salvadoran": "SV", "salvadorean": "SV", "nicaraguan": "NI",
    "mexican": "MX", "cuban": "CU", "colombian": "CO", "venezuelan": "VE", "ecuadorian": "EC", "ecuadorean": "EC",
    "peruvian": "PE", "brazilian": "BR", "haitian": "HT", "jamaican": "JM", "indian": "IN", "chinese": "CN",
    "russian": "RU", "ukrainian": "UA", "turkish": "TR", "georgian": "GE", "armenian": "AM", "uzbek": "UZ",
    "afghan": "AF", "iranian": "IR", "syrian": "SY", "egyptian": "EG", "nepali": "NP", "nepalese": "NP",
    "bangladeshi": "BD", "pakistani": "PK", "vietnamese": "VN", "somali": "SO", "ethiopian": "ET", "eritrean": "ER",
    "ghanaian": "GH", "senegalese": "SN", "cameroonian": "CM", "mauritanian": "MR", "angolan": "AO",
}  # fmt: skip
LANGUAGE_SPELLINGS = {
    "chinese": "zh", "mandarin": "zh", "mandarin chinese": "zh", "cantonese": "yue", "simplified chinese": "zh-Hans",
    "creole": "ht", "haitian creole": "ht", "haitian": "ht", "farsi": "fa", "persian": "fa", "dari": "prs",
    "punjabi": "pa", "pulaar": "ff", "fulani": "ff", "fula": "ff", "tigrigna": "ti", "pashto": "ps", "pushtu": "ps",
    "quiche": "quc", "kiche": "quc", "kekchi": "kek", "qeqchi": "kek", "kanjobal": "kjb", "qanjobal": "kjb",
    "portugese": "pt", "brazilian portuguese": "pt-BR", "nepali": "ne", "espanol": "es", "castilian": "es",
    "ixil": "ixl", "chuj": "cac", "popti": "jac", "akateko": "knj", "kaqchikel": "cak", "garifuna": "cab",
}  # fmt: skip
# What those who speak or interpret it call it, in English and Spanish, where the ISO table says something else.
LANGUAGE_NAMES = {
    "ht": ("Haitian Creole", "Criollo haitiano"), "pa": ("Punjabi", "Panyabí"),
    "pnb": ("Western Punjabi", "Panyabí occidental"),
    "ps": ("Pashto", "Pastún"), "prs": ("Dari", "Darí"), "ckb": ("Central Kurdish (Sorani)", "Kurdo central (sorani)"),
    "kek": ("Q'eqchi'", "Q'eqchi'"), "knj": ("Akateko", "Akateko"), "agu": ("Awakateko", "Awakateko"),
    "yua": ("Yucatec Maya", "Maya yucateco"), "cab": ("Garifuna", "Garífuna"), "ff": ("Fula", "Fula"),
    "yue": ("Cantonese", "Cantonés"), "ne": ("Nepali", "Nepalí"),
    "or": ("Odia", "Oriya"), "am": ("Amharic", "Amárico"), "lo": ("Lao", "Lao"), "el": ("Greek", "Griego"),
    "ky": ("Kyrgyz", "Kirguís"), "sw": ("Swahili", "Suajili"), "ms": ("Malay", "Malayo"), "rn": ("Kirundi", "Kirundi"),
    "ug": ("Uyghur", "Uigur"), "to": ("Tongan", "Tongano"), "om": ("Oromo", "Oromo"),
}  # fmt: skip
TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


def country_code(raw: str) -> str:
    """The two-letter code of a country written as name, nationality or code. Raises Unreadable when not certain."""
    key = name_key(clean(raw))
    code = None if key in AMBIGUOUS_COUNTRIES else _country_spellings().get(key)
    if code is None:
        raise Unreadable("country")
    return code


def country_name(code: str, language: str = "en") -> str:
    """The short name of the country in a language; the text itself when it is no code."""
    country = pycountry.countries.get(alpha_2=code) if len(code) == 2 else None
    if country is None:
        return "Kosovo" if code == "XK" else code
    name: str = getattr(country, "common_name", country.name)
    return _translated("iso3166-1", language).gettext(name)


def language_tag(raw: str) -> str:
    """The BCP 47 tag of a language written as tag or name, shortest form (``es``, ``pa-Guru``, ``quc``)."""
    text = clean(raw)
    if (found := TAG.fullmatch(text)) and (language := _language_code(found[1].lower())):
        script = (found[2] or "").title()
        region = (found[3] or "").upper()
        if (not script or pycountry.scripts.get(alpha_4=script)) and (
            not region or region.isdigit() or pycountry.countries.get(alpha_2=region)
        ):
            return "-".join(filter(None, (language, script, region)))
    tag = LANGUAGE_SPELLINGS.get(name_key(text)) or _language_names().get(name_key(text))
    if tag is None:
        raise Unreadable("language")
    return tag


def language_name(tag: str, language: str = "en") -> str:
    """The name of the language of a tag in a language; the tag itself when unknown."""
    code = tag.split("-")[0]
    if code in LANGUAGE_NAMES:
        english, spanish = LANGUAGE_NAMES[code]
        return spanish if language.split("-")[0] == "es" else english
    found = (
        pycountry.languages.get(alpha_2=code)
        if len(code) == 2
        else pycountry.languages.get(alpha_3=code)
    )
    return _translated("iso639-3", language).gettext(found.name) if found else tag


@cache
def _country_spellings() -> dict[str, str]:
    spellings: dict[str, str] = {}
    spanish = _translated("iso3166-1", "es")
    for country in pycountry.countries:
        names = [
            country.name,
            getattr(country, "common_name", ""),
            getattr(country, "official_name", ""),
        ]
        names += [spanish.gettext(name) for name in names if name]
        for name in filter(None, [country.alpha_2, country.alpha_3, *names]):
            spellings.setdefault(name_key(name), country.alpha_2)
    return spellings | NATIONALITIES | COUNTRY_SPELLINGS


@cache
def _language_code(code: str) -> str | None:
    found = (
        pycountry.languages.get(alpha_2=code)
        if len(code) == 2
        else pycountry.languages.get(alpha_3=code)
    )
    return getattr(found, "alpha_2", found.alpha_3) if found else None


@cache
def _language_names() -> dict[str, str]:
    spanish = _translated("iso639-3", "es")
    names: dict[str, str] = {}
    for language in pycountry.languages:
        tag = getattr(language, "alpha_2", language.alpha_3)
        for name in (
            language.name,
            re.sub(r" \(.*\)$", "", language.name),
            spanish.gettext(language.name),
        ):
            if len(tag) == 2 or name_key(name) not in names:
                names[name_key(name)] = tag
    for tag, shown in LANGUAGE_NAMES.items():  # what we show can be typed in again
        names |= {name_key(name): tag for name in shown}
    return names


@cache
def _translated(domain: str, language: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[language], fallback=True)
