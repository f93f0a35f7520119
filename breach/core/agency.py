"""The agency's calendar: which day a moment belongs to where the people work whom dates are meant for."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def agency_zone() -> ZoneInfo:
    """The zone of `AGENCY_TIME_ZONE`."""
    return ZoneInfo(settings.AGENCY_TIME_ZONE)


def agency_day(moment: datetime | None = None) -> date:
    """The day a clock at the agency shows at an aware moment; without one, now by this host's clock."""
    return timezone.localdate(moment, agency_zone())


def agency_midnight(day: date) -> datetime:
    """The moment the day begins at the agency."""
    return datetime.combine(day, time(), agency_zone())
