"""How hard a text is to read: the Flesch-Kincaid grade for English, Fernández Huerta's ease for Spanish."""

from __future__ import annotations

import re


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", text)


def _sentences(text: str) -> int:
    return max(1, len(re.findall(r"[.!?:;](?=\s|$)", text)))


def _english_syllables(word: str) -> int:
    plain = word.lower()
    groups = len(re.findall(r"[aeiouy]+", plain))
    if plain.endswith("e") and not plain.endswith(("le", "ee")):
        groups -= 1
    if re.search(r"[^dt]ed$", plain):
        groups -= 1
    return max(1, groups)


def _spanish_syllables(word: str) -> int:
    # Two strong vowels, or an accented weak one beside a strong one, are two syllables; a diphthong is one.
    plain = re.sub(r"(?<=[qg])u(?=[eiéí])", "", word.lower())
    return max(1, len(re.findall(r"[iuü]?[aeoáéó][iuyü]?|[íú]|[iuüy]+", plain)))


def grade_in_english(text: str) -> float:
    """Years of school: 6.0 is the sixth grade."""
    words = _words(text)
    syllables = sum(map(_english_syllables, words))
    return 0.39 * len(words) / _sentences(text) + 11.8 * syllables / len(words) - 15.59


def ease_in_spanish(text: str) -> float:
    """0 to 100; 70 and more is what a sixth-grader reads without effort."""
    words = _words(text)
    syllables = sum(map(_spanish_syllables, words))
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / _sentences(text)
