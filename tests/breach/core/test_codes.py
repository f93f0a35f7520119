"""Countries and languages from the spellings that lists use."""

from __future__ import annotations

import pytest

from breach.core import codes
from breach.core.normalize import Unreadable


@pytest.mark.parametrize(
    ("raw", "code"),
    [("Guatemala", "GT"), ("GUATEMALA", "GT"), ("MEX", "MX"), ("mx", "MX"), ("PRC", "CN"), ("Turkey", "TR"),
     ("Russian Federation", "RU"), ("Viet Nam", "VN"), ("Vietnam", "VN"), ("Perú", "PE"), ("Brasil", "BR"),
     ("Guatemalan", "GT"), ("Syria", "SY"), ("Côte d'Ivoire", "CI"), ("Georgia", "GE")],
)  # fmt: skip
def test_a_country_is_found_under_its_usual_spellings(raw: str, code: str) -> None:
    assert codes.country_code(raw) == code


@pytest.mark.parametrize("raw", ["Congo", "Korea", "Atlantis", "", "XX"])
def test_what_may_be_two_countries_or_none_is_not_guessed(raw: str) -> None:
    with pytest.raises(Unreadable, match="country"):
        codes.country_code(raw)


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("es", "es"), ("SPA", "es"), ("pa-guru", "pa-Guru"), ("zh_hans", "zh-Hans"), ("Spanish", "es"), ("K'iche'", "quc"),
     ("Q’eqchi’", "kek"), ("mam", "mam"), ("Haitian Creole", "ht"), ("Dari", "prs"), ("es-419", "es-419")],
)  # fmt: skip
def test_a_language_is_found_by_tag_and_by_name(raw: str, tag: str) -> None:
    assert codes.language_tag(raw) == tag


def test_an_unknown_language_is_not_guessed() -> None:
    with pytest.raises(Unreadable, match="language"):
        codes.language_tag("Elvish of the West")


def test_names_are_shown_in_the_language_of_the_reader() -> None:
    assert (codes.country_name("TR", "es"), codes.country_name("VE")) == ("Turquía", "Venezuela")
    assert (codes.language_name("es", "es"), codes.language_name("quc")) == ("Español", "K'iche'")
    assert (codes.country_name("as listed"), codes.language_name("qqq")) == ("as listed", "qqq")


@pytest.mark.parametrize(
    ("tag", "english", "spanish"),
    [("ht", "Haitian Creole", "Criollo haitiano"), ("pa-Guru", "Punjabi", "Panyabí"), ("ps", "Pashto", "Pastún"),
     ("kek", "Q'eqchi'", "Q'eqchi'"), ("sw", "Swahili", "Suajili"), ("ne", "Nepali", "Nepalí")],
)  # fmt: skip
def test_a_language_is_called_what_its_interpreters_call_it(
    tag: str, english: str, spanish: str
) -> None:
    assert (codes.language_name(tag), codes.language_name(tag, "es")) == (english, spanish)


@pytest.mark.parametrize("tag", sorted(codes.LANGUAGE_NAMES))
def test_the_name_shown_for_a_language_can_be_typed_in_again(tag: str) -> None:
    for shown in codes.LANGUAGE_NAMES[tag]:
        assert codes.language_tag(shown) == tag
