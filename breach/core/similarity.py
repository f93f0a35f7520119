"""Which records may be one human being, and why. Every pair carries its reasons; nothing is decided here.

Records are only compared inside blocks (same birth date up to swapped day and month; same name; A-numbers one digit
apart), so that a hundred thousand take seconds. Nothing is stored: the features live in memory for one run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.fuzz import ratio

from .normalize import name_key

REASONS = {
    "same_name": _("same name"),
    "same_name_other_order": _("same name, family and given name swapped"),
    "part_of_family_name": _("same given name, one family name is part of the other"),
    "part_of_given_name": _("same family name, one given name is part of the other"),
    "family_name_misspelt": _("same given name, family names differ in a letter or two"),
    "given_name_misspelt": _("same family name, given names differ in a letter or two"),
    "similar_name": _("similar names"),
    "same_birth_date": _("same birth date"),
    "birth_date_day_month": _("birth dates agree when day and month are swapped"),
    "birth_date_one_digit": _("birth dates differ in one digit or two swapped ones"),
    "birth_date_missing": _("one birth date is missing"),
    "birth_date_differs": _("but different birth dates"),
    "same_a_number": _("same A-number"),
    "a_number_one_digit": _("A-numbers differ in one digit or two swapped ones"),
    "a_number_missing": _("one A-number is missing"),
    "a_number_differs": _("but different A-numbers"),
    "same_facility": _("held at the same facility"),
    "same_nationality": _("same nationality"),
    "nationality_differs": _("but different nationalities"),
}
# Points out of 100. A pair is proposed from THRESHOLD on; different A-numbers speak loudly against.
POINTS = {
    "same_name": 50, "same_name_other_order": 48, "part_of_family_name": 38, "part_of_given_name": 36,
    "family_name_misspelt": 40, "given_name_misspelt": 40, "similar_name": 25,
    "same_birth_date": 35, "birth_date_day_month": 28, "birth_date_one_digit": 5, "birth_date_missing": 5,
    "birth_date_differs": -25,
    "same_a_number": 60, "a_number_one_digit": 30, "a_number_missing": 0, "a_number_differs": -25,
    "same_facility": 8, "same_nationality": 4, "nationality_differs": -12,
}  # fmt: skip
THRESHOLD = 60
# Beyond this a block (say, everybody born on 1 January) is cut by the first letters of the name.
LARGE_BLOCK = 200
MISSPELT = 2
SIMILAR = 82


@dataclass(frozen=True, slots=True)
class Features:
    """What of a person is compared. Names are keys (see normalize.name_key); empty text is unknown."""

    id: str
    family: str
    given: str
    birth_date: date | None = None
    a_number: str = ""
    nationality: str = ""
    facility: str = ""
    tokens: tuple[str, ...] = field(init=False)  # the words of the whole name in order

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tuple(sorted(f"{self.family} {self.given}".split())))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two records that may be one person; `reasons` are keys of REASONS, `score` runs from 0 to 100."""

    first: str
    second: str
    score: int
    reasons: tuple[str, ...]


def features(
    id: str,
    family: str,
    given: str,
    birth_date: date | None,
    a_number: str,
    nationality: str,
    facility: str,
) -> Features:
    """Features from values as shown."""
    return Features(
        id,
        name_key(family),
        name_key(given),
        birth_date,
        a_number,
        nationality,
        facility,
    )


def candidates(known: Sequence[Features], fresh: Sequence[Features]) -> list[Candidate]:
    """Pairs among the fresh records and between fresh and known ones, best first; never two known ones."""
    fresh_ids = {record.id for record in fresh}
    best: dict[tuple[str, str], Candidate] = {}
    for left, right in _comparisons([*known, *fresh]):
        if left.id == right.id or not (left.id in fresh_ids or right.id in fresh_ids):
            continue
        first, second = sorted((left.id, right.id))
        if (first, second) not in best and (candidate := compare(left, right)):
            best[first, second] = candidate
    return sorted(best.values(), key=lambda pair: (-pair.score, pair.first, pair.second))


