"""Charts as rows of a table with one SVG bar each: the picture and its data are the same thing.

Pure geometry: numbers in, attribute strings out. SVG takes presentation attributes only, so the strictest
content security policy stays whole, and the same rows print and read aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from breach.web.chips import chip_for

WIDTH = 1000
# A bar this narrow (in thousandths) would vanish, although the number behind it is not zero.
SMALLEST_BAR = 4


@dataclass(frozen=True)
class Bar:
    """One row: `width` and `offset` are in thousandths of the chart's width, `share` in percent."""

    label: str
    value: int
    tone: str
    state: str
    url: str
    width: int
    offset: int
    share: float


@dataclass(frozen=True)
class Chart:
    """The rows of a chart and their sum."""

    bars: tuple[Bar, ...]
    total: int


def bar_chart(rows: Iterable[Mapping[str, Any]]) -> Chart:
    """Bars measured against the largest row. A row has `label`, `value` and maybe `url`, `tone`, `state`."""
    rows = list(rows)
    return _chart(rows, scale=max((int(row["value"]) for row in rows), default=0), total=0)


def funnel_chart(rows: Iterable[Mapping[str, Any]], total: int = 0) -> Chart:
    """Bars measured against the whole, laid end to end; the whole is `total` or the sum of the rows."""
    rows = list(rows)
    total = total or sum(int(row["value"]) for row in rows)
    return _chart(rows, scale=total, total=total)


def share(part: int, whole: int) -> float:
    """In percent to one decimal, cut off and not rounded: 100 says that nothing is left to do."""
    return 1000 * part // whole / 10 if whole else 0.0


def _chart(rows: list[Mapping[str, Any]], *, scale: int, total: int) -> Chart:
    total = total or sum(int(row["value"]) for row in rows)
    bars, offset = [], 0
    for row in rows:
        value = int(row["value"])
        state = str(row.get("state", ""))
        width = max(SMALLEST_BAR, round(WIDTH * value / scale)) if value and scale else 0
        bars.append(
            Bar(
                label=str(row.get("label") or chip_for(state).label),
                value=value,
                tone=str(row.get("tone") or (chip_for(state).tone if state else "bar")),
                state=state,
                url=str(row.get("url") or ""),
                width=width,
                offset=offset,
                share=share(value, total),
            )
        )
        offset += width
    return Chart(bars=tuple(bars), total=total)
