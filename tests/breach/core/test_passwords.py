"""Passwords everybody knows are refused, also dressed up to fifteen characters."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize(
    "known",
    [
        "1qaz2wsx3edc4rfv", "password12345678", "!!!Password2026!!!", "passwordpasswordpassword", "qwertyuiop!!!!!",
        "aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "123456789012345", "letmein-00000000",
    ],
)  # fmt: skip
def test_a_known_password_stays_known_when_it_is_longer(known: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(known)


@pytest.mark.parametrize(
    "good",
    ["correct horse battery staple", "Vier Pferde am 3. Zaun", "zqRk-8812-ahtr-0t", "el perro azul duerme"],
)  # fmt: skip
def test_several_words_and_random_ones_are_taken(good: str) -> None:
    assert validate_password(good) is None  # any doubt is a ValidationError


def test_less_than_fifteen_characters_are_refused() -> None:
    with pytest.raises(ValidationError, match="at least 15"):
        validate_password("zqRk-8812-ahtr")
