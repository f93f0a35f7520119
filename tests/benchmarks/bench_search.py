"""Milliseconds of a search by name, which opens every name in memory, at 6,252 and at 100,000 invented people.

Run: make bench-search (BENCH_PEOPLE="6252 100000"). Works in a test database that is gone afterwards. The last lines
are JSON, one for each number of people.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
os.environ["DEMO"] = "1"
django.setup()

# What needs Django to be set up.
from django.conf import settings  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

from breach.core import crypto, keyring  # noqa: E402
from breach.core.references import new_reference  # noqa: E402
from breach.core.roles import Role  # noqa: E402
from breach.models import AffectedPerson, Exposure, Incident, PersonKey, User  # noqa: E402
from breach.services.looking import find_people  # noqa: E402
from notifications.demo import names  # noqa: E402
from tests import factories  # noqa: E402

SIZES = [int(size) for size in os.environ.get("BENCH_PEOPLE", "6252 100000").split()]
AT_ONCE = 2000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
SOUGHT = ("mar", "garcia", "jean baptiste", "Nobody Ofthisname", "ñuñez", "al h")


def invent(incident: Incident, size: int) -> None:
    """People with names of many scripts, added until the incident has so many; made in bulk."""
    chance = random.Random(size)
    for start in range(Exposure.objects.filter(incident=incident).count(), size, AT_ONCE):
        people = []
        for _number in range(min(AT_ONCE, size - start)):
            culture = chance.choices(names.CULTURES, [one.share for one in names.CULTURES])[0]
            family, given = chance.choice(culture.family), " ".join(chance.sample(culture.given, 2))
            one = AffectedPerson(
                reference=new_reference(), family_name=family, given_names=given,
                name_as_listed=f"{family}, {given}", aliases=[family] if chance.random() < 0.05 else [],
            )  # fmt: skip
            keyring.remember(str(one.pk), crypto.new_key())
            people.append(one)
        AffectedPerson.objects.bulk_create(people)
        PersonKey.objects.bulk_create(
            PersonKey(person=one, wrapped=keyring.wrap(str(one.pk), keyring.data_key(str(one.pk))))
            for one in people
        )
        Exposure.objects.bulk_create(Exposure(person=one, incident=incident) for one in people)
        keyring.forget()


def measure(user: User, incident: Incident) -> dict[str, float]:
    """Wall time of whole searches, recording included, with all keys closed before, and the work of this process."""
    times, worked = [], []
    for number in range(ROUNDS + 1):
        keyring.forget()
        start, started = time.perf_counter(), time.process_time()
        found = find_people(actor=user, incident=incident, text=SOUGHT[number % len(SOUGHT)])
        times.append(1000 * (time.perf_counter() - start))
        worked.append(1000 * (time.process_time() - started))
        print(f"  {found.count():>6} found in {times[-1]:.0f} ms", file=sys.stderr)
    counted = sorted(times[1:])  # the first one warms the database's memory
    return {
        "ms_median": round(statistics.median(counted), 1),
        "ms_processor": round(statistics.median(worked[1:]), 1),
        "ms_p95": round(counted[min(len(counted) - 1, int(0.95 * len(counted)))], 1),
    }


def main() -> None:
    settings.REVEAL_BUDGETS = {Role.CASE_WORKER: (10_000, 10_000)}
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    lines = []
    try:
        incident, user = factories.incident(), factories.user(Role.CASE_WORKER)
        for size in sorted(SIZES):
            invent(incident, size)
            print(f"{size} people are there", file=sys.stderr)
            lines.append(json.dumps({"people": size, **measure(user, incident)}))
    finally:
        runner.teardown_databases(databases)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