def compare(left: Features, right: Features) -> Candidate | None:
    """The pair with its reasons when it deserves a look."""
    name = _name_reason(left, right)
    if name is None:
        return None
    reasons = [name, *_birth_date_reason(left, right), *_a_number_reason(left, right)]
    if left.facility and left.facility == right.facility:
        reasons.append("same_facility")
    if left.nationality and right.nationality:
        same = left.nationality == right.nationality
        reasons.append("same_nationality" if same else "nationality_differs")
    score = min(100, sum(POINTS[reason] for reason in reasons))
    if score < THRESHOLD:
        return None
    first, second = sorted((left.id, right.id))
    return Candidate(first, second, score, tuple(reasons))


def names_contradict(left: Features, right: Features) -> bool:
    """Whether two names cannot be spellings of one: the check behind a shared identifier."""
    return _name_reason(left, right) is None


def birth_dates_contradict(left: date | None, right: date | None) -> bool:
    return left is not None and right is not None and left != right


def _name_reason(left: Features, right: Features) -> str | None:
    if (left.family, left.given) == (right.family, right.given):
        return "same_name"
    if left.tokens == right.tokens:
        return "same_name_other_order"
    if left.given == right.given and left.given:
        if _part_of(left.family, right.family):
            return "part_of_family_name"
        if _misspelt(left.family, right.family):
            return "family_name_misspelt"
    if left.family == right.family and left.family:
        if _part_of(left.given, right.given):
            return "part_of_given_name"
        if _misspelt(left.given, right.given):
            return "given_name_misspelt"
    return (
        "similar_name" if ratio(" ".join(left.tokens), " ".join(right.tokens)) >= SIMILAR else None
    )


def _part_of(left: str, right: str) -> bool:
    one, other = Counter(left.split()), Counter(right.split())
    return bool(one) and bool(other) and (one < other or other < one)


def _misspelt(left: str, right: str) -> bool:
    if min(len(left), len(right)) < 3:
        return False
    return DamerauLevenshtein.distance(left, right, score_cutoff=MISSPELT) <= MISSPELT


def _birth_date_reason(left: Features, right: Features) -> list[str]:
    one, other = left.birth_date, right.birth_date
    if one is None or other is None:
        return ["birth_date_missing"]
    if one == other:
        return ["same_birth_date"]
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return ["birth_date_day_month"]
    typing_error = (
        DamerauLevenshtein.distance(one.isoformat(), other.isoformat(), score_cutoff=1) <= 1
    )
    return ["birth_date_one_digit" if typing_error else "birth_date_differs"]


def _a_number_reason(left: Features, right: Features) -> list[str]:
    if not left.a_number or not right.a_number:
        return ["a_number_missing"]
    if left.a_number == right.a_number:
        return ["same_a_number"]
    if DamerauLevenshtein.distance(left.a_number, right.a_number, score_cutoff=1) <= 1:
        return ["a_number_one_digit"]
    return ["a_number_differs"]


def _comparisons(records: Iterable[Features]) -> Iterator[tuple[Features, Features]]:
    """Every two records that share a block."""
    by_birth_date: defaultdict[object, list[Features]] = defaultdict(list)
    by_name: defaultdict[object, list[Features]] = defaultdict(list)
    for record in records:
        if born := record.birth_date:
            by_birth_date[born.year, *sorted((born.month, born.day))].append(record)
        by_name[record.tokens].append(record)
    for blocks in (by_birth_date, by_name):
        for block in blocks.values():
            yield from _within(block)


def _within(block: list[Features]) -> Iterator[tuple[Features, Features]]:
    if len(block) <= LARGE_BLOCK:
        yield from combinations(block, 2)
        return
    smaller: defaultdict[str, list[Features]] = defaultdict(list)
    for record in block:
        for token in record.tokens:
            smaller[token[:4]].append(record)
    for part in smaller.values():
        # Past this size neighbours in the order of names are compared, so that the work stays in proportion.
        ordered = sorted(part, key=lambda record: (record.tokens, record.a_number))
        for place, record in enumerate(ordered):
            for neighbour in ordered[place + 1 : place + 1 + LARGE_BLOCK]:
                yield record, neighbour
