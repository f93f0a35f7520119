"""Logs carry fixed sentences and harmless fields; whatever else is handed over never arrives."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from breach.logs import ALLOWED

CANARY = "Quetzalcoatl Zapata"


class Ear:
    """Hears what the program's own handler writes."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return said


@pytest.fixture
def ear() -> Iterator[Ear]:
    ours = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
        and isinstance(handler, logging.StreamHandler)
    ]
    ear, (handler,) = Ear(), ours
    before = handler.setStream(ear.stream)
    yield ear
    handler.setStream(before)


def test_an_event_keeps_its_sentence_and_its_harmless_fields(ear: Ear) -> None:
    structlog.get_logger("notifications.test").info("letter.made", delivery_id="7", name=CANARY)
    assert ear.last["event"] == "letter.made"
    assert ear.last["delivery_id"] == "7"
    assert CANARY not in ear.text


def test_an_exception_keeps_its_kind_and_loses_its_words(ear: Ear) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        structlog.get_logger("notifications.test").exception("channel.fault")
    assert ear.last["error"] == "ValueError"
    assert CANARY not in ear.text


def test_a_foreign_librarys_arguments_never_arrive(ear: Ear) -> None:
    logging.getLogger("some.library").error("cannot deliver to %s", CANARY)
    assert ear.last["event"] == "cannot deliver to %s"
    assert CANARY not in ear.text


def test_a_foreign_librarys_exception_keeps_only_its_kind(ear: Ear) -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        logging.getLogger("some.library").exception("it failed for %s", CANARY)
    assert ear.last["error"] == "RuntimeError"
    assert CANARY not in ear.text


def test_the_list_of_fields_names_nothing_personal() -> None:
    assert not ALLOWED & {"name", "email", "address", "phone", "note", "body", "query", "username"}
