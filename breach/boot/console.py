"""What set-up tells the person who waits: short lines on standard error, and one-sentence refusals."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SetupError(Exception):
    """The machine cannot be made ready; the message is one sentence saying what to do."""


def say(message: str) -> None:
    """Print one progress line; standard output stays free for the command's own result."""
    print(f"· {message}", file=sys.stderr, flush=True)


@contextmanager
def step(message: str) -> Iterator[None]:
    """Announce a piece of work, and its seconds when it took long enough to be noticed."""
    say(f"{message} ...")
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    if seconds >= 2:
        say(f"{message}: done in {seconds:.0f} s")
