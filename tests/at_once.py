"""Several people act at the same moment: each piece of work in a thread with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

from django.db import connection

SOON = 5.0  # seconds; whoever waits longer waits for a lock the other one holds


class Worker(Thread):
    """Does its work in the background; `outcome()` waits for it and says what it raised, if anything."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self.work()
        except Exception as fault:
            self.fault = fault
        finally:
            connection.close()

    def outcome(self) -> Exception | None:
        self.join()
        return self.fault


def start(work: Callable[[], Any]) -> Worker:
    """Begin in the background."""
    worker = Worker(work)
    worker.start()
    return worker


def together(*works: Callable[[], Any]) -> list[Exception]:
    """Do all of these at the same moment; returns what was raised."""
    workers = [start(work) for work in works]
    return [fault for worker in workers if (fault := worker.outcome())]


def met(gate: Barrier) -> None:
    """Wait until the others have come as far as this, or wait for a lock that we hold."""
    with suppress(BrokenBarrierError):
        gate.wait()


def meeting(step: Callable[..., Any], gate: Barrier) -> Callable[..., Any]:
    """`step`, which waits at the gate after it is done."""

    def done_and_met(*args: Any, **kwargs: Any) -> Any:
        done = step(*args, **kwargs)
        met(gate)
        return done

    return done_and_met


def meeting_before(step: Callable[..., Any], gate: Barrier) -> Callable[..., Any]:
    """`step`, which waits at the gate before it begins."""

    def met_and_done(*args: Any, **kwargs: Any) -> Any:
        met(gate)
        return step(*args, **kwargs)

    return met_and_done
