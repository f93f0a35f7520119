"""Returned post: a list of reference, date and the reason on the stamp (USPS words and codes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from notifications.states import ReceiptKind

from .base import BadCell, ReceiptRecord, key_of, moment_of, plain, reference_of
from .words import codes_by_word

SOURCE = "returned_mail"
COLUMNS = {
    "reference": frozenset({"reference", "ref", "code", "letter", "referencia"}),
    "date": frozenset({"date", "returned", "returned_on", "date_returned", "return_date", "fecha"}),
    "reason": frozenset({"reason", "return_reason", "reason_code", "endorsement", "motivo"}),
}
REQUIRED = frozenset({"reference", "date", "reason"})


@dataclass(frozen=True)
class Reason:
    """What the stamp means to us: the receipt's kind, and whether the address itself is wrong."""

    kind: ReceiptKind = ReceiptKind.RETURNED
    bad_address: bool = True
    words: frozenset[str] = frozenset()


def _reason(*words: str, kind: ReceiptKind = ReceiptKind.RETURNED, bad: bool = True) -> Reason:
    return Reason(kind=kind, bad_address=bad, words=frozenset(words))


REASONS: dict[str, Reason] = {
    "attempted_not_known": _reason("ank", "not_known"),
    "insufficient_address": _reason("ia", "incomplete_address"),
    "no_such_number": _reason("nsn"),
    "no_such_street": _reason("nss"),
    "not_deliverable_as_addressed": _reason("nda", "unable_to_forward", "utf", "undeliverable"),
    "moved_left_no_address": _reason("mlna", "moved"),
    "forwarding_expired": _reason("foe", "forward_expired", "forwarding_order_expired"),
    "box_closed": _reason("bcno", "box_closed_no_order"),
    "vacant": _reason("vac"),
    "no_mail_receptacle": _reason("nmr"),
    "illegible": _reason("ill", bad=False),
    "in_dispute": _reason("dis", bad=False),
    "temporarily_away": _reason("ta", bad=False),
    "unclaimed": _reason("unc", bad=False),
    "damaged": _reason(bad=False),
    "deceased": _reason("dec", bad=False),
    "not_in_custody": _reason("released", "no_longer_in_custody"),
    "refused": _reason("ref", kind=ReceiptKind.REFUSED, bad=False),
}
_BY_WORDS = {word: code for code, reason in REASONS.items() for word in {code, *reason.words}}


def read_row(
    cells: dict[str, str | date], *, zone: ZoneInfo, now: datetime, row: int
) -> ReceiptRecord:
    """One returned envelope. Raises BadCell with a sentence."""
    reference = reference_of(cells["reference"])
    said = plain(str(cells["reason"]))
    code = _BY_WORDS.get(said) or codes_by_word(SOURCE).get(said)
    if code is None:
        raise BadCell(
            _("The reason is not on the list. Use the words of the stamp, or one of: %(list)s.")
            % {"list": ", ".join(sorted(REASONS))}
        )
    at = moment_of(cells["date"], "", zone=zone, now=now).at
    reason = REASONS[code]
    return ReceiptRecord(
        kind=reason.kind,
        at=at,
        source=SOURCE,
        source_key=key_of(SOURCE, reference, at.astimezone(zone).date().isoformat(), code),
        channel="mailhouse",
        reference=reference,
        reason=code,
        bad_address=reason.bad_address,
        row=row,
    )
