"""How long a roster takes and how much memory, for 6,252 people and for four times as many; every name is invented.

Run: make bench-import. Works in a test database that is gone afterwards. The last line is JSON.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
django.setup()

# What needs Django to be set up.
from django.test.runner import DiscoverRunner  # noqa: E402

from breach.core import keyring  # noqa: E402
from breach.models import Facility, Incident  # noqa: E402
from breach.services import rosters  # noqa: E402
from breach.services.incidents import open_incident  # noqa: E402
from breach.services.users import system_user  # noqa: E402
from tests.breach.services.lists import ADA, COUNSEL, TWENTY  # noqa: E402

PEOPLE = 6252
SECONDS_ALLOWED = 10
SYLLABLES = ("ka", "mo", "ri", "te", "su", "lan", "dor", "vi", "per", "no", "zu", "ga")
COUNTRIES = (
    "Guatemala",
    "Honduras",
    "Cuba",
    "Mexico",
    "India",
    "China",
    "Brazil",
    "Haiti",
    "Turkey",
    "Ghana",
)
LANGUAGES = ("es", "es", "es", "es", "pa-Guru", "zh-Hans", "pt", "ht", "tr", "en")


def name(number: int) -> str:
    """A made-up word for a number, another one for each."""
    word = ""
    for _place in range(5):
        number, part = divmod(number, len(SYLLABLES))
        word += SYLLABLES[part]
    return word.title()


def write_list(path: Path, people: int, first: int) -> None:
    """A list of twenty columns with one person in seven represented."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, TWENTY)
        rows.writeheader()
        for number in range(first, first + people):
            born = date(1960, 1, 1) + timedelta(days=number * 37 % 15_000)
            counsel = {
                **COUNSEL, "Attorney Name": f"{name(number % 300)} Invented",
                "Attorney Email": f"a{number % 300}@invented.example", "EOIR ID": f"IN{number % 300:06}",
            }  # fmt: skip
            rows.writerow({
                **ADA, **(counsel if number % 7 == 0 else {}),
                "A-Number": f"A{number * 7:09}", "Last Name": name(number), "First Name": name(number * 31 + 7),
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
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        results = {factor: run(factor) for factor in (1, 4)}
    finally:
        runner.teardown_databases(databases)
    (report, memory), (larger, more_memory) = results[1], results[4]
    print(json.dumps({
        "rows": report.rows, "new": report.new, "seconds": round(report.seconds, 2), "allowed": SECONDS_ALLOWED,
        "rows_per_second": round(report.rows / report.seconds), "peak_mb": memory,
        "rows_x4": larger.rows, "seconds_x4": round(larger.seconds, 2), "peak_mb_x4": more_memory,
    }))  # fmt: skip


def run(factor: int) -> tuple[rosters.ImportReport, int]:
    """A list of so many times 6,252 people who were not there before."""
    if not Facility.objects.exists():
        Facility.objects.bulk_create(
            Facility(code=f"BENCH{n}", name=f"Bench facility {n}") for n in range(140)
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write_list(path, PEOPLE * factor, first=factor * 100_000)
        print(f"{PEOPLE * factor} people, {path.stat().st_size >> 10} kB", flush=True)
        return measure(path, f"bench-{factor}")


if __name__ == "__main__":
    main()
