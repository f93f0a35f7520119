"""The agency's own calendar: in its evening it is already tomorrow in UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def day_there(moment: datetime | None = None) -> date:
    """The day that people at the agency write down, today or at a moment."""
    return timezone.localdate(moment, ZoneInfo(settings.AGENCY_TIME_ZONE))
