"""Every address by GET, HEAD and OPTIONS, for every role and for nobody: no table may change, no answer may be a 500.

Run: make get-safety. Works in a test database that is gone afterwards. A page that writes is planted twice, with the
READ ONLY transaction (refused: a 500) and without it (the tables differ); both must be found. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
os.environ["DEBUG"] = os.environ["DEMO"] = "1"  # with the addresses that are there only then
django.setup()

# What needs Django to be set up.
from django.conf import settings  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.urls import include, path  # noqa: E402

from tests import demo_world  # noqa: E402
from tests.campaigns.addresses import Address, addresses  # noqa: E402
from tests.campaigns.watching import Tally, tables, visitors, walk, writes  # noqa: E402

PEOPLE = 40
PLANTED = Address("planted", "/planted/")
READ_ONLY = "breach.web.read_only.ReadOnlyMiddleware"


def prepare(folder: Path) -> None:
    """The world to walk through."""
    settings.SPOOL_DIR, settings.MAILDIR = folder / "spool", folder / "mail"
    settings.CHECKPOINTS = folder / "checkpoints.jsonl"
    demo_world.build(PEOPLE)
    demo_world.rare_rows()


def planted(*, guarded: bool) -> Tally:
    """One walk to a page that writes, with or without the guard."""
    urls = ModuleType("planted_urls")
    urls.urlpatterns = [path("planted/", writes, name="planted"), path("", include("breach.urls"))]  # type: ignore[attr-defined]
    middleware = [name for name in settings.MIDDLEWARE if guarded or name != READ_ONLY]
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=middleware):
        return walk([PLANTED], list(visitors()))


def campaign() -> dict[str, int]:
    tally = walk(addresses(), list(visitors()))
    for line in (*tally.changed, *tally.broken, *tally.closed):
        print(line, flush=True)
    guarded, bare = planted(guarded=True), planted(guarded=False)
    found = bool(guarded.broken and not guarded.changed) + bool(bare.changed)
    return {
        "urls": tally.urls,
        "requests": tally.requests,
        "tables": len(tables()),
        "changed": len(tally.changed),
        "errors": len(tally.broken),
        "shown_to_nobody": len(tally.closed),
        "planted": 2,
        "found": found,
    }


def main() -> int:
    began = time.monotonic()
    runner = DiscoverRunner(verbosity=0, interactive=False, debug_mode=True)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder))
            print(f"the world is made in {time.monotonic() - began:.0f} s", flush=True)
            result = campaign()
    finally:
        runner.teardown_databases(databases)
    print(f"walked in {time.monotonic() - began:.0f} s")
    print(json.dumps(result))
    ended_well = result["found"] == 2 and not result["changed"] and not result["errors"]
    return 0 if ended_well else 1


if __name__ == "__main__":
    sys.exit(main())
