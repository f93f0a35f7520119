"""Falsifies the history in twenty ways as superuser; both verifiers must find each, and nothing in an honest one.

Run: make tamper. Works in a test database that is gone afterwards. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import django

import tests.environment  # noqa: F401  gives the settings their database and keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
django.setup()

# What needs Django to be set up.
from django.conf import settings  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

from tests.campaigns.falsifying import WAYS  # noqa: E402
from tests.campaigns.history import falsify, look, write_history  # noqa: E402


def campaign(folder: Path) -> int:
    """How many ways were found by both verifiers; prints one line for each."""
    settings.CHECKPOINTS = folder / "checkpoints.jsonl"
    write_history()
    if look(folder).by_any:
        sys.exit("The honest history was taken for a false one.")
    detected = 0
    for way in WAYS:
        found = falsify(way, folder).by_both
        detected += found
        print(f"{'found ' if found else 'MISSED'} {way.__name__.replace('_', ' ')}", flush=True)
        if look(folder).by_any:
            sys.exit("The history did not come back to what it was.")
    return detected


def main() -> int:
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with tempfile.TemporaryDirectory() as folder:
            detected = campaign(Path(folder))
    finally:
        runner.teardown_databases(databases)
    print(json.dumps({"tampered": len(WAYS), "detected": detected}))
    return 0 if detected == len(WAYS) == 20 else 1


if __name__ == "__main__":
    sys.exit(main())
