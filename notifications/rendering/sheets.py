"""The delivery sheet of one facility: whom to hand which sealed letter, and room for what happened.

It travels under seal to the officer who delivers. It has what is needed to find the right person and nothing about
why a letter comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.template import Context
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.placeholders import printable

from .pdf import Document, make_pdf
from .templates import qr_code, stylesheet, template


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sealed letter. `number_ending` tells two people of one name apart without showing the whole number."""

    reference: str
    name: str
    number_ending: str
    reads: str
    interpreter: str = ""  # the language of the interpreter to call before handing over


@dataclass(frozen=True, slots=True)
class SheetInput:
    batch_number: str
    facility_name: str
    facility_code: str
    dated: date
    rows: tuple[SheetRow, ...]
    agency_name: str
    contact_phone: str


def render_sheet(sheet: SheetInput) -> Document:
    """The sheet as PDF, rows in the given order. Raises ValueError for a sheet without letters."""
    if not sheet.rows:
        raise ValueError(_("A delivery sheet needs at least one letter."))
    rows = [
        (
            {
                "reference": row.reference,
                "name": printable(row.name),
                "number_ending": row.number_ending,
                "reads": row.reads,
                "interpreter": row.interpreter,
            },
            qr_code(row.reference),
        )
        for row in sheet.rows
    ]
    context = {
        "sheet": sheet,
        "rows": rows,
        "dated": date_format(sheet.dated),
        # Translators: the two numbers are added while the page is laid out
        "footer": _("Page {page} of {pages}").replace("{pages}", "").split("{page}"),
    }
    html = template("delivery_sheet.html").render(Context(context))
    return make_pdf(html, stylesheet("delivery_sheet.css"))
