"""Files meant to break the intake: nothing partial comes in, and one sentence says why."""

from __future__ import annotations

import resource
from collections.abc import Callable

import pytest

from breach.core.errors import Refused
from breach.models import AffectedPerson, Facility, Incident, Roster, RosterRow
from breach.services import rosters
from tests import factories
from tests.breach.services.lists import FOUR, four, twenty, written
from tests.factories import Cast
from tests.hostile.workbooks import far_corner, unpacking_to, workbook

ROW = ("Sample, Ada", "1990-03-25", "Guatemala", "SAMPLE COUNTY JAIL")
SHEET = [list(FOUR), list(ROW)]


@pytest.fixture
def incident(db: None) -> Incident:
    factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")
    return factories.incident()


HOSTILE: dict[str, bytes | Callable[[], bytes]] = {
    "empty": b"",
    "header only": ",".join(FOUR).encode(),
    "NUL bytes": four(ROW).replace(b"Ada", b"A\0a"),
    "binary": bytes(range(256)) * 40,
    "cut in half": four(ROW, ROW, ROW)[:-40],
    "cut in a character": written(FOUR, [("Peña, Ada", *ROW[1:])]).split(b"\xb1")[0],
    "unclosed quote": four(ROW) + b'"Otherwise, Bea,1990-03-25,Guatemala,X\n' * 3,
    "megabyte field": four(("x" * (1 << 20), *ROW[1:])),
    "duplicate headers": written(("Name", "Name", *FOUR[1:]), [("a", *ROW)]),
    "bytes of no encoding": four(ROW).replace(b"Ada", b"A\x81a\xff"),
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    "hidden sheet": workbook(SHEET, lambda book, _sheet: book.add_worksheet("more").hide()),
    "hidden column": workbook(SHEET, lambda _book, sheet: sheet.set_column(2, 2, None, None, {"hidden": True})),
    "filtered rows": workbook([*SHEET, list(ROW)], lambda _book, sheet: sheet.set_row(2, None, None, {"hidden": True})),
    "formula": workbook(SHEET, lambda _book, sheet: sheet.write_formula("A3", '=HYPERLINK("http://x.example")')),
    "dimension bomb": far_corner(workbook(SHEET)),
    "zip bomb": lambda: unpacking_to(workbook(SHEET), 600 << 20),
    "half a workbook": workbook(SHEET)[:3000],
    "another table": b"Colour,Price\nred,3\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence_and_leaves_nothing(
    cast: Cast, incident: Incident, kind: str
) -> None:
    made = HOSTILE[kind]
    file = made if isinstance(made, bytes) else made()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refused) as caught:
        rosters.import_roster(actor=cast.supervisor, incident=incident, source=file)
    said = str(caught.value)
    assert said[0].isupper() and said.endswith(".") and "Ada" not in said and "%(" not in said
    assert (Roster.objects.count(), RosterRow.objects.count(), AffectedPerson.objects.count()) == (
        0,
        0,
        0,
    )
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    )  # kB: the bomb went off elsewhere


def test_cells_that_are_formulas_elsewhere_are_text_here(cast: Cast, incident: Incident) -> None:
    name = '=HYPERLINK("http://x.example"), @SUM(1)'
    assert (
        rosters.import_roster(
            actor=cast.supervisor, incident=incident, source=four((name, *ROW[1:]))
        ).new
        == 1
    )
    person = AffectedPerson.objects.get()
    assert person.name_as_listed == name and person.family_name.startswith("=HYPERLINK(")


def test_markup_and_template_words_in_a_name_stay_words(cast: Cast, incident: Incident) -> None:
    name = "<script>alert(1)</script>, {{ secret }} {% now %}"
    rosters.import_roster(actor=cast.supervisor, incident=incident, source=four((name, *ROW[1:])))
    assert AffectedPerson.objects.get().given_names == "{{ secret }} {% now %}"


def test_direction_overrides_are_gone_from_display_and_kept_as_listed(
    cast: Cast, incident: Incident
) -> None:
    rosters.import_roster(
        actor=cast.supervisor, incident=incident, source=four(("Samp\u202ele, A\u200cda", *ROW[1:]))
    )
    person = AffectedPerson.objects.get()
    assert (person.family_name, person.given_names) == ("Sample", "A\u200cda")
    assert "\u202e" in person.name_as_listed


def test_ten_thousand_characters_of_name_are_held_and_kept_whole(
    cast: Cast, incident: Incident
) -> None:
    long = "x" * 10_000
    report = rosters.import_roster(
        actor=cast.supervisor, incident=incident, source=four((long, *ROW[1:]))
    )
    assert (report.conflict, report.problems) == (1, {"too_long": 1})
    assert RosterRow.objects.get().cells["Name"] == long


def test_thousands_of_copies_of_one_row_are_one_person(cast: Cast, incident: Incident) -> None:
    report = rosters.import_roster(
        actor=cast.supervisor, incident=incident, source=twenty(*[{}] * 3000)
    )
    assert (report.new, report.matched, report.duplicate_pairs) == (1, 2999, 0)


def test_numbers_mangled_by_a_spreadsheet_reject_every_row(cast: Cast, incident: Incident) -> None:
    mangled = twenty(*({"A-Number": f"1.2345{n}E+08"} for n in range(5)))
    report = rosters.import_roster(actor=cast.supervisor, incident=incident, source=mangled)
    assert (report.rejected, report.problems) == (5, {"scientific": 5})


def test_lists_in_old_encodings_and_with_other_separators_come_in(
    cast: Cast, incident: Incident
) -> None:
    text = "Name;Birthdate;Nationality;Detention Location\rPeña, Ada;1990-03-25;México;SAMPLE COUNTY JAIL\r"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        one = factories.incident()
        report = rosters.import_roster(
            actor=cast.supervisor, incident=one, source=text.encode(encoding)
        )
        assert report.new + report.matched == 1
    assert {person.family_name for person in AffectedPerson.objects.all()} == {"Peña"}
    assert Facility.objects.count() == 1
