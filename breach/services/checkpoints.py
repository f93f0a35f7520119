"""Writing down, outside the database, where each chain of the history ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from breach.core import checkpoints
from breach.core.roles import Capability, require
from breach.history import last_links
from breach.models import User

from . import clock

EVERY = 3600  # seconds between two checkpoints of the housekeeping


def write(*, actor: User) -> list[checkpoints.Checkpoint]:
    """Sign the last link of every stream and append it to the file, which is on disk when this returns."""
    require(actor, Capability.VIEW_AUDIT)
    at = clock.now()
    signed = [
        checkpoints.sign(stream=stream, seq=seq, link=link, at=at)
        for stream, seq, link in last_links()
    ]
    _append(Path(settings.CHECKPOINTS), "".join(one.line() for one in signed).encode())
    return signed


def write_when_due(*, actor: User) -> bool:
    """Write unless somebody has within the last hour. Raises OSError when the file cannot be written."""
    path = Path(settings.CHECKPOINTS)
    if path.exists() and time.time() - path.stat().st_mtime < EVERY:
        return False
    return bool(write(actor=actor))


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _cut_torn_line(file)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that a new file has its name after a power cut
    finally:
        os.close(folder)


def _cut_torn_line(file: BinaryIO) -> None:
    """A writer that died half way left a line nobody has relied on; a full one ends with a new line."""
    file.seek(0)
    whole = file.read()
    file.truncate(whole.rfind(b"\n") + 1)
