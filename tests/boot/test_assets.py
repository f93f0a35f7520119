"""The styles, fonts and icons of the pages: installed once, complete, and nothing more."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from breach.boot.assets import VENDOR, AssetsMissing, install_assets
from breach.boot.service import CHECKOUT

_URL = re.compile(r"url\(\"?(?!data:)([^\")]+)\"?\)")


@pytest.fixture(scope="module")
def vendor() -> Path:
    try:
        install_assets(CHECKOUT)
    except AssetsMissing as reason:
        pytest.skip(str(reason))
    return CHECKOUT / VENDOR


def test_a_second_run_touches_nothing(vendor: Path) -> None:
    before = (vendor / "stamp").stat().st_mtime_ns
    install_assets(CHECKOUT)
    assert (vendor / "stamp").stat().st_mtime_ns == before


def test_every_file_a_stylesheet_names_is_there(vendor: Path) -> None:
    sheets = [*(CHECKOUT / "static" / "css").glob("*.css"), *vendor.rglob("*.css")]
    missing = [
        f"{sheet.name}: {name}"
        for sheet in sheets
        for name in _URL.findall(sheet.read_text(encoding="utf-8"))
        if not (sheet.parent / name).is_file()
    ]
    assert missing == []


def test_no_stylesheet_names_another_host_or_a_source_map(vendor: Path) -> None:
    for sheet in vendor.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", text)


def test_only_the_kept_fonts_are_copied(vendor: Path) -> None:
    families = {path.parent.name for path in vendor.rglob("*.woff2")}
    assert families == {"public-sans", "merriweather"}


def test_the_lock_names_no_host() -> None:
    assert '"resolved"' not in (CHECKOUT / "package-lock.json").read_text()


def test_an_image_without_set_up_builds_styles_and_translations_by_one_command(
    vendor: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "breach.boot.build"], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (CHECKOUT / "locale" / "es" / "LC_MESSAGES" / "django.mo").is_file()
