"""The import contracts of pyproject.toml hold, and break when somebody imports up or left."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from breach.boot.service import CHECKOUT

SINS = {
    "the case file imports a letter": ("breach/services/audit.py", "import notifications.models"),
    "a noun imports a verb": ("breach/models/holds.py", "import breach.services.holds"),
    "a page is imported by a verb": ("notifications/services/letters.py", "import notifications.web.letters"),
    "an adapter imports models": ("notifications/channels/email.py", "import notifications.models"),
    "a verb imports Celery": ("notifications/services/proving.py", "import celery"),
    "somebody else opens a channel": (
        "notifications/services/letters.py", "import notifications.channels.registry",
    ),
}  # fmt: skip


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_imports_go_down_or_to_the_case_file() -> None:
    result = lint_imports(CHECKOUT)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize("sin", SINS, ids=str)
def test_a_planted_import_breaks_a_contract(sin: str, tmp_path: Path) -> None:
    path, statement = SINS[sin]
    for name in ("breach", "notifications"):
        shutil.copytree(
            CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    sinner = tmp_path / path
    sinner.write_text(f"{statement}\n{sinner.read_text()}")
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert "BROKEN" in result.stdout
