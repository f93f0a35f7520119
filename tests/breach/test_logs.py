"""Logs carry fixed sentences and harmless fields; whatever else is handed over never arrives."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery.utils.log import get_task_logger
from django.db import DatabaseError, connection
from gunicorn.config import Config

from breach.gunicorn_log import QuietLogger
from breach.logs import ALLOWED, STRAYS, WITHHELD
from tests import factories

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


def test_a_value_that_does_not_look_like_an_id_does_not_arrive_under_the_name_of_one(
    ear: Ear,
) -> None:
    log = structlog.get_logger("notifications.test")
    log.info("letter.made", delivery_id=CANARY, state=CANARY, code=[CANARY], count=CANARY)
    assert not {"delivery_id", "state", "code", "count"} & ear.last.keys()
    log.info("letter.made", code=["5.1.1", "5.7.1"], count=3)
    assert ear.last["code"] == ["5.1.1", "5.7.1"]


def test_what_a_client_sends_along_does_not_arrive_as_an_id_or_a_method(ear: Ear) -> None:
    """Nine digits are an A-number: the canary campaign found it in both."""
    structlog.get_logger("notifications.test").info(
        "letter.made",
        request_id="208641937",
        method="208641937",
        user_id="208641937",
        count=208641937,
    )
    assert "208641937" not in ear.text


def test_an_event_with_a_value_written_into_it_is_withheld(ear: Ear) -> None:
    structlog.get_logger("notifications.test").info(f"letter of {CANARY}")
    assert ear.last["event"] == WITHHELD
    assert CANARY not in ear.text


def test_bound_variables_pass_the_same_list(ear: Ear) -> None:
    with structlog.contextvars.bound_contextvars(person=CANARY, user_id="7"):
        structlog.get_logger("notifications.test").bind(note=CANARY).warning("letter.made")
    assert ear.last["user_id"] == "7"
    assert CANARY not in ear.text


def test_an_exception_keeps_its_kind_and_place_and_loses_its_words(ear: Ear) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        structlog.get_logger("notifications.test").exception("channel.fault")
    assert ear.last["error"] == "ValueError"
    assert ear.last["place"].endswith(
        "in test_an_exception_keeps_its_kind_and_place_and_loses_its_words"
    )
    assert CANARY not in ear.text


def test_stack_and_locals_do_not_arrive(ear: Ear) -> None:
    secret = CANARY
    structlog.get_logger("notifications.test").error("channel.fault", stack_info=True)
    logging.getLogger("some.library").error("it failed", stack_info=True, extra={"who": secret})
    assert "Stack" not in ear.text
    assert "test_logs.py" not in ear.text.splitlines()[0]
    assert CANARY not in ear.text


@pytest.mark.django_db
def test_a_fault_of_the_database_keeps_its_code_and_loses_its_detail(ear: Ear) -> None:
    person = factories.person(a_number="000000001")
    index = person.identifiers.get().index
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO breach_identifier (id, person_id, kind, value, index, source)"
                " SELECT gen_random_uuid(), person_id, kind, value, index, %s FROM breach_identifier",
                [CANARY],
            )
    except DatabaseError as error:
        assert index in str(error), "the driver's message holds the row"
        structlog.get_logger("notifications.test").exception("work.broken")
    assert ear.last["sqlstate"] == "23505"
    assert ear.last["constraint"] == "identifier_once"
    assert index not in ear.text
    assert CANARY not in ear.text


def test_a_foreign_librarys_arguments_never_arrive(ear: Ear) -> None:
    logging.getLogger("some.library").error("cannot deliver to %s", CANARY)
    assert ear.last["event"] == "cannot deliver to %s"
    assert CANARY not in ear.text


def test_a_foreign_sentence_with_a_value_inside_is_withheld_but_its_place_is_told(ear: Ear) -> None:
    logging.getLogger("some.library").error(f"cannot deliver to {CANARY}")
    assert ear.last["event"] == WITHHELD
    assert "test_logs.py" in ear.last["place"]
    assert CANARY not in ear.text


def test_a_foreign_library_cannot_claim_that_its_sentence_is_code(ear: Ear) -> None:
    structlog.get_logger("some.library").error(CANARY, _sentence_is_code=True)
    assert CANARY not in ear.text


def test_a_foreign_librarys_exception_keeps_only_its_kind(ear: Ear) -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        logging.getLogger("some.library").exception("it failed for %s", CANARY)
    assert ear.last["error"] == "RuntimeError"
    assert CANARY not in ear.text


def test_a_warning_of_python_is_a_line_without_its_text(ear: Ear) -> None:
    logging.captureWarnings(True)  # pytest has taken it back
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.getLogger("py.warnings").warning("%s", f"naive datetime for {CANARY}")
        logging._showwarning(RuntimeWarning(CANARY), RuntimeWarning, __file__, 1)  # type: ignore[attr-defined]
    assert len(ear.text.splitlines()) == 2
    assert CANARY not in ear.text


def test_a_record_that_cannot_be_formatted_is_not_printed_with_its_arguments(
    ear: Ear, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("some.library").error("%d %d", CANARY)
    out, err = capfd.readouterr()
    assert CANARY not in ear.text + out + err


@pytest.mark.parametrize("name", STRAYS)
def test_loggers_with_handlers_of_their_own_have_ours_instead(name: str, ear: Ear) -> None:
    log = logging.getLogger(name)
    handlers = [one for one in log.handlers if not type(one).__module__.startswith("_pytest")]
    assert [type(one.formatter) for one in handlers] == [structlog.stdlib.ProcessorFormatter]
    assert not log.propagate
    log.error("Task failed: %s", CANARY)
    assert CANARY not in ear.text


def test_a_tasks_own_logger_says_nothing_more(ear: Ear, capfd: pytest.CaptureFixture[str]) -> None:
    get_task_logger("notifications.tasks").error(f"no letter for {CANARY}")
    assert ear.last["event"] == WITHHELD
    assert CANARY not in ear.text + "".join(capfd.readouterr())


def test_gunicorn_writes_our_lines_even_with_an_access_log() -> None:
    settings = Config()
    settings.set("accesslog", "-")
    said = io.StringIO()
    kept = {name: logging.getLogger(name).handlers[:] for name in STRAYS}
    try:
        log = QuietLogger(settings)
        for handler in (*log.error_log.handlers, *log.access_log.handlers):
            if isinstance(handler, logging.StreamHandler) and hasattr(handler, "_gunicorn"):
                handler.setStream(said)
        log.exception("Error handling request %s", f"/people/?name={CANARY}")
        log.access_log.info(f"GET /people/?name={CANARY}")
    finally:
        for name, handlers in kept.items():
            logging.getLogger(name).handlers[:] = handlers
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert {line["event"] for line in lines} == {"Error handling request %s", WITHHELD}
    assert CANARY not in said.getvalue()


def test_threads_log_like_everybody(ear: Ear) -> None:
    thread = threading.Thread(
        target=lambda: structlog.get_logger("breach.test").error("work.broken", note=CANARY)
    )
    thread.start()
    thread.join()
    assert ear.last["event"] == "work.broken"
    assert CANARY not in ear.text


def test_the_list_of_fields_names_nothing_personal() -> None:
    assert not ALLOWED & {
        "name", "email", "address", "phone", "note", "body", "query", "username", "path", "request", "ip",
    }  # fmt: skip
