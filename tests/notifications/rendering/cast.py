"""Invented people and one invented incident for the tests of everything printed."""

from __future__ import annotations

from datetime import date
from typing import Any

from breach.core.references import new_reference
from notifications.rendering.letters import LetterInput
from notifications.rendering.verifier import ExpectedLetter
from notifications.rendering.wording import Facts, standard_wording

FACTS = Facts(
    agency_name="Office of Custody Services",
    occurred=date(2031, 3, 3),
    discovered=date(2031, 3, 4),
    contained=date(2031, 3, 4),
    extract_as_of=date(2031, 2, 20),
    hold_days=30,
    contact_phone="1-800-555-0100",
    contact_email="help@custody.example",
    contact_address="PO Box 1200\nSpringfield, VA 22150",
    signatory_name="Dana Whitfield",
    signatory_title="Privacy Officer",
    copy_to_person=True,
)

# Names as people write them, in the scripts our letters must print.
NAMES = (
    "María Fernanda Quispe Huamán",
    "O'Connor-Ñandú, Łucja",
    "Wolfeschlegelsteinhausenbergerdorff-Montgomery de la Santísima Trinidad, Juan Nepomuceno",
    "Nguyễn Thị Ánh Tuyết",
    "محمد عبد الرحمن الحسيني",
    "王小明",
    "አበበ ቢቂላ",
    "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "नारायण श्रेष्ठ",
    "গৌতম চট্টোপাধ্যায়",
    "Գևորգ Հակոբյան",
    "გიორგი ბერიძე",
    "Тарас Шевченко",
)

ELEMENTS = ("name", "birth_date", "nationality", "detention_location")


def a_letter(name: str = NAMES[0], language: str = "en", **changes: Any) -> LetterInput:
    """A letter to a person outside custody, changed as asked."""
    values: dict[str, Any] = {
        "reference": new_reference(),
        "wording": standard_wording()[language],
        "facts": FACTS,
        "role": "person",
        "posture": "unknown",
        "elements": ELEMENTS,
        "person_name": name,
        "recipient_name": name,
        "address": (name, "1234 Example Street, Apt 5", "Springfield, VA 22150"),
        "dated": date(2031, 3, 20),
    }
    return LetterInput(**{**values, **changes})


def expected(letter: LetterInput, **changes: Any) -> ExpectedLetter:
    """What the verifier is told about it."""
    values: dict[str, Any] = {
        "reference": letter.reference,
        "address": letter.address,
        "person_name": letter.person_name,
        "headings": letter.wording.headings,
    }
    return ExpectedLetter(**{**values, **changes})
