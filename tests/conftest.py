"""What every test may ask for: is there a browser, is there the shared example data."""

from __future__ import annotations

from pathlib import Path

import pytest

from breach.boot import system
from breach.boot.service import CHECKOUT

SHARED_DATA = CHECKOUT.parent / "shared" / "data"


def pytest_report_header() -> list[str]:
    browser = system.browser()
    return [
        "browser: " + (browser or "none, so browser tests are skipped (install chromium)"),
        "shared data: " + ("present" if SHARED_DATA.is_dir() else "absent, its tests are skipped"),
    ]


@pytest.fixture(scope="session")
def browser_available() -> str:
    """The path of Chromium; skips the test where there is none."""
    browser = system.browser()
    if browser is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return browser


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the realistic example files; skips the test where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return SHARED_DATA
