"""What channels and workers write about an attempt reaches people in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.utils import translation

from notifications.web.words import DETAILS, detail_words

APP = Path(__file__).parents[3] / "notifications"
ANSWERS = ("ChannelError", "OutcomeUnknown")


def details(folder: str) -> Iterator[str]:
    """Every text that is given as the detail of an attempt, or raised by a channel and becomes one."""
    for path in sorted((APP / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [word.value for word in node.keywords if word.arg == "detail"]
            if folder == "channels" and getattr(node.func, "id", "") in ANSWERS:
                given += node.args[:1]
            for one in given:
                if isinstance(one, ast.Constant) and one.value:
                    yield str(one.value)


def test_every_detail_of_an_attempt_has_words_and_no_words_are_left_over() -> None:
    assert {*details("channels"), *details("services")} == set(DETAILS)


def test_what_is_not_ours_is_shown_as_it_is() -> None:
    assert detail_words("the mail relay answered 999") == "the mail relay answered 999"
    assert detail_words("") == ""
    with translation.override("es"):
        assert detail_words("written") == "En los archivos del lote"
