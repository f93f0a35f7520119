"""Data folders for embedded services that leave nothing behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from breach.boot.locks import is_free
from breach.boot.service import CHECKOUT, Service

Joined = Callable[[Path], "subprocess.Popen[str]"]

_USER = """
import sys, time
from pathlib import Path
from breach.boot.postgres import embedded_postgres
print(embedded_postgres(Path(sys.argv[1])).join(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; what its services had to put elsewhere is removed with it."""
    yield tmp_path
    for record in ("place", "short-socket-folder"):
        for file in tmp_path.rglob(record):
            shutil.rmtree(file.read_text(), ignore_errors=True)


@pytest.fixture
def another_user() -> Iterator[Joined]:
    """Starts a second process that joins the database; it leaves when its input closes."""
    users: list[subprocess.Popen[str]] = []

    def start(data_dir: Path) -> subprocess.Popen[str]:
        user = subprocess.Popen(
            [sys.executable, "-c", _USER, str(data_dir)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        users.append(user)
        assert user.stdout
        assert user.stdout.readline().startswith("postgres://")
        return user

    yield start
    for user in users:
        user.kill()
        user.communicate()


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def has_stopped(service: Service) -> bool:
    return is_free(service.keeper_lock) and not service.is_ready()
