"""What every reader of receipts gives back, and how cells become references and moments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from breach.core.references import InvalidReference, parse
from notifications.states import ReceiptKind

_WORDS = re.compile(r"[\W_]+")
# From the year 1000: earlier ones can leave the calendar when a time zone is applied.
_MOMENT = re.compile(r"([1-9]\d{3}-\d{2}-\d{2})(?:[T ](\S+))?")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/([1-9]\d{3})(?: +(\S.*))?")
_CLOCK = re.compile(r"(?:\d{1,2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?")
_TWELVE_HOURS = re.compile(r"(1[0-2]|0?[1-9]):(\d{2})(?::\d{2})? ?([AP])\.?M\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """A row that was not taken, and why. Rows count as in a spreadsheet: the header is 1."""

    row: int
    sentence: str


@dataclass(frozen=True)
class ReceiptRecord:
    """One piece of news about one delivery.

    It names its delivery by the printed `reference` or by the mail's `message_id`; `source_key`
    is the same for the same news, however often and in whatever file. `reason` is a code of the
    closed list, `remark` what the form says beside it; `bad_address`: the address itself is wrong.
    """

    kind: ReceiptKind
    at: datetime
    source: str
    source_key: str
    channel: str
    reference: str = ""
    message_id: str = ""
    reason: str = ""
    remark: str = ""
    bad_address: bool = False
    row: int = 0


@dataclass
class Reading:
    """Everything one source said: its kind, what we understood, and what we did not."""

    kind: str
    rows: int = 0
    records: list[ReceiptRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class BadCell(ValueError):
    """One cell cannot be taken; the text is a sentence without the cell's value."""


def key_of(*parts: str) -> str:
    """A stable key for one piece of news."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def plain(text: str) -> str:
    """Words without case, spaces and punctuation: "Not known here" -> not_known_here."""
    return _WORDS.sub("_", text.strip().casefold()).strip("_")


def find_columns(header: list[str], aliases: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """Which of our columns stands where. A column that two headers claim is an error.

    Raises BadCell.
    """
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        for column, names in aliases.items():
            if plain(title) in names:
                if column in found:
                    raise BadCell(
                        _("Two columns contain the %(column)s. Remove one of them.")
                        % {"column": column}
                    )
                found[column] = place
    return found


def reference_of(cell: str | date) -> str:
    """The canonical reference in a cell. Raises BadCell."""
    try:
        return parse(str(cell))
    except InvalidReference as exc:
        raise BadCell(
            _("The reference cannot be read. Compare it with the printed sheet and correct it.")
        ) from exc


@dataclass(frozen=True)
class Said:
    """When something happened: `stated` as the list says it, `at` never ahead of our own clock."""

    stated: datetime
    at: datetime


def moment_of(
    day: str | date, clock: str, *, zone: ZoneInfo, now: datetime, month_first: bool = False
) -> Said:
    """Date (and time) of an event in the zone of the place. A date alone counts as noon.

    ISO dates (2026-11-20, also with a time) are taken; nothing is guessed, and nothing may lie in the future. With
    `month_first` the list is typed from a form of our own whose dates are month/day/year, so 11/20/2026 and 2:30 PM
    are taken as well. Raises BadCell.
    """
    written = day.strip() if isinstance(day, str) else day.isoformat()
    date_said, time_said = _in_iso(written, clock.strip(), month_first=month_first)
    try:
        if time_said is None:
            raise ValueError
        hours = time_said or "12:00"
        hours = hours if hours[2] == ":" else f"0{hours}"
        stated = datetime.fromisoformat(f"{date_said}T{hours}")
    except ValueError as exc:
        raise BadCell(
            _(
                "The date is not written like 11/20/2026 (month first) or 2026-11-20, or the time not like 2:30 PM or "
                "14:30. Correct it."
            )
            if month_first
            else _(
                "The date is not written like 2026-11-20, or the time not like 14:30. Correct it."
            )
        ) from exc
    stated = stated if stated.tzinfo else stated.replace(tzinfo=zone)
    if stated <= now:
        return Said(stated, stated)
    if not time_said and stated.date() == now.astimezone(zone).date():
        return Said(stated, now)
    raise BadCell(_("The date is in the future. Correct it."))


def _in_iso(day: str, clock: str, *, month_first: bool) -> tuple[str, str | None]:
    """Date and time as ISO writes them; "" for no time, None for one (or a date) that cannot be read."""
    if month_first and (form := _MONTH_FIRST.fullmatch(day)):
        day, clock = f"{form[3]}-{form[1]:0>2}-{form[2]:0>2}", form[4] or clock
    elif found := _MOMENT.fullmatch(day):
        day, clock = found[1], found[2] or clock
    else:
        return day, None
    if month_first and (half := _TWELVE_HOURS.fullmatch(clock)):
        clock = f"{int(half[1]) % 12 + (12 if half[3] in 'pP' else 0):02}:{half[2]}"
    return day, clock if _CLOCK.fullmatch(clock) else None
