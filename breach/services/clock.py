"""What day and time it is, by the database's clock: no application host's clock changes anything."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection


def today() -> date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_date")
        day: date = cursor.fetchone()[0]
    return day


def now() -> datetime:
    """The moment the current transaction began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
    return moment
