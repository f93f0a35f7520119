"""What day and time it is, by the database's clock: no application host's clock changes anything."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection

from breach.core.agency import agency_day


def today() -> date:
    """The day at the agency; due dates and holds are counted by it."""
    return agency_day(now())


def now() -> datetime:
    """The moment the current transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
    return moment
