"""The import contracts of pyproject.toml hold, and each of them breaks when somebody imports against it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from breach.boot.service import CHECKOUT

CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}  # fmt: skip
# What somebody might do, and the contract that says no: id, module, statement.
SINS = {
    "the case file imports a letter": ("one-arrow", "breach/services/audit.py", "import notifications.models"),
    "a noun imports a verb": ("floors-of-breach", "breach/models/holds.py", "import breach.services.holds"),
    "a log formatter imports a page": ("floors-of-breach", "breach/logs.py", "import breach.web.home"),
    "a page is imported by a verb": (
        "floors-of-notifications", "notifications/services/letters.py", "import notifications.web.letters",
    ),
    "a promise is checked by a verb": (
        "floors-of-notifications", "notifications/testimony.py", "import notifications.services.letters",
    ),
    "routing asks the database": ("routing-is-pure", "breach/routing.py", "import breach.queries"),
    "the set-up imports a noun": ("boot-is-bare", "breach/boot/console.py", "import breach.models"),
    "two modules need each other": ("no-circles", "breach/core/crypto.py", "import breach.core.keyring"),
    "an adapter imports models": (
        "adapters-are-plain", "notifications/channels/email.py", "import notifications.models",
    ),
    "a verb imports Celery": ("domain-is-quiet", "notifications/services/proving.py", "import celery"),
    "a verb rings by itself": ("domain-is-quiet", "notifications/services/proving.py", "import breach.celery"),
    "somebody else opens a channel": (
        "one-gate", "notifications/services/letters.py", "import notifications.channels.registry",
    ),
}  # fmt: skip


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    wide = {**os.environ, "COLUMNS": "200"}  # or a long name is broken into two lines
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, env=wide
    )


def test_imports_go_down_or_to_the_case_file() -> None:
    result = lint_imports(CHECKOUT)
    assert result.returncode == 0, result.stdout[-3000:]


def test_each_contract_has_a_sin_that_is_planted() -> None:
    assert {contract for contract, _module, _statement in SINS.values()} == set(CONTRACTS)


@pytest.mark.parametrize("sin", SINS, ids=str)
def test_a_planted_import_breaks_its_contract(sin: str, tmp_path: Path) -> None:
    contract, path, statement = SINS[sin]
    for name in ("breach", "notifications"):
        shutil.copytree(
            CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    sinner = tmp_path / path
    sinner.write_text(f"{statement}\n{sinner.read_text()}")
    told = lint_imports(tmp_path).stdout
    assert re.search(rf"^{re.escape(CONTRACTS[contract])} BROKEN", told, re.MULTILINE), told[-3000:]
