"""The standard wording: complete, plain, the same in every language, and hashed."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from html import unescape
from itertools import product

import pytest

from breach.models import DataElement, Posture
from notifications.placeholders import names_in
from notifications.rendering.letters import letter_html
from notifications.rendering.wording import (
    ROLES,
    WordingError,
    content_sha256,
    standard_wording,
    wording_from_data,
)

from .cast import FACTS, a_letter
from .readability import ease_in_spanish, grade_in_english

LANGUAGES = sorted(standard_wording())
FOR_WHOM = list(product(ROLES, Posture.values))
VARIANTS = list(product(LANGUAGES, ROLES, Posture.values))


def body_of(html: str) -> str:
    """The notice itself as text, one paragraph per line."""
    body = html.split('<main class="notice">')[1]
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(?:p|h1|h2|li)>", "\n", body)))


def prose_of(language: str, role: str, posture: str) -> str:
    """The running sentences: without headings, lists of data, contacts, greeting and signature."""
    text = body_of(letter_html(a_letter(language=language, role=role, posture=posture)))
    lines = [line.strip() for line in text.splitlines() if line.strip()[-1:] in (".", "?")]
    return "\n".join(lines)


def test_english_and_spanish_ship() -> None:
    assert {"en", "es"} <= set(LANGUAGES)


@pytest.mark.parametrize(("language", "role", "posture"), VARIANTS)
def test_every_variant_has_every_element_that_policy_asks_for(
    language: str, role: str, posture: str
) -> None:
    letter = a_letter(language=language, role=role, posture=posture)
    text, dates = body_of(letter_html(letter)), letter.wording.content.dates
    for required in (
        dates.write(FACTS.occurred),
        dates.write(FACTS.discovered),
        FACTS.contact_phone,
        FACTS.contact_email,
        "PO Box 1200, Springfield, VA 22150",
        FACTS.signatory_name,
        FACTS.signatory_title,
        FACTS.agency_name,
        letter.reference,
        *letter.wording.headings,
    ):
        assert required in text
    assert "None" not in text
    assert "{" not in text


def test_the_headings_are_those_of_california_in_their_order() -> None:
    assert standard_wording()["en"].headings == (
        "Notice of Data Breach",
        "What Happened",
        "What Information Was Involved",
        "What We Are Doing",
        "What You Can Do",
        "For More Information",
    )


def test_the_letter_lists_exactly_what_was_exposed_of_this_person() -> None:
    text = body_of(letter_html(a_letter(elements=("nationality", "name"))))
    assert "your name" in text
    assert "the country you are a citizen of" in text
    assert "date of birth" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_posture_and_data_element_of_the_case_file_has_words(language: str) -> None:
    content = standard_wording()[language].content
    assert set(content.postures) == set(Posture.values)
    assert set(content.elements) == set(DataElement.values)


@pytest.mark.parametrize(("role", "posture"), FOR_WHOM)
def test_the_hold_is_promised_to_everybody_who_can_still_be_removed(
    role: str, posture: str
) -> None:
    text = body_of(letter_html(a_letter(role=role, posture=posture)))
    assert ("for at least 30 days" in text) == (posture != "removed")


def test_facts_that_are_absent_leave_their_sentence_out() -> None:
    facts = replace(FACTS, contained=None, extract_as_of=None, copy_to_person=False)
    text = body_of(letter_html(a_letter(facts=facts, role="representative")))
    assert "took the list down" not in text
    assert "as they stood on" not in text
    assert "a copy" not in text


def test_the_copy_to_a_represented_person_says_who_else_was_told() -> None:
    assert "lawyer, Alex Moreno." in body_of(letter_html(a_letter(counsel_name="Alex Moreno")))
    assert "We also send" not in body_of(letter_html(a_letter()))


@pytest.mark.parametrize(("role", "posture"), FOR_WHOM)
def test_english_reads_at_a_sixth_grade_level(role: str, posture: str) -> None:
    most = 10.0 if role == "representative" else 6.9
    assert grade_in_english(prose_of("en", role, posture)) <= most


@pytest.mark.parametrize(("role", "posture"), FOR_WHOM)
def test_spanish_reads_easily(role: str, posture: str) -> None:
    least = 55.0 if role == "representative" else 70.0
    assert ease_in_spanish(prose_of("es", role, posture)) >= least


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_to_the_same_people(language: str) -> None:
    english, other = standard_wording()["en"].content, standard_wording()[language].content
    for ours, theirs in zip(english.sections, other.sections, strict=True):
        assert [
            (b.kind, b.to, b.needs, b.except_posture, b.join, len(b.items)) for b in ours.blocks
        ] == [
            (b.kind, b.to, b.needs, b.except_posture, b.join, len(b.items)) for b in theirs.blocks
        ]
        for mine, yours in zip(ours.blocks, theirs.blocks, strict=True):
            assert names_in(mine.text or "") == names_in(yours.text or "")
            assert list(map(names_in, mine.items)) == list(map(names_in, yours.items))


def test_one_changed_letter_changes_the_hash() -> None:
    wording = standard_wording()["en"]
    data = copy.deepcopy(wording.data)
    data["cover"]["title"] += "."
    assert wording_from_data(data).sha256 != wording.sha256
    assert wording_from_data(copy.deepcopy(wording.data)).sha256 == wording.sha256


def test_what_two_people_sign_covers_every_language_and_every_printed_fact() -> None:
    wordings = standard_wording()
    signed = content_sha256(wordings, FACTS)
    assert signed == content_sha256(dict(reversed(wordings.items())), FACTS)
    assert signed != content_sha256({"en": wordings["en"]}, FACTS)
    assert signed != content_sha256(wordings, replace(FACTS, hold_days=31))


def test_facts_still_missing_are_named() -> None:
    assert replace(FACTS, signatory_name="", contact_phone="", contained=None).missing() == (
        "contact_phone",
        "signatory_name",
    )


def test_unusable_wording_is_refused_with_the_place() -> None:
    data = copy.deepcopy(standard_wording()["en"].data)
    data["notice"]["greeting"]["person"] = "Dear {first_name},"
    with pytest.raises(WordingError, match=r"notice > greeting > person: .*first_name"):
        wording_from_data(data)


def test_an_optional_fact_must_be_declared_where_it_is_used() -> None:
    data = copy.deepcopy(standard_wording()["en"].data)
    data["sections"][1]["blocks"][0]["text"] += " It ended on {contained}."
    with pytest.raises(WordingError, match="contained, which may be absent"):
        wording_from_data(data)
