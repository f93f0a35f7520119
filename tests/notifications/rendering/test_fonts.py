"""Exactly the named fonts, and a warning before a name is printed as empty boxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifications.rendering import fonts

from .cast import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script_can_be_printed(name: str) -> None:
    assert fonts.unprintable(name) == frozenset()


def test_characters_without_a_glyph_are_named() -> None:
    assert fonts.unprintable("Ana 𓀀 \uf8ff") == {"𓀀", "\uf8ff"}


def test_joiners_and_spaces_need_no_glyph() -> None:
    assert fonts.unprintable("می\u200cخواهم a\u00a0b\u200d") == frozenset()


def test_missing_fonts_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREACH_FONT_DIRS", str(tmp_path))
    with pytest.raises(fonts.FontsMissing, match="fonts-noto-core"):
        fonts.font_files()


def test_fonts_unpacked_elsewhere_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in fonts.font_files():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.setenv("BREACH_FONT_DIRS", str(tmp_path))
    assert {path.parent for path in fonts.font_files()} == {tmp_path}


def test_the_fontconfig_of_other_programs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", "/theirs.conf")
    with fonts.only_these():
        assert "letter-fonts-" in fonts.os.environ["FONTCONFIG_FILE"]
    assert fonts.os.environ["FONTCONFIG_FILE"] == "/theirs.conf"
