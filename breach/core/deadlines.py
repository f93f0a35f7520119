"""Calendar arithmetic: holds, business days and outer legal limits. Pure; the caller says what day it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SATURDAY = 5
FURTHEST_DAYS = 90  # within which a next action is due, as long as the longest delay lasts


@dataclass(frozen=True)
class Limit:
    """An outer limit for telling people, counted in calendar days from discovery. Advisory unless the law binds."""

    key: str
    days: int
    citation: str
    says: str | Promise


LIMITS = (
    Limit("state_30", 30, "Cal. Civ. Code 1798.82(a), as amended by SB 446 (2026)",
          _("Residents are told within 30 calendar days of discovery")),
    Limit("hipaa_60", 60, "45 CFR 164.404(b)",
          _("Individuals are told without unreasonable delay, at the latest 60 calendar days after discovery")),
)  # fmt: skip


@dataclass(frozen=True)
class Deadline:
    """A limit applied to one incident."""

    limit: Limit
    due_on: date


def hold_until(proven_on: date, days: int, *, already: date | None = None) -> date:
    """The last day of the hold that runs from proof of notice; never earlier than one already promised."""
    until = proven_on + timedelta(days=days)
    return max(until, already) if already else until


def is_business_day(day: date) -> bool:
    """Monday to Friday and no federal holiday (5 USC 6103)."""
    return day.weekday() < SATURDAY and day not in _federal_holidays(day.year)


def add_business_days(start: date, days: int) -> date:
    """The day `days` business days after `start`; with 0, `start` itself or the next business day."""
    day = start
    while days > 0 or not is_business_day(day):
        day += timedelta(days=1)
        if is_business_day(day):
            days -= 1
    return day


def due_date(start: date, days: int) -> date:
    """`days` calendar days after `start`, moved on to a business day when nobody would be there to act."""
    return add_business_days(start + timedelta(days=days), 0)


def deadlines(discovered_on: date, limits: Iterable[Limit] = LIMITS) -> list[Deadline]:
    """The outer limits of an incident, earliest first. A limit of law is not moved by weekends."""
    found = [Deadline(limit, discovered_on + timedelta(days=limit.days)) for limit in limits]
    return sorted(found, key=lambda deadline: deadline.due_on)


@cache
def _federal_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))
