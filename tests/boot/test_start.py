"""`manage.py` on an empty data folder: every command works by itself and leaves nothing running."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from breach.boot import start
from breach.boot.postgres import embedded_postgres
from breach.boot.service import CHECKOUT
from tests.boot.conftest import has_stopped

SERVICES = {"DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "ROOT_KEY", "DATA_DIR"}
COUNT = "from breach.models import Incident; print('incidents:', Incident.objects.count())"


def manage(data_dir: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if key not in SERVICES}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=CHECKOUT,
        env=bare | {"DATA_DIR": str(data_dir)} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_command_on_an_empty_folder_finds_a_migrated_database(data_dir: Path) -> None:
    first = manage(data_dir, "shell", "-c", COUNT)
    assert "incidents: 0" in first.stdout, first.stderr
    assert "applying migrations" in first.stderr
    assert has_stopped(embedded_postgres(data_dir))
    for key in ("secret-key", "root-key"):
        assert stat.S_IMODE((data_dir / "keys" / key).stat().st_mode) == 0o600
    again = manage(data_dir, "shell", "-c", COUNT)
    assert "incidents: 0" in again.stdout
    assert "applying migrations" not in again.stderr


def test_a_command_without_need_starts_no_database(data_dir: Path) -> None:
    done = manage(data_dir, "check")
    assert done.returncode == 0, done.stderr
    assert not (data_dir / "postgres").exists()


def test_a_given_database_is_used_and_none_is_started(data_dir: Path) -> None:
    done = manage(
        data_dir,
        *("shell", "-c", COUNT),
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
        SECRET_KEY="s" * 50,
        ROOT_KEY=os.environ["ROOT_KEY"],
    )
    assert done.returncode != 0
    assert "The database cannot be reached (Connection refused)." in done.stderr
    assert "nobody" not in done.stderr  # the address of the database may hold a password
    assert not (data_dir / "postgres").exists()


def test_a_data_folder_that_cannot_be_made_is_refused_in_one_sentence() -> None:
    done = manage(Path("/proc/data"), "migrate")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "The data folder /proc/data cannot be written; set DATA_DIR to one that can."
    ]


def test_a_command_line_option_chooses_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for words in (["--data-dir", str(folder)], [f"--data-dir={folder}"]):
        assert start.choose_data_dir(["manage.py", "demo", *words]) == folder


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("migrate", True),
        ("open_incident demo --title X", True),
        ("check --database default", True),
        ("check", False),
        ("compilemessages", False),
        ("notify --help", False),
        ("", False),
    ],
)
def test_only_commands_that_ask_the_database_start_one(command: str, needed: bool) -> None:
    assert start.needs_database(["manage.py", *command.split()]) is needed
