"""How long a roster takes and how much memory, for 6,252 people and for four times as many; every name is invented.

Usage: python tests/benchmarks/bench_import.py (DATABASE_URL, SECRET_KEY and ROOT_KEY as for manage.py; everything
is rolled back). Prints progress; the last line is JSON.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import django  # noqa: E402  the path comes first

django.setup()

from django.db import transaction  # noqa: E402  Django comes first

from breach.core import keyring  # noqa: E402
from breach.models import Facility, Incident  # noqa: E402
from breach.services import rosters  # noqa: E402
from breach.services.incidents import open_incident  # noqa: E402
from breach.services.users import system_user  # noqa: E402
from tests.breach.services.lists import ADA, COUNSEL, TWENTY  # noqa: E402

PEOPLE = 6252
SECONDS_ALLOWED = 10
SYLLABLES = "ka mo ri te su lan dor vi per no zu ga".split()
COUNTRIES = "Guatemala,Honduras,Cuba,Mexico,India,China,Brazil,Haiti,Turkey,Ghana".split(",")
LANGUAGES = "es,es,es,es,pa-Guru,zh-Hans,pt,ht,tr,en".split(",")


def name(number: int) -> str:
    """A made-up word for a number, another one for each."""
    word = ""
    for _ in range(4):
        number, part = divmod(number, len(SYLLABLES))
        word += SYLLABLES[part]
    return word.title()


def write_list(path: Path, people: int) -> None:
    """A list of twenty columns with one person in seven represented."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, TWENTY)
        rows.writeheader()
        for number in range(people):
            born = date(1960, 1, 1) + timedelta(days=number * 37 % 15_000)
            counsel = {**COUNSEL, "Attorney Name": f"{name(number % 300)} Invented",
                       "Attorney Email": f"a{number % 300}@invented.example", "EOIR ID": f"IN{number % 300:06}"}  # fmt: skip
            rows.writerow({
                **ADA, **(counsel if number % 7 == 0 else {}),
                "A-Number": f"A{100_000 + number * 7:09}", "Last Name": name(number), "First Name": name(number * 31 + 7),
                "Date of Birth": f"{born:%m/%d/%Y}", "Country of Citizenship": COUNTRIES[number % 10],
                "Best Language": LANGUAGES[number % 10], "Detention Facility Code": f"BENCH{number % 140}",
            })  # fmt: skip


def measure(path: Path, slug: str) -> tuple[rosters.ImportReport, int]:
    """One import and the peak of our memory so far, in MB."""
    moment = datetime(2022, 11, 28, tzinfo=UTC)
    incident: Incident = open_incident(
        actor=system_user(), slug=slug, title="Benchmark", occurred_at=moment, discovered_at=moment
    )
    shown: dict[str, int] = {}

    def progress(stage: str, done: int, of: int) -> None:
        if done // 5000 > shown.get(stage, 0) or done == of:
            shown[stage] = done // 5000
            print(f"  {stage}: {done} rows, {time.monotonic() - started:.1f} s", flush=True)

    started = time.monotonic()
    report = rosters.import_roster(
        actor=system_user(), incident=incident, source=path, progress=progress
    )
    keyring.forget()
    return report, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    results = {}
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        Facility.objects.bulk_create(
            Facility(code=f"BENCH{number}", name=f"Bench facility {number}")
            for number in range(140)
        )
        for factor in (1, 4):
            with transaction.atomic():
                path = Path(folder) / "list.csv"
                write_list(path, PEOPLE * factor)
                print(f"{PEOPLE * factor} people, {path.stat().st_size >> 10} kB", flush=True)
                results[factor] = measure(path, f"bench-{factor}")
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    report, memory = results[1]
    print(json.dumps({
        "rows": report.rows, "new": report.new, "seconds": round(report.seconds, 2), "allowed": SECONDS_ALLOWED,
        "rows_per_second": round(report.rows / report.seconds), "peak_mb": memory,
        "rows_x4": results[4][0].rows, "seconds_x4": round(results[4][0].seconds, 2), "peak_mb_x4": results[4][1],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
