"""By when a next action may be due: not before today, and not so late that meanwhile nobody looks after the person."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from breach.core.deadlines import FURTHEST_DAYS
from breach.core.errors import Refused

from . import clock


class DueInThePast(Refused):
    """A next action cannot be due before today."""


class DueTooLate(Refused):
    """Whoever must wait longer than FURTHEST_DAYS is looked at in between; a delay needs authority."""


def check(due_on: date) -> None:
    """Raises DueInThePast and DueTooLate for a day that somebody chose."""
    today = clock.today()
    if due_on < today:
        raise DueInThePast(_("The due date is in the past. Choose today or a later day."))
    if due_on > today + timedelta(days=FURTHEST_DAYS):
        raise DueTooLate(too_late(today))


def too_late(today: date) -> str:
    """The sentence about a day that is too far away."""
    return _(
        "A next action is due within %(days)d days: choose a day until %(last)s, and move it again then if needed."
    ) % {
        "days": FURTHEST_DAYS,
        "last": formats.date_format(today + timedelta(days=FURTHEST_DAYS), "DATE_FORMAT"),
    }


def at_most(due_on: date) -> date:
    """The day, or the last one allowed: what the program itself sets is looked at in between as well."""
    return min(due_on, clock.today() + timedelta(days=FURTHEST_DAYS))
