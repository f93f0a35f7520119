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
_CLOCK = re.compile(r"(?:\d{1,2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?")


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
                        _("Two columns hold the %(column)s. Remove one of them.")
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


def moment_of(day: str | date, clock: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Date (and time) of an event in the zone of the place. A date alone counts as noon.

    Only ISO dates (2026-11-20, also with a time) are taken, nothing is guessed, and nothing may lie
    in the future. Raises BadCell.
    """
    said = _MOMENT.fullmatch(day.strip() if isinstance(day, str) else day.isoformat())
    time_said = _CLOCK.fullmatch(((said and said[2]) or clock).strip())
    try:
        if said is None or time_said is None:
            raise ValueError
        hours = time_said[0] or "12:00"
        hours = hours if hours[2] == ":" else f"0{hours}"
        moment = datetime.fromisoformat(f"{said[1]}T{hours}")
    except ValueError as exc:
        raise BadCell(
            _("The date is not written like 2026-11-20, or the time not like 14:30. Correct it.")
        ) from exc
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment <= now:
        return moment
    if not time_said[0] and moment.date() == now.astimezone(zone).date():
        return now
    raise BadCell(_("The date lies in the future. Correct it."))
