"""Holds, business days and the outer limits of the law."""

from __future__ import annotations

from datetime import date

from breach.core.deadlines import (
    add_business_days,
    deadlines,
    due_date,
    hold_until,
    is_business_day,
)


def test_a_hold_runs_thirty_days_from_proof_and_is_never_shortened() -> None:
    assert hold_until(date(2022, 12, 1), 30) == date(2022, 12, 31)
    assert hold_until(date(2022, 12, 1), 10, already=date(2022, 12, 31)) == date(2022, 12, 31)


def test_weekends_and_federal_holidays_are_no_business_days() -> None:
    assert not is_business_day(date(2022, 11, 24))  # Thanksgiving
    assert not is_business_day(date(2022, 12, 26))  # Christmas, observed
    assert add_business_days(date(2022, 11, 23), 1) == date(2022, 11, 25)
    assert add_business_days(date(2022, 11, 26), 0) == date(2022, 11, 28)
    assert add_business_days(date(2022, 11, 26), 1) == date(2022, 11, 28)


def test_a_due_date_moves_on_to_a_day_when_somebody_is_there() -> None:
    assert due_date(date(2022, 11, 25), 1) == date(2022, 11, 28)


def test_limits_of_law_run_in_calendar_days_from_discovery() -> None:
    found = deadlines(date(2022, 11, 28))
    assert [(limit.limit.key, limit.due_on.isoformat()) for limit in found] == [
        ("state_30", "2022-12-28"), ("hipaa_60", "2023-01-27"),
    ]  # fmt: skip
