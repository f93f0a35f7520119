"""`manage.py verify_audit`: walk every chain of the history and say where it breaks; exits 1 when it does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.checkpoints import Checkpoint, NotACheckpoint, public_keys, untrusted
from breach.history import export, kept_checkpoints, streams, verify
from breach.outside import outside_of_verbs, summed


class Command(BaseCommand):
    help = (
        "Verify the hash chains of the audit history against themselves and against the signed checkpoints."
        " Exit 1 and name the first broken link of each stream. Then list tables that were changed outside the program."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--export", type=Path, metavar="FILE",
            help="write the history as JSON lines for docs/verify_audit.py, and verify nothing here",
        )  # fmt: skip

        parser.add_argument(
            "--outside", action="store_true",
            help="also exit 3 when tables were changed outside the program's services",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"]:
            self._export(options["export"])
            return
        try:
            kept = kept_checkpoints()  # read before the chains: they only grow
        except NotACheckpoint as problem:
            raise CommandError(f"The file of checkpoints has been changed: {problem}.") from None
        except OSError as problem:
            raise CommandError(
                f"{problem.filename} cannot be read: {problem.strerror}. Nothing was verified."
            ) from None
        broken = self._walk(kept)
        if forged := untrusted(kept, public_keys()):
            self.stdout.write(f"checkpoints: {len(forged)} NOT SIGNED by a key of ours")
        outside = self._outside()
        if broken or forged:
            sys.exit(1)
        if outside and options["outside"]:
            sys.exit(3)

    def _walk(self, kept: list[Checkpoint]) -> int:
        broken = 0
        for stream in sorted({*streams(), *(one.stream for one in kept)}):
            finding = verify(stream, kept)
            broken += not finding.holds
            said = "holds" if finding.holds else f"BROKEN at {finding.first_break or 'no place'}"
            at = max((one.seq for one in kept if one.stream == stream), default=None)
            known = f"checkpoint at {at}" if at else "no checkpoint"
            self.stdout.write(
                f"{stream}: {finding.events} events, {said}; {known}; last hash {finding.last_hash[:16]}"
            )
        return broken

    def _outside(self) -> int:
        """Report changes whose transaction has no audit event."""
        found = summed(outside_of_verbs())
        for one in found:
            self.stdout.write(
                f"outside of the verbs: {one['operation']} {one['table']} as {one['role']}:"
                f" {one['statements']} statements, {one['rows_changed']} rows,"
                f" the last {one['last']:%Y-%m-%d %H:%M} UTC"
            )
        return len(found)

    def _export(self, path: Path) -> None:
        try:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(export())
        except OSError as problem:
            raise CommandError(f"{path} cannot be written: {problem.strerror}.") from None
