"""Batch channels: a folder in the spool that is complete, hashed and durable, or not there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .base import BatchParcel, Channel, ChannelError, OutcomeUnknown, SendResult, WrittenBatch

SUMS = "SHA256SUMS"
VOID = "VOID"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class BatchChannel(Channel):
    """Writes a batch for people who print, pack or carry it. The folder appears by one rename."""

    batched = True

    @property
    def folder(self) -> Path:
        return self.config.spool / self.name

    def write(self, parcel: BatchParcel) -> SendResult:
        """Put the whole batch into the spool. Writing the same batch again changes nothing.

        Raises ChannelError when nothing was written, OutcomeUnknown when the disk would not say.
        """
        files = _files(parcel)
        _safe(parcel.number)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            waiting = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=self.folder))
        except OSError as exc:
            raise ChannelError("the spool folder cannot be written", permanent=False) from exc
        try:
            for name, content in files.items():
                _write_durably(waiting / name, content)
            _sync_folder(waiting)
            already = self._rename(waiting, parcel.number)
        except OSError as exc:
            raise ChannelError("the spool folder cannot be written", permanent=False) from exc
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
        if already:
            return self._same_batch(parcel.number, files)
        try:
            _sync_folder(self.folder)
        except OSError as exc:
            raise OutcomeUnknown("the batch was written but the disk did not confirm it") from exc
        return SendResult(provider_reference=_hex(files[SUMS]), detail="written")

    def find(self, number: str) -> WrittenBatch | None:
        """The batch as it stands in the spool, each file checked by its hash; None when absent.

        Raises ChannelError when it is there but altered or incomplete.
        """
        folder = self.folder / _safe(number)
        if not folder.is_dir() or (folder / VOID).exists():
            return None
        try:
            lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
            hashes = {name: expected for expected, name in (line.split("  ", 1) for line in lines)}
            actual = {name: _hex((folder / _safe(name)).read_bytes()) for name in hashes}
        except (OSError, ValueError) as exc:
            raise ChannelError("the batch in the spool is incomplete", permanent=True) from exc
        if actual != hashes:
            raise ChannelError("a file of the batch was altered", permanent=True)
        return WrittenBatch(number=number, hashes=hashes)

    def find_or_void(self, number: str) -> WrittenBatch | None:
        """As `find`, but an absent batch can never appear afterwards: its number is taken out of use.

        This settles what a writer did that was never heard of again, even if it should wake up later.
        Nobody takes a batch out of the spool before it is recorded as written.
        """
        found = self.find(number)
        if found is not None:
            return found
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=self.folder))
        try:
            _write_durably(waiting / VOID, b"")
            _sync_folder(waiting)
            self._rename(waiting, number)
            _sync_folder(self.folder)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
        return self.find(number)

    def tidy(self, *, older_than: float = 3600.0) -> int:
        """Remove what killed writers left half done over `older_than` seconds ago; how many."""
        if not self.folder.is_dir():
            return 0
        limit = time.time() - older_than
        stale = [part for part in self.folder.glob(".*.part") if part.stat().st_mtime < limit]
        for part in stale:
            shutil.rmtree(part, ignore_errors=True)
        return len(stale)

    def _rename(self, waiting: Path, number: str) -> bool:
        """Whether the batch was there already: rename(2) never replaces a folder with files."""
        final = self.folder / _safe(number)
        if final.exists():
            return True
        try:
            waiting.rename(final)
        except OSError:
            if final.exists():
                return True
            raise
        return False

    def _same_batch(self, number: str, files: Mapping[str, bytes]) -> SendResult:
        found = self.find(number)
        wanted = {name: _hex(content) for name, content in files.items() if name != SUMS}
        if found is None or found.hashes != wanted:
            raise ChannelError("another batch with this number is in the spool", permanent=True)
        return SendResult(provider_reference=_hex(files[SUMS]), detail="was written before")


def _files(parcel: BatchParcel) -> dict[str, bytes]:
    """The documents and, last, the list of their hashes as sha256sum writes it."""
    files = {_safe(name): content for name, content in sorted(parcel.documents.items())}
    if not files or SUMS in files:
        raise ChannelError("a batch has at least one document, with its own name", permanent=True)
    sums = "".join(f"{_hex(content)}  {name}\n" for name, content in files.items())
    return {**files, SUMS: sums.encode()}


def _safe(name: str) -> str:
    if not _SAFE_NAME.fullmatch(name):
        raise ChannelError(
            "a batch or file name has letters, digits, dot and dash only", permanent=True
        )
    return name


def _hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
