"""Logging by allow-list: an event carries a fixed sentence and known-harmless fields, everything else is dropped.

Three walls: the field must be on the list; its value must have the shape of an id, a word or a number; and a sentence
of a library is kept only when it is in the library's source word for word, because an f-string is data already.
"""

from __future__ import annotations

import ast
import logging.config
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from breach.core import faults

WORD = r"[A-Za-z0-9_][A-Za-z0-9_.:<>-]{0,79}"
UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
ID = rf"{UUID}|[0-9]{{1,7}}|[A-Z]{{1,2}}(?:-[0-9A-Z]{{2,8}})+"  # an A-number has nine digits
PLACE = r"[\w./<>+-]{1,160}:[0-9]+ in [\w<>.]{1,80}"
ROUTE = r"[a-z0-9_<>:/.-]{0,160}"

# Ids, counts, states and durations, each with its shape. Never a name, an address, a query string or a request body.
FIELDS = {
    name: re.compile(shape)
    for shape, names in {
        WORD: "level logger code task queue state outcome phase error sqlstate constraint channel",
        "GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE": "method",  # a client may send any word
        UUID: "request_id",  # and any request id
        ID: "user_id task_id delivery_id notification_id exposure_id incident_id batch roster_id",
        r"-?[0-9]{1,7}(?:\.[0-9]{1,6})?": "count seconds status",
        PLACE: "place",
        ROUTE: "route",
        r"[0-9TZ:.+-]{10,40}": "timestamp",
    }.items()
    for name in names.split()
}
ALLOWED = frozenset({"event", *FIELDS})
EVENT = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")  # as we write them: "letter.refused"
WITHHELD = "withheld"
CALLERS = 3  # a library may log through a small function of its own
# Handlers of their own, or none that would reach ours: Celery's pool and tasks, gunicorn.
STRAYS = (
    "multiprocessing", "celery", "celery.task", "celery.redirected", "gunicorn.error", "gunicorn.access",
)  # fmt: skip


def only_allowed(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list or not of its shape; an exception keeps its kind and place."""
    exc = event.pop("exc_info", None)
    if exc is True:  # the exception being handled
        exc = sys.exc_info()
    error = exc[1] if isinstance(exc, tuple) else exc
    if isinstance(error, BaseException):
        event = {**event, **faults.facts(error)}
    kept = {name: value for name, value in event.items() if name == "event" or _fits(name, value)}
    if not event.pop("_sentence_is_code", False) and not EVENT.fullmatch(str(kept.get("event"))):
        kept["event"] = WITHHELD
    return kept


def _fits(name: str, value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return all(_fits(name, one) for one in value)
    return name in FIELDS and bool(FIELDS[name].fullmatch(str(value)))


def plain_message(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """A foreign library's record keeps its template without the arguments, if that is program text, and its place."""
    event.pop("_sentence_is_code", None)  # nobody outside may claim it
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and event.get("_from_structlog") is False:
        known = isinstance(record.msg, str) and _is_code(record.msg, record.pathname)
        event["event"] = record.msg[:200] if known else WITHHELD
        event["_sentence_is_code"] = True
        if not event.get("exc_info"):
            name = record.pathname.rpartition("site-packages/")[2]
            event["place"] = f"{name}:{record.lineno} in {record.funcName}"
    return event


def _is_code(sentence: str, pathname: str) -> bool:
    """Whether the sentence stands word for word in the file that logs it, or in one of that file's callers."""
    return any(sentence in _texts(file) for file in _files(pathname))


def _files(pathname: str) -> Iterator[str]:
    yield pathname
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename != pathname:
        frame = frame.f_back
    for _step in range(CALLERS):
        frame = frame.f_back if frame else None
        if frame:
            yield frame.f_code.co_filename


@cache
def _texts(file: str) -> frozenset[str]:
    """Every string that is written in a source file."""
    try:
        tree = ast.parse(Path(file).read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return frozenset()
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(node.value for node in nodes if isinstance(node.value, str))


def quiet_formatter() -> logging.Formatter:
    """One line of JSON for each record; for handlers that others make."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        use_get_message=False,
        processors=[plain_message, only_allowed, structlog.processors.JSONRenderer()],
    )


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def logging_config() -> None:
    """Set up structlog, the standard library and Python's warnings to write JSON lines to stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    levels = {
        "breach": "INFO",
        "notifications": "INFO",
        "django_structlog": "INFO",
        "django.request": "ERROR",
        "axes": "ERROR",
        "weasyprint": "ERROR",
        "fontTools": "ERROR",
    }
    ours = {"handlers": ["stderr"], "propagate": False}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": quiet_formatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                **{name: {"level": level} for name, level in levels.items()},
                **dict.fromkeys(STRAYS, ours),
            },
        }
    )
    logging.raiseExceptions = (
        False  # a record that cannot be formatted is lost, not printed with its arguments
    )
    logging.captureWarnings(True)  # a warning's text may hold what it warns of
