"""File locks between processes; the kernel drops them when a holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open (and make) a lock file that its owner alone can read; close the descriptor to let go."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_exclusive(descriptor: int) -> bool:
    """Take the lock alone if nobody else holds it; a share held through `descriptor` is given up."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_exclusive(descriptor: int) -> None:
    """Take the lock alone, waiting as long as others hold it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def share(descriptor: int) -> None:
    """Hold the lock together with others; waits while somebody holds it alone."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def is_free(path: Path) -> bool:
    """Whether nobody holds this lock at the moment."""
    descriptor = open_lock(path)
    try:
        return try_exclusive(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock alone; `on_wait` is called once when another process has it."""
    descriptor = open_lock(path)
    try:
        if not try_exclusive(descriptor):
            if on_wait:
                on_wait()
            wait_exclusive(descriptor)
        yield
    finally:
        os.close(descriptor)
