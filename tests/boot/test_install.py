"""Set-up: pip's settings reach uv, and the lock names no host."""

from __future__ import annotations

import ast
import re
from importlib.metadata import packages_distributions

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


def test_the_program_imports_nothing_that_production_does_not_install() -> None:
    files = [path for app in ("breach", "notifications") for path in (CHECKOUT / app).rglob("*.py")]
    trees = [ast.parse(path.read_text()) for path in files if path.parent.name != "boot"]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) if not node.level
    }
    lock = (CHECKOUT / "requirements" / "run.lock").read_text()
    installed = set(re.findall(r"^([\w-]+)(?:\[.*\])?==", lock, re.M))
    providers = packages_distributions()
    foreign = {name.partition(".")[0] for name in imported} & providers.keys()
    assert foreign > {"django", "celery", "weasyprint"}
    for name in foreign:
        assert {re.sub(r"[-_.]+", "-", one.lower()) for one in providers[name]} & installed, name
