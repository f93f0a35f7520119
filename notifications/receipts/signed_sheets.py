"""Signed delivery sheets, typed off as a list: who got the letter, refused, or was not there.

The sheet is our own form, in US English: the words beside its boxes are taken as they are printed (and in Spanish), and
a date with slashes is month/day/year, as the sheet asks for it. See docs/decisions/0031.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from notifications.states import ReceiptKind

from .base import BadCell, ReceiptRecord, key_of, moment_of, plain, reference_of
from .words import codes_by_word

SOURCE = "signed_sheet"
COLUMNS = {
    "reference": frozenset({"reference", "ref", "code", "letter", "referencia"}),
    "outcome": frozenset({"outcome", "result", "resultado"}),
    "date": frozenset({"date", "date_time", "delivered_on", "delivered_at", "fecha"}),
    "time": frozenset({"time", "hora"}),
    "officer": frozenset({"officer", "officer_number", "delivered_by", "oficial"}),
    "witness": frozenset({"witness", "witness_number", "testigo"}),
    "interpreter": frozenset({"interpreter", "interpreter_number", "interprete", "intérprete"}),
    "language": frozenset({"language", "interpreter_language", "language_read", "idioma"}),
}
REQUIRED = frozenset({"reference", "outcome", "date"})
REMARK_LENGTH = 100

OUTCOMES: dict[str, tuple[ReceiptKind, frozenset[str]]] = {
    "delivered": (ReceiptKind.SIGNED, frozenset({"signed", "entregada", "entregado", "firmada"})),
    "refused": (ReceiptKind.REFUSED, frozenset({"refused_letter", "rechazada", "rechazado"})),
    "transferred": (ReceiptKind.NOT_THERE, frozenset({"moved", "trasladada", "trasladado"})),
    "released": (ReceiptKind.NOT_THERE, frozenset({"liberada", "liberado"})),
    "removed": (ReceiptKind.NOT_THERE, frozenset({"deported", "deportada", "deportado"})),
    "not_here": (
        ReceiptKind.NOT_THERE,
        frozenset({"not_there", "unknown_here", "no_esta", "no_está", "no_esta_en_este_lugar"}),
    ),
    "deceased": (ReceiptKind.NOT_THERE, frozenset({"fallecida", "fallecido"})),
}
_BY_WORDS = {word: code for code, (_kind, words) in OUTCOMES.items() for word in {code, *words}}


def read_row(
    cells: dict[str, str | date], *, zone: ZoneInfo, now: datetime, row: int
) -> ReceiptRecord:
    """One line of a sheet. Raises BadCell with a sentence."""
    reference = reference_of(cells["reference"])
    said = plain(str(cells["outcome"]))
    code = _BY_WORDS.get(said) or codes_by_word(SOURCE).get(said)
    if code is None or "?" in str(cells["outcome"]):  # a doubt is no outcome
        raise BadCell(
            _("The outcome is not on the list. Use the words of the sheet, or one of: %(list)s.")
            % {"list": ", ".join(OUTCOMES)}
        )
    kind = OUTCOMES[code][0]
    when = moment_of(
        cells["date"], str(cells.get("time", "")), zone=zone, now=now, month_first=True
    )
    if kind is ReceiptKind.SIGNED and not str(cells.get("officer", "")).strip():
        raise BadCell(
            _("A delivered letter needs the number of the officer who handed it over. Add it.")
        )
    return ReceiptRecord(
        kind=kind,
        at=when.at,
        source=SOURCE,
        source_key=key_of(SOURCE, reference, when.stated.isoformat(timespec="minutes"), code),
        channel="hand",
        reference=reference,
        reason=code,
        remark=_remark(cells),
        row=row,
    )


def _remark(cells: dict[str, str | date]) -> str:
    """Who handed it over and who stood by, as the sheet says; refused when too long to keep."""
    said = {
        name: str(cells.get(name, "")).strip()
        for name in ("officer", "witness", "interpreter", "language")
    }
    remark = "; ".join(f"{name} {value}" for name, value in said.items() if value)
    if len(remark) > REMARK_LENGTH:
        raise BadCell(_("Officer, witness and interpreter are too long. Write only their numbers."))
    return remark
