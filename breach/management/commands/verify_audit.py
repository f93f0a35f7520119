"""`manage.py verify_audit`: walk every chain of the history and say where it breaks; exits 1 when it does."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from breach.history import streams, verify


class Command(BaseCommand):
    help = "Verify the hash chain of the audit history. Exit 1 and name the first broken link of each stream."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for stream in streams():
            finding = verify(stream)
            broken += not finding.holds
            said = "holds" if finding.holds else f"BROKEN at {finding.first_break}"
            self.stdout.write(
                f"{stream}: {finding.events} events, {said}; last hash {finding.last_hash[:16]}"
            )
        if broken:
            sys.exit(1)
