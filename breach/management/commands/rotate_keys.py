"""`manage.py rotate_keys`: bring everything under the current ROOT_KEY while people work. The last line is JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from breach.services.keys import rotate
from breach.services.users import system_user


class Command(BaseCommand):
    help = (
        "Re-wrap data keys, sealed cells and keyed indexes under the current ROOT_KEY. Safe to interrupt and repeat."
        " Exit 1 while something is left under another key: then keep ROOT_KEY_OLD."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        rotation = rotate(actor=system_user(), progress=self._show)
        seconds = round(time.monotonic() - started, 2)
        self.stdout.write(json.dumps(asdict(rotation) | {"seconds": seconds}))
        if not rotation.complete:
            sys.exit(1)

    def _show(self, what: str, done: int, of: int) -> None:
        self.stdout.write(f"  {what}: {done} of {of}")
