"""Names, numbers and contacts from lists: one form, or a refusal that says what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breach.core import normalize
from breach.core.normalize import Name, Unreadable


def code_of(verb: object, raw: str) -> str:
    with pytest.raises(Unreadable) as caught:
        verb(raw)  # type: ignore[operator]  # any of the readers below
    assert raw not in str(caught.value) or not raw
    return caught.value.code


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("A000100007", "A000100007"), ("a-000-100-007", "A000100007"), ("000-100007", "A000100007"),
        ("A# 012 345 678", "A012345678"), ("98765432", "A098765432"), ("Ａ０００１００００７", "A000100007"),
    ],
)  # fmt: skip
def test_an_a_number_has_one_form(raw: str, read: str) -> None:
    assert normalize.a_number(raw) == read


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.23457E+08", "scientific"), ("1,2E8", "scientific"), ("1E+08", "scientific"),
        ("123456", "a_number"), ("1234567890", "a_number"), ("A12B456789", "a_number"), ("=1+1", "a_number"),
        ("A000000000", "a_number_placeholder"), ("999999999", "a_number_placeholder"),
        ("123456789", "a_number_placeholder"),
    ],
)  # fmt: skip
def test_a_mangled_or_made_up_a_number_is_refused(raw: str, code: str) -> None:
    assert code_of(normalize.a_number, raw) == code


def test_a_name_is_shown_composed_single_spaced_and_without_direction_overrides() -> None:
    assert normalize.clean("  Pen\u0303a\u00a0 Ru\u0301iz ") == "Peña Rúiz"
    assert normalize.clean("Ann\u202eeiV\u2066a") == "AnneiVa"


def test_joiners_that_persian_and_sinhala_need_are_kept_but_do_not_part_equal_names() -> None:
    assert "\u200c" in normalize.clean("علی\u200cرضا")
    assert normalize.name_key("علی\u200cرضا") == normalize.name_key("علیرضا")


@pytest.mark.parametrize("raw", ["GonzÃ¡lez", "PeÃ±a", "Ð˜Ð²Ð°Ð½", "NuÃ±ez MÃ¼ller", "Mu\ufffdoz"])
def test_letters_broken_on_the_way_are_noticed(raw: str) -> None:
    assert code_of(normalize.name_part, raw) == "misread_letters"


@pytest.mark.parametrize(
    "raw", ["González", "Ãngela", "Đặng", "Ибрагимов", "Łukasz", "王小明", "የሱፍ", "O’Neil"]
)
def test_names_of_the_world_are_no_broken_letters(raw: str) -> None:
    assert normalize.name_part(raw) == raw


def test_control_characters_and_endless_names_are_refused_not_cut() -> None:
    assert code_of(normalize.name_part, "Ada\x07") == "control_character"
    assert code_of(normalize.name_part, "a" * 10_000) == "too_long"


def test_words_for_no_name_are_no_name_but_null_is_a_surname() -> None:
    assert [normalize.name_part(raw) for raw in ("FNU", "LNU", " - ", "Null")] == [
        "",
        "",
        "",
        "Null",
    ]


def test_one_comma_tells_family_from_given_names_and_nothing_else_does() -> None:
    assert normalize.split_name("De León, Ana María") == Name("De León", "Ana María")
    assert normalize.split_name("Nguyễn Văn An") == Name("Nguyễn Văn An", "", ordered=False)
    assert normalize.split_name("A, B, C").ordered is False


def test_names_are_compared_without_case_accents_hyphens_and_apostrophes() -> None:
    assert normalize.name_key("PEÑA-Núñez") == normalize.name_key("peña nunez") == "pena nunez"
    assert normalize.name_key("O’Neil") == normalize.name_key("ONEIL")
    assert normalize.name_key("Øystein Łuk") == "oystein luk"


def test_letters_of_two_alphabets_in_one_name_are_seen() -> None:
    assert normalize.scripts_of("Pаvel") == {"LATIN", "CYRILLIC"}
    assert len(normalize.scripts_of("ひらカナ漢字")) == 1 or normalize.scripts_of("ひらカナ") == {
        "CJK"
    }


def test_phones_are_e164_and_e_mail_domains_small() -> None:
    assert normalize.phone("(202) 555-0123") == "+12025550123"
    assert normalize.phone("+502 5555 1234 ext. 9") == "+50255551234x9"
    assert normalize.email(" Ada@Sample.EXAMPLE ") == "Ada@sample.example"
    assert code_of(normalize.phone, "12") == "phone"
    assert code_of(normalize.email, "ada at sample") == "email"


def test_every_reason_has_a_sentence() -> None:
    assert all(str(sentence) for sentence in normalize.REASONS.values())


@given(st.text())
def test_no_text_makes_the_readers_stumble(raw: str) -> None:
    for verb in (
        normalize.clean,
        normalize.name_part,
        normalize.a_number,
        normalize.phone,
        normalize.email,
    ):
        try:
            assert "\x00" not in verb(raw)
        except Unreadable as problem:
            assert problem.code in normalize.REASONS


@given(st.text())
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    try:
        once = normalize.clean(raw)
    except Unreadable:
        return
    assert normalize.clean(once) == once
