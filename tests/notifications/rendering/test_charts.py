"""The burn-up: starts at nobody, ends at what was proven, never leaves its picture."""

from __future__ import annotations

from datetime import date, timedelta

from notifications.rendering.charts import HEIGHT, WIDTH, burn_up

DAY = date(2022, 12, 1)


def test_nobody_told_draws_nothing() -> None:
    empty = burn_up([], 10, DAY)
    assert (empty.days, empty.line, empty.area, empty.first) == ((), "", "", None)


def test_days_without_proof_keep_the_number() -> None:
    chart = burn_up([(DAY, 2), (DAY + timedelta(days=2), 3)], 10, DAY + timedelta(days=3))
    assert [people for _day, people in chart.days] == [0, 2, 2, 5, 5]


def test_the_line_runs_from_nobody_at_the_left_to_the_last_day_at_the_right() -> None:
    chart = burn_up([(DAY, 10)], 10, DAY)
    assert chart.line == f"0,{HEIGHT} {WIDTH},0"


def test_more_proof_than_people_stays_within_the_picture() -> None:
    assert burn_up([(DAY, 99)], 10, DAY).line.endswith(f"{WIDTH},0")


def test_a_proof_of_after_the_last_day_is_still_shown() -> None:
    chart = burn_up([(DAY, 1)], 10, DAY - timedelta(days=5))
    assert chart.last == DAY
