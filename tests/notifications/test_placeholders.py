"""Filling in: nothing missing, nothing unknown, everything escaped."""

from __future__ import annotations

import pytest

from notifications.placeholders import (
    PLACEHOLDERS,
    MissingValue,
    UnknownPlaceholder,
    fill,
    names_in,
)


def test_a_value_is_escaped_and_so_is_the_text() -> None:
    filled = fill("A < B, dear {recipient_name}", {"recipient_name": '<img src="http://x">&'})
    assert filled == "A &lt; B, dear &lt;img src=&quot;http://x&quot;&gt;&amp;"


def test_strong_words_come_from_the_text_and_never_from_a_value() -> None:
    assert fill("**{person_name}**", {"person_name": "**x**"}) == "<strong>**x**</strong>"


def test_a_value_that_looks_like_a_placeholder_stays_text() -> None:
    assert fill("{person_name}", {"person_name": "{reference}", "reference": "R"}) == "{reference}"


@pytest.mark.parametrize("values", [{}, {"person_name": ""}, {"person_name": "  "}])
def test_a_missing_value_is_named_and_nothing_is_filled_in(values: dict[str, str]) -> None:
    with pytest.raises(MissingValue, match="person_name"):
        fill("Dear {person_name}", values)


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(UnknownPlaceholder, match="middle_name"):
        names_in("Dear {middle_name}")
    with pytest.raises(UnknownPlaceholder, match="middle_name"):
        fill("Dear you", {"middle_name": "x"})


@pytest.mark.parametrize("text", ["a { b", "a } b", "{person_name}}", "{{person_name}"])
def test_a_stray_brace_is_refused(text: str) -> None:
    with pytest.raises(UnknownPlaceholder):
        names_in(text)


def test_characters_that_reorder_or_hide_text_are_dropped_and_joiners_stay() -> None:
    name = "Ali\u202egnp.exe\u2066\u200b می\u200cخواهم"
    assert fill("{person_name}", {"person_name": name}) == "Alignp.exe می\u200cخواهم"


def test_every_placeholder_says_what_it_means_and_where_it_comes_from() -> None:
    assert all(entry.meaning and entry.source for entry in PLACEHOLDERS.values())
