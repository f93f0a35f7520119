"""Which day it is on pages: the database's (UTC), by which due dates and holds are counted, not the reader's."""

from __future__ import annotations

from datetime import UTC, date

from django.utils import timezone


def today() -> date:
    return timezone.localdate(timezone=UTC)
