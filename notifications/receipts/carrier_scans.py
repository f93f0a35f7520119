"""The carrier's tracking report: which letters were accepted, are still being tried, or were delivered."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from notifications.states import ReceiptKind

from .base import BadCell, ReceiptRecord, key_of, moment_of, plain, reference_of
from .words import codes_by_word

SOURCE = "carrier_scan"
COLUMNS = {
    "reference": frozenset({"reference", "ref", "code", "letter", "referencia"}),
    "date": frozenset({"date", "scanned", "scanned_on", "event_date", "fecha"}),
    "time": frozenset({"time", "event_time", "hora"}),
    "status": frozenset({"status", "event", "scan", "estado"}),
    "tracking": frozenset({"tracking", "tracking_number", "article_number"}),
}
REQUIRED = frozenset({"reference", "date", "status"})

STATUSES: dict[str, tuple[ReceiptKind, frozenset[str]]] = {
    "accepted": (ReceiptKind.ACCEPTED, frozenset({"acceptance", "picked_up", "in_transit"})),
    "attempted": (ReceiptKind.DELAYED, frozenset({"notice_left", "delivery_attempted", "held"})),
    "delivered": (
        ReceiptKind.DELIVERED,
        frozenset({"delivered_left_with_individual", "entregado"}),
    ),
}
_BY_WORDS = {word: code for code, (_kind, words) in STATUSES.items() for word in {code, *words}}


def read_row(
    cells: dict[str, str | date], *, zone: ZoneInfo, now: datetime, row: int
) -> ReceiptRecord:
    """One scan. Raises BadCell with a sentence."""
    reference = reference_of(cells["reference"])
    said = plain(str(cells["status"]))
    code = _BY_WORDS.get(said) or codes_by_word(SOURCE).get(said)
    if code is None:
        raise BadCell(
            _("The status is not on the list. Use one of: %(list)s.")
            % {"list": ", ".join(STATUSES)}
        )
    tracking = str(cells.get("tracking", "")).strip()
    if code == "delivered" and not tracking:
        raise BadCell(_("A delivered letter needs its tracking number. Add it."))
    if len(tracking) > 60:
        raise BadCell(_("The tracking number is too long. Correct it."))
    at = moment_of(cells["date"], str(cells.get("time", "")), zone=zone, now=now).at
    return ReceiptRecord(
        kind=STATUSES[code][0],
        at=at,
        source=SOURCE,
        source_key=key_of(
            SOURCE, reference, code, tracking, at.astimezone(zone).date().isoformat()
        ),
        channel="mailhouse",
        reference=reference,
        reason=code,
        remark=f"tracking {tracking}" if tracking else "",
        row=row,
    )
