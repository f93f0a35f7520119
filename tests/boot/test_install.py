"""Set-up: pip's settings reach uv, and the lock names no host."""

from __future__ import annotations

import re

import pytest

from breach.boot import install
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


@pytest.mark.parametrize("name", ["all.lock", "run.lock", "uv.txt"])
def test_the_locks_have_names_versions_and_hashes_only(name: str) -> None:
    text = (CHECKOUT / "requirements" / name).read_text()
    assert not re.search(r"https?:|file:|index-url", text)
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.\-\[\]]+==\S+", requirement)
        assert "--hash=sha256:" in requirement


def test_production_runs_on_the_versions_the_tests_ran_on() -> None:
    run, everything = (
        set(re.findall(r"^[\w.\-\[\]]+==\S+", (CHECKOUT / "requirements" / name).read_text(), re.M))
        for name in ("run.lock", "all.lock")
    )
    assert run < everything
