"""`manage.py audit_checkpoint`: sign where each chain of the history ends, in a file outside the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.checkpoints import public_keys
from breach.services.checkpoints import write
from breach.services.users import system_user


class Command(BaseCommand):
    help = "Append a signed checkpoint of every stream to DATA_DIR/checkpoints/audit.jsonl; print the public key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--public-key", action="store_true", help="print the public key and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["public_key"]:
            self._write()
        self.stdout.write(f"public key {public_keys()[0]}")

    def _write(self) -> None:
        try:
            written = write(actor=system_user())
        except OSError as problem:
            raise CommandError(
                f"{settings.CHECKPOINTS} cannot be written ({problem.strerror}). Nothing was signed."
            ) from None
        for one in written:
            self.stdout.write(f"{one.stream}: event {one.seq}, hash {one.hash[:16]}")
