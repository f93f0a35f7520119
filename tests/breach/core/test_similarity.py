"""Records that may be one person are paired with reasons; different people are left alone."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from time import process_time

import pytest

from breach.core import codes, dates, normalize
from breach.core.similarity import (
    REASONS,
    Candidate,
    Features,
    candidates,
    compare,
    features,
    names_contradict,
)
from breach.core.tabular import open_table

ADA = Features("a", "sample perez", "ada maria", date(1990, 3, 4), "A000100007", "GT", "f1")


def pair(**changes: object) -> Candidate | None:
    return compare(ADA, replace(ADA, id="b", **changes))  # type: ignore[arg-type]  # names of fields


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"a_number": ""}, "same_name"),
        ({"a_number": "", "family": "ada maria", "given": "sample perez"}, "same_name_other_order"),
        ({"a_number": "", "family": "sample"}, "part_of_family_name"),
        ({"a_number": "", "given": "ada"}, "part_of_given_name"),
        ({"a_number": "", "family": "smaple perez"}, "family_name_misspelt"),
        ({"a_number": "", "given": "ada marai"}, "given_name_misspelt"),
        ({"a_number": "A000100008"}, "a_number_one_digit"),
        ({"a_number": "", "birth_date": date(1990, 4, 3)}, "birth_date_day_month"),
        ({"a_number": "", "birth_date": date(1990, 3, 14)}, "birth_date_one_digit"),
    ],
)  # fmt: skip
def test_a_likely_duplicate_says_why(changes: dict[str, object], reason: str) -> None:
    found = pair(**changes)
    assert found is not None
    assert reason in found.reasons
    assert all(reason in REASONS for reason in found.reasons)


@pytest.mark.parametrize(
    "changes",
    [
        {"given": "berta luz", "a_number": ""},
        {"birth_date": date(1971, 8, 9), "a_number": "A000555555"},
        {"birth_date": date(1971, 8, 9), "a_number": ""},
        {"birth_date": date(1990, 3, 14), "a_number": "", "facility": "f2"},
        {"family": "other name", "given": "somebody", "a_number": "A000100008"},
    ],
)
def test_different_people_are_left_alone(changes: dict[str, object]) -> None:
    assert pair(**changes) is None


def test_names_contradict_only_when_they_cannot_be_one_name() -> None:
    assert not names_contradict(ADA, replace(ADA, family="ada maria", given="sample perez"))
    assert names_contradict(ADA, replace(ADA, family="quite", given="different"))


def test_two_known_people_are_not_paired_again() -> None:
    known = [ADA, replace(ADA, id="b", a_number="")]
    assert candidates(known, []) == []
    assert {(pair.first, pair.second) for pair in candidates(known, [replace(ADA, id="c", a_number="")])} == {
        ("a", "c"), ("b", "c"),
    }  # fmt: skip


def test_many_people_born_on_one_day_take_no_square_of_time() -> None:
    crowd = [
        Features(str(n), f"family{n % 997}", f"given{n}", date(1990, 1, 1), "", "GT", "")
        for n in range(6000)
    ]
    started = process_time()
    candidates([], crowd)
    assert process_time() - started < 20


def test_the_planted_duplicates_are_found_and_little_else(shared_data: Path) -> None:
    with open_table(shared_data / "roster-with-duplicates.xlsx") as table:
        rows = list(table)
    evidence = dates.Evidence()
    for row in rows:
        evidence.add(row.cells[3])
    order = evidence.order
    people = [
        features(
            str(row.number), normalize.clean(str(row.cells[1])), normalize.clean(str(row.cells[2])),
            dates.read_date(row.cells[3], order), normalize.a_number(str(row.cells[0])) if row.cells[0] else "",
            codes.country_code(str(row.cells[4])), str(row.cells[7]),
        )
        for row in rows
    ]  # fmt: skip
    rows_of: defaultdict[str, list[str]] = defaultdict(list)
    with (shared_data / "roster-with-duplicates-truth.csv").open() as file:
        for line in csv.DictReader(file):
            rows_of[line["person"]].append(str(int(line["data_row"]) + 1))  # below the header
    planted = {tuple(sorted(two)) for same in rows_of.values() for two in combinations(same, 2)}
    found = {(pair.first, pair.second) for pair in candidates([], people)}
    assert len(planted & found) >= 0.98 * len(planted)
    assert len(found - planted) <= 0.05 * len(found)
