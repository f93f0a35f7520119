"""`manage.py test`: installs what the suite needs, says what will be skipped and why, runs pytest."""

from __future__ import annotations

import os
import sys

from breach.boot import system
from breach.boot.console import say
from breach.boot.service import CHECKOUT

FEWEST, MOST = 2, 4  # each has a database, a browser and a queue of its own


def run(arguments: list[str]) -> None:
    """Replace this process by pytest; `tests/environment.py` starts the services it needs."""
    missing = system.missing_to_test()
    if missing and os.geteuid() == 0:
        system.install_as_root(missing)
        missing = system.missing_to_test()
    if missing:
        say(f"not installed, so tests that need them are skipped: {' '.join(missing)}")
    if not (CHECKOUT.parent / "shared" / "data").is_dir():
        say("no ../shared/data, so tests on those files are skipped")
    if "services" not in " ".join(arguments):
        say("tests marked 'services' are left out here: .ci/run gives them real servers")
    os.chdir(CHECKOUT)
    # The suite starts hundreds of Python processes: each would compile the whole program again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        str(min(max(len(os.sched_getaffinity(0)), FEWEST), MOST)),
        "--dist",
        "worksteal",
        "-rs",
        *arguments,
    ]
    sys.stderr.flush()
    os.execv(sys.executable, command)
