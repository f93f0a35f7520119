"""What may be reported of a crash: its kind, its places in the code, and the database's error code. Never a value.

Messages of exceptions are withheld as a whole: PostgreSQL puts the row into its DETAIL, a parser what it could not
read, a dictionary its key. Places are lines of programs, and programs hold nobody's name.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import psycopg2

HOUSE = Path(__file__).resolve().parents[2]
OURS = tuple(str(HOUSE / app) for app in ("breach", "notifications"))
SENTENCE = "What it was about is withheld: it may be somebody's data."
UNREACHABLE = (
    "The database cannot be reached ({why}). Check DATABASE_URL, and that its server runs."
)
# What a failed connection says of itself in words that are PostgreSQL's or the system's own, never anybody's.
WHY = (
    "Connection refused", "No such file or directory", "password authentication failed",
    "could not translate host name", "timeout expired", "server closed the connection unexpectedly", "does not exist",
    "no pg_hba.conf entry",
    "too many clients already", "the database system is starting up",
)  # fmt: skip


def facts(error: BaseException) -> dict[str, str]:
    """Fields for a log: kind, innermost place of ours, and what PostgreSQL calls it (SQLSTATE, our constraint)."""
    told = {"error": type(error).__name__, "place": place(error)}
    database = next((one for one in chain(error) if getattr(one, "pgcode", None)), None)
    if database is not None:
        constraint = getattr(getattr(database, "diag", None), "constraint_name", None)
        told |= {"sqlstate": str(getattr(database, "pgcode", "")), "constraint": constraint or ""}
    return {name: value for name, value in told.items() if value}


def place(error: BaseException) -> str:
    """The innermost line of ours, else the innermost of all: "breach/web/home.py:12 in home"."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(OURS)]
    return _written(*(ours or frames)[-1:]) if frames else ""


def places(error: BaseException) -> list[str]:
    """Every line on the way to the fault, the innermost last."""
    return [_written(frame) for frame in traceback.extract_tb(error.__traceback__)]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def report(error: BaseException) -> str:
    """A crash as text for a terminal or a mail: kinds and places of the whole chain, no message, no source line."""
    lines = [unreachable(error) or f"Stopped by an unforeseen fault. {SENTENCE}"]
    for one in chain(error):
        lines += [
            "  " + " ".join(f"{name}={value}" for name, value in facts(one).items() if name != "place"),
            *(f"    {where}" for where in places(one)),
        ]  # fmt: skip
    return "\n".join(lines)


def unreachable(error: BaseException) -> str:
    """One sentence when the fault is that no connection to the database came about; else empty."""
    for one in chain(error):
        if isinstance(one, psycopg2.OperationalError) and one.pgcode is None:
            text = str(one)
            return UNREACHABLE.format(
                why=next((why for why in WHY if why in text), "no reason given")
            )
    return ""


def keep_quiet() -> None:
    """From now on this process says of its crashes what `report` says: at its end, in threads, in destructors."""

    def at_the_end(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, kind(), None)
        else:
            print(report(error.with_traceback(trace)), file=sys.stderr)

    def in_a_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            print(report(args.exc_value), file=sys.stderr)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            print(report(args.exc_value), file=sys.stderr)

    sys.excepthook, threading.excepthook, sys.unraisablehook = at_the_end, in_a_thread, unraisable


def _written(frame: traceback.FrameSummary) -> str:
    name = frame.filename
    if name.startswith(f"{HOUSE}/") and "site-packages" not in name:
        name = name.removeprefix(f"{HOUSE}/")
    else:
        name = name.rpartition("site-packages/")[2]
    return f"{name}:{frame.lineno} in {frame.name}"
