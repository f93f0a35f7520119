"""Set-up: pip's settings reach uv, and the lock names no host."""

from __future__ import annotations

import re

import pytest

from breach.boot import install, start
from breach.boot.service import CHECKOUT


def test_the_environment_wins_over_the_install_section_over_global() -> None:
    listing = (
        ":env:.find-links='/wheels'\n"
        "global.find-links='/elsewhere'\n"
        "global.index-url='https://index.example/simple'\n"
        "install.index-url='https://install.example/simple'\n"
    )
    assert install.pip_options(listing) == {
        "find-links": "/wheels",
        "index-url": "https://install.example/simple",
    }


@pytest.mark.parametrize("name", ["all.lock", "uv.txt"])
def test_the_locks_have_names_versions_and_hashes_only(name: str) -> None:
    text = (CHECKOUT / "requirements" / name).read_text()
    assert not re.search(r"https?:|file:|index-url", text)
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.\-\[\]]+==\S+", requirement)
        assert "--hash=sha256:" in requirement


def test_a_command_line_option_chooses_the_data_folder(tmp_path: pytest.TempPathFactory) -> None:
    folder = f"{tmp_path}/data"
    for words in (["--data-dir", folder], [f"--data-dir={folder}"]):
        assert str(start.choose_data_dir(["manage.py", "demo", *words])) == folder


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
