"""Opaque references: read back as people write them, refused when one character is wrong."""

from __future__ import annotations

import re

import pytest

from breach.core.references import ALPHABET, InvalidReference, new_reference, parse


def test_a_reference_reads_back_however_it_is_written() -> None:
    reference = new_reference("D")
    assert re.fullmatch(r"D(-[0-9A-HJKMNP-TV-Z]{4}){3}", reference)
    for written in (
        reference.lower(),
        reference.replace("-", " "),
        reference.replace("-", "\u2013"),
    ):
        assert parse(f"  {written} ", prefix="D") == reference


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    reference = new_reference()
    confused = reference.replace("0", "O").replace("1", "l")
    assert parse(confused) == reference


def test_every_single_wrong_character_is_caught() -> None:
    reference = new_reference("D").replace("-", "")
    for place, right in enumerate(reference):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(InvalidReference):
                parse(reference[:place] + wrong + reference[place + 1 :])


def test_every_exchange_of_two_characters_is_caught() -> None:
    reference = new_reference().replace("-", "")
    for first in range(len(reference)):
        for second in range(first + 1, len(reference)):
            swapped = list(reference)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            if swapped != list(reference):
                with pytest.raises(InvalidReference):
                    parse("".join(swapped))


@pytest.mark.parametrize(
    "text", ["", "K7QM", "UUUU-UUUU-UUUU", "\x00" * 12, "Ж" * 12, "A" * 10_000]
)
def test_what_is_no_reference_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidReference) as refused:
        parse(text)
    assert not text or text not in str(refused.value)


def test_a_reference_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidReference):
        parse(new_reference("B"), prefix="D")


def test_ten_thousand_references_are_all_different() -> None:
    assert len({new_reference() for _ in range(10_000)}) == 10_000
