"""Python's garbage collection while very many rows are made at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Rows of a roster refer to nothing in a circle: reference counts free them. Looking for circles took an eighth of the
# time of an import, more in a process that holds much else. Rarer still is faster, but memory then grows with the file.
SELDOM = (5_000, 10, 10)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect less often while this lasts; for the whole process; restored afterward."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
