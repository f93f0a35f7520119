"""Two transactions that wait for each other: the database ends one of them, and that one may simply be done again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

from breach.core import faults

Given = ParamSpec("Given")
Result = TypeVar("Result")
# PostgreSQL's codes for a broken deadlock and for a transaction that cannot be put in line with another.
ENDED_FOR_ANOTHER = frozenset({"40P01", "40001"})


def collided(error: BaseException) -> bool:
    """Whether the database ended this transaction in favor of another one: nothing of it was done."""
    return any(getattr(one, "pgcode", None) in ENDED_FOR_ANOTHER for one in faults.chain(error))


def again_after_a_collision(verb: Callable[Given, Result]) -> Callable[Given, Result]:
    """Do the verb a second time when its transaction was ended for another one's; the second time it may raise.

    For verbs that are one transaction. Inside somebody else's transaction nothing is repeated: all of it is lost.
    """

    @wraps(verb)
    def twice(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return verb(*args, **kwargs)
        except OperationalError as fault:
            if connection.in_atomic_block or not collided(fault):
                raise
        return verb(*args, **kwargs)

    return twice
