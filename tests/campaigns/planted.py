"""The people whose values are planted: names in four scripts, birth dates, A-numbers, addresses, phones and notes.

All invented, and unlike anything a program, a font or a dictionary could hold, so that a hit is a leak. Nationalities
are left out: a country stands in every catalogue.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

import xlsxwriter

from tests.campaigns import needles


@dataclass(frozen=True)
class Planted:
    """One person with everything the product may know about somebody."""

    family_name: str
    given_names: str
    born: date
    a_number: str
    street: str
    phone: str
    note: str
    guardian: str
    counsel: str = ""  # the local part of counsel's address; empty: held in a facility

    @property
    def values(self) -> dict[str, set[str]]:
        """What must not lie about, by kind, in every spelling."""
        kinds = {
            "family name": needles.spellings(self.family_name),
            "given names": needles.spellings(self.given_names),
            "birth date": needles.dates(self.born),
            "A-number": needles.numbers(self.a_number),
            "street": needles.spellings(self.street),
            "phone": {self.phone, self.phone.removeprefix("+1")},
            "note": needles.spellings(self.note),
            "guardian": needles.spellings(self.guardian),
        }
        return {
            f"{kind} of planted {PEOPLE.index(self) + 1}": texts for kind, texts in kinds.items()
        }


PEOPLE = (
    Planted("Ñawrobélzutz", "Xóchiquetzalyn", date(1931, 2, 27), "208641937", "7421 Brambelwørtel Way",
            "+12025557291", "hides at the Drumkeldrox bakery", "Éulogia Tzompantlíz", "vera"),
    Planted("قندهارزادگان", "ذوالفقارالدینه", date(1933, 10, 29), "208641938", "1183 Quivvershade Mews",
            "+12025557292", "يخاف من عمه في قرية زرنقشهربان", "نورالزمانیفروش"),
    Planted("Жвальчевскомурин", "Всеславомирана", date(1932, 11, 23), "208641939", "9037 Ostrogolvark Lane",
            "+12025557293", "боится дяди из Закревожильска", "Добронрависсима"),
    Planted("歐陽鑫霖淼焱", "龍麒麟曦晟", date(1934, 7, 19), "208641940", "5519 Lanternfjoll Court",
            "+12025557294", "害怕鑫淼村的舅舅焱霖", "諸葛淼焱鑫", "vera"),
    Planted("Quillonfarquesz", "Zebedrastusin", date(1929, 12, 13), "208641941", "6248 Mirthwynkel Road",
            "+12025557295", "sleeps in the Yorvellant garage", "Agathomenesk Wiltz"),
    Planted("Ťažkovrbňanský", "Łucjoświerszcz", date(1935, 6, 11), "208641942", "3316 Øvrefjøsdal Park",
            "+12025557296", "asks for the Krümmelhövel priest", "Şükrâniyegülnaz"),
)  # fmt: skip
REJECTED = (
    Planted("Pfrzłńquatsch", "Íñigoberthold", date(1936, 5, 17), "208641943", "8802 Wexhollowmere Street",
            "+12025557297", "knows the Brontuvelle shop", "Theophrastina Vulk"),
    Planted("Vrbkomštelák", "Ulrikapfennigx", date(1937, 8, 21), "208641944", "2290 Sküttelborg Drive",
            "+12025557298", "has a cousin at Hjaltvennum", "Bartholomaios Qux"),
)  # fmt: skip
EVERYBODY = PEOPLE + REJECTED
COLUMNS = (
    "A-Number", "Last Name", "First Name", "Date of Birth", "Country of Citizenship", "Detention Facility Code",
    "Detention Facility", "Best Language", "Book-In Date", "Case Status", "Attorney Name", "Attorney Type",
    "Attorney Email", "Attorney Phone", "G-28 Filed",
)  # fmt: skip
FACILITIES = b"""Code,Name,Address,State
CANARYONE,First Canary Center,"1 Test Road, Testville, TX 75001",TX
CANARYTWO,Second Canary Center,"2 Test Road, Testville, TX 75001",TX
"""


def values() -> dict[str, set[str]]:
    """Everything planted, by name."""
    found: dict[str, set[str]] = {}
    for one in PEOPLE:
        found |= one.values
    for number, one in enumerate(REJECTED, start=len(PEOPLE) + 1):
        found |= {
            f"family name of planted {number}": needles.spellings(one.family_name),
            f"given names of planted {number}": needles.spellings(one.given_names),
            f"A-number of planted {number}": needles.numbers(one.a_number),
            f"street of planted {number}": needles.spellings(one.street),
        }
    return found


def row(one: Planted) -> list[str]:
    counsel = (
        [
            "Vera Counsel",
            "attorney",
            f"{one.counsel}@counsel.example",
            "+1-202-555-0111",
            "11/15/2022",
        ]
        if one.counsel
        else [""] * 5
    )
    return [
        f"A{one.a_number}", one.family_name, one.given_names, f"{one.born:%Y-%m-%d}", "Honduras", "CANARYONE",
        "First Canary Center", "es", "2022-11-10", "positive credible fear", *counsel,
    ]  # fmt: skip


def roster_csv() -> bytes:
    """The first four, one of them twice with a slip of the pen: a pair to compare."""
    first = row(PEOPLE[0])
    again = ["", first[1], first[2] + " M.", *first[3:]]
    return _csv([row(one) for one in PEOPLE[:4]] + [again])


def roster_xlsx() -> bytes:
    """The other two, as a workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, cells in enumerate((COLUMNS, *(row(one) for one in PEOPLE[4:]))):
        sheet.write_row(number, 0, cells)
    book.close()
    return out.getvalue()


def one_row() -> bytes:
    """A list that only waits to be taken in."""
    return _csv([row(PEOPLE[3])])


def hostile_csv() -> bytes:
    """Rows that are refused or held: no date, an ambiguous one, a facility nobody knows."""
    first, second = (row(one) for one in REJECTED)
    first[3], second[3] = f"born {REJECTED[0].street}", "03/04/1937"
    third = [*row(REJECTED[0])[:5], "NOWHERE", REJECTED[1].street, *row(REJECTED[0])[7:]]
    return _csv([first, second, third])


def broken_files() -> dict[str, bytes]:
    """Files that are refused as a whole, each full of somebody's data; the names of the files are somebody's, too."""
    whole = _csv([row(one) for one in REJECTED])
    name = REJECTED[0].family_name
    return {
        f"{name}.csv": whole.replace(b"Honduras", b"Hond\0uras"),
        f"{name} 2.csv": whole + b'"' + name.encode() * 9,
        f"{name}.xlsx": roster_xlsx()[:-300],
        f"{name} 3.csv": name.encode("utf-16") + whole,
        f"{name} 4.csv": b"",
    }


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode()
