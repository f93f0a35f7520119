"""Independent pieces of work: a failure is reported at the end, after the others have run.

For housekeeping, where one bad row must not keep everybody else's letters from going out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class SomeFailed(Exception):
    """`count` pieces failed and the others were done; `first` is the first one's fault. The text holds no data."""

    def __init__(self, count: int, first: Exception) -> None:
        super().__init__()
        self.count, self.first = count, first


def each(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """Do the work with every piece and return its results. Raises SomeFailed after the last one if any failed.

    Each piece is a transaction of its own, or leaves nothing behind when it fails.
    """
    results: list[Result] = []
    faults: list[tuple[int, Exception]] = []
    for piece in pieces:
        try:
            results.append(work(piece))
        except Exception as problem:  # whatever it is, it is told of below
            faults.append(counted(problem))
            recover()
    if faults:
        first = faults[0][1]
        raise SomeFailed(sum(count for count, _fault in faults), first) from first
    return results


def recover() -> None:
    """After a fault: let go of a connection whose server is gone, so that the next piece asks for a new one."""
    # Within somebody's transaction it is theirs to lose, and they hear of it.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def counted(problem: Exception) -> tuple[int, Exception]:
    """How many pieces failed, and the fault of the first of them."""
    return (problem.count, problem.first) if isinstance(problem, SomeFailed) else (1, problem)
