"""The burn-up as geometry: people told over time against everyone. Numbers in, SVG attributes out; no styles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 1000, 240
LINES = 4  # of the grid, the whole being the uppermost


@dataclass(frozen=True)
class BurnUp:
    """`line` and `area` are points of an SVG of WIDTH by HEIGHT; `days` what they show, by day."""

    days: tuple[tuple[date, int], ...]
    total: int
    line: str
    area: str
    grid: tuple[tuple[int, int], ...]  # (y, people)

    @property
    def first(self) -> date | None:
        return self.days[0][0] if self.days else None

    @property
    def last(self) -> date | None:
        return self.days[-1][0] if self.days else None


def burn_up(told: Sequence[tuple[date, int]], total: int, until: date) -> BurnUp:
    """`told`: people told on each day, in order; `total`: everyone; `until`: the last day shown."""
    days = _cumulative(told, until)
    points = []
    for at, (_day, people) in enumerate(days):
        x = round(WIDTH * at / (len(days) - 1))
        points.append(f"{x},{_height(people, total)}")
    line = " ".join(points)
    grid = tuple(
        (_height(total * n // LINES, total), total * n // LINES) for n in range(1, LINES + 1)
    )
    area = f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}" if points else ""
    return BurnUp(days=tuple(days), total=total, line=line, area=area, grid=grid)


def _cumulative(told: Sequence[tuple[date, int]], until: date) -> list[tuple[date, int]]:
    """Every day from the one before the first proof, so that the line starts at nobody."""
    if not told:
        return []
    by_day = dict(told)
    day, end, people = told[0][0] - timedelta(days=1), max(until, told[-1][0]), 0
    days = []
    while day <= end:
        people += by_day.get(day, 0)
        days.append((day, people))
        day += timedelta(days=1)
    return days


def _height(people: int, total: int) -> int:
    """From the top, as SVG counts; a number over the whole stays within the picture."""
    return HEIGHT - round(HEIGHT * min(people, total) / total) if total else HEIGHT
