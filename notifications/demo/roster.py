"""An invented facility list and roster, as CSV bytes: the demo imports them like any other file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from random import Random

from .names import COUNSEL_FAMILY, COUNSEL_GIVEN, CULTURES, FIRM_KINDS, FIRM_WORDS, TOWNS, Culture

SEED = 20221128
REPRESENTED = 0.15  # about one in seven, as in detention
STATUSES = (
    ("positive credible fear", 46), ("final order", 17), ("withholding only", 15), ("negative credible fear", 13),
    ("in proceedings", 9),
)  # fmt: skip
HEADER = (
    "A-Number", "Last Name", "First Name", "Date of Birth", "Country of Citizenship", "Gender",
    "Detention Facility Code", "Detention Facility", "Best Language", "Book-In Date", "Case Status", "Attorney Name",
    "Attorney Type", "Firm or Organization", "Attorney Email", "Attorney Phone", "Attorney Address", "Bar Number",
    "EOIR ID", "G-28 Filed",
)  # fmt: skip


def facility_code(number: int) -> str:
    return f"DEMO{number:02d}{TOWNS[number][1]}"


def facility_name(number: int) -> str:
    return f"{TOWNS[number][0].upper()} DETENTION CENTER"


def facilities_csv() -> bytes:
    """Twenty places that do not exist."""
    rows: list[tuple[object, ...]] = [
        (
            "id",
            "kind",
            "primary_name",
            "address",
            "county_names",
            "states",
            "capacity",
            "fieldOffice",
        )
    ]
    for number, (town, state) in enumerate(TOWNS):
        address = f"{100 + number} COUNTY ROAD {number + 1}, {town.upper()}, {state} 00{number:03d}"
        code, name = facility_code(number), facility_name(number)
        rows.append(
            (code, "detention", name, address, f"Example County, {state}", state, 400, "DMO")
        )
    return _csv(rows)


def roster_csv(people: int) -> bytes:
    """A roster of this many invented people; the same number always gives the same bytes."""
    random = Random(SEED)
    counsel = [_counsel(random, number) for number in range(max(4, people // 45))]
    weights = [culture.share for culture in CULTURES]
    rows: list[tuple[object, ...]] = [HEADER]
    for number in range(people):
        culture = random.choices(CULTURES, weights)[0]
        rows.append((*_person(random, number, culture), *_represented(random, counsel)))
    return _csv(rows)


def _person(random: Random, number: int, culture: Culture) -> tuple[str, ...]:
    family = random.choice(culture.family)
    if culture.languages[0][0] == "es":
        family = f"{family} {random.choice(culture.family)}"
    born = date(1960, 1, 1) + timedelta(days=random.randrange(46 * 365))
    booked = date(2022, 11, 19) - timedelta(days=random.randrange(5, 300))
    place = min(int(random.expovariate(0.18)), len(TOWNS) - 1)
    tags, weights = zip(*culture.languages, strict=True)
    language = random.choices(tags, weights)[0]
    statuses = [status for status, _share in STATUSES]
    shares = [share for _status, share in STATUSES]
    return (
        f"A{number * 7 + 900000:09d}", family, random.choice(culture.given), born.strftime("%m/%d/%Y"),
        culture.country, random.choice("MMMF"), facility_code(place), facility_name(place), language,
        booked.strftime("%m/%d/%Y"), random.choices(statuses, shares)[0],
    )  # fmt: skip


def _represented(random: Random, counsel: list[tuple[str, ...]]) -> tuple[str, ...]:
    if random.random() > REPRESENTED:
        return ("",) * 9
    filed = date(2022, 11, 19) - timedelta(days=random.randrange(1, 90))
    return (*random.choice(counsel), filed.strftime("%m/%d/%Y"))


def _counsel(random: Random, number: int) -> tuple[str, ...]:
    given, family = random.choice(COUNSEL_GIVEN), random.choice(COUNSEL_FAMILY)
    firm = f"{FIRM_WORDS[number % len(FIRM_WORDS)]} {FIRM_KINDS[number % len(FIRM_KINDS)]}"
    kind = "accredited representative" if number % 6 == 5 else "attorney"
    return (
        f"{given} {family}", kind, firm, f"{given}.{family}{number}@counsel.example".lower(),
        f"+1-202-555-{number % 10000:04d}",
        f"{number + 10} Court Street, Suite {number % 20 + 1}, Springfield, IL 60000",
        f"IL{900000 + number}", f"DM{100000 + number}",
    )  # fmt: skip


def _csv(rows: list[tuple[object, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
