"""Logging by allow-list: an event carries a fixed sentence and known-harmless fields, everything else is dropped."""

from __future__ import annotations

import logging.config
import sys
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import Processor

# Ids, counts, states and durations. Never a name, an address, a query string or a request body.
ALLOWED = frozenset(
    {
        "event", "level", "logger", "timestamp", "request_id", "user_id", "code", "task", "task_id", "queue",
        "delivery_id", "notification_id", "exposure_id", "incident_id", "batch", "roster_id", "state", "outcome",
        "phase", "count", "seconds", "error", "path", "method",
    }
)  # fmt: skip


def only_allowed(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop every field that is not on the list; an exception keeps its type, never its message or locals."""
    exc = event.pop("exc_info", None)
    if exc:
        if exc is True:  # the exception being handled
            exc = sys.exc_info()
        kind = exc[0] if isinstance(exc, tuple) else type(exc)
        event["error"] = getattr(kind, "__name__", "error")
    return {key: value for key, value in event.items() if key in ALLOWED}


def plain_message(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """A foreign library's record keeps its unformatted template: arguments may be personal."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and event.get("_from_structlog") is False:
        event["event"] = str(record.msg)[:200]
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
    return event


def logging_config(_directory: Path) -> None:
    """Set up structlog and the standard library to write JSON lines to stderr."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        plain_message,
                        only_allowed,
                        structlog.processors.JSONRenderer(),
                    ],
                },
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "breach": {"level": "INFO"},
                "notifications": {"level": "INFO"},
                "django.request": {"level": "ERROR"},
                "axes": {"level": "ERROR"},
                "weasyprint": {"level": "ERROR"},
                "fontTools": {"level": "ERROR"},
            },
        }
    )
