"""Milliseconds and queries of the pages people look at all day, with 6,252 invented people prepared.

Run: make bench-pages. Works in a test database that is gone afterwards. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
os.environ["DEMO"] = "1"  # plain HTTP, and static files as they lie in the checkout
django.setup()

# What needs Django to be set up.
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from breach.models import Exposure, User  # noqa: E402
from breach.services.users import system_user  # noqa: E402
from notifications.demo import loading  # noqa: E402
from notifications.services import preparing  # noqa: E402
from tests.signing_in import client_of  # noqa: E402

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "6252"))
ROUNDS = 5


def addresses(slug: str, reference: str) -> dict[str, str]:
    """The pages by name."""
    incident, person = {"slug": slug}, {"slug": slug, "reference": reference}
    return {
        "home": reverse("home"),
        "incident": reverse("incident-detail", kwargs=incident),
        "funnel": reverse("funnel-panel", kwargs=incident),
        "people": reverse("people-list", kwargs=incident),
        "person": reverse("person-detail", kwargs=person),
        "letters of a person": reverse("letters-panel", kwargs=person),
        "worklist": reverse("worklist"),
        "notices": reverse("notifications-list", kwargs=incident),
        "deliveries": reverse("deliveries-list", kwargs=incident),
        "supervision": reverse("supervision", kwargs=incident),
    }


def measure(client: Client, address: str) -> dict[str, float]:
    """Median wall time of a few requests, and the queries of one."""
    client.get(address)
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        answer = client.get(address)
        times.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200, (address, answer.status_code)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return {"ms": round(statistics.median(times), 1), "queries": len(queries)}


def main() -> None:
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        incident = loading.load(PEOPLE, lambda sentence: print(sentence, file=sys.stderr))
        start = time.perf_counter()
        preparing.prepare(actor=system_user(), incident=incident)
        prepared = round(time.perf_counter() - start, 1)
        client = client_of(User.objects.get(username="supervisor"), SERVER_NAME="127.0.0.1")
        someone = Exposure.objects.filter(incident=incident).select_related("person")[PEOPLE // 2]
        figures = {
            name: measure(client, address)
            for name, address in addresses(incident.slug, someone.person.reference).items()
        }
        for name, figure in figures.items():
            print(f"{name:<20}{figure['ms']:>8} ms{figure['queries']:>5} queries")
        slowest = max(figure["ms"] for figure in figures.values())
        print(
            json.dumps(
                {
                    "people": PEOPLE,
                    "prepare_seconds": prepared,
                    "slowest_ms": slowest,
                    "pages": figures,
                }
            )
        )
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
