"""The form that stands for a signed delivery sheet: one line a letter, and what is the same on all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from breach.web.widgets import DayInput
from notifications.models import Delivery
from notifications.receipts.words import PRINTED, WRITTEN

LINES = 50  # letters shown at once; a large batch is typed off in several goes
OUTCOMES = [
    ("", _("Not entered yet")),
    (_("Printed on the sheet"), list(PRINTED.items())),
    (_("Written on the sheet by hand"), list(WRITTEN.items())),
]
NUMBER = 30  # characters of an officer's, witness's or interpreter's number
COLUMNS = ("outcome", "date", "time", "officer", "witness", "interpreter")
SHARED = ("date", "officer", "witness")


def _number(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=NUMBER, required=False)


def _fields() -> dict[str, forms.Field]:
    """The columns of one line, new ones for each."""
    return {
        "outcome": forms.ChoiceField(label=_("What happened"), choices=OUTCOMES, required=False),
        "date": forms.DateField(label=_("Date"), widget=DayInput, required=False),
        "time": forms.TimeField(
            label=_("Time"),
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            required=False,
        ),
        "officer": _number(_("Officer, number")),
        "witness": _number(_("Witness, number")),
        "interpreter": _number(_("Interpreter, number")),
    }


class SheetForm(forms.Form):
    """Fields are named by the letter's reference; a line without an outcome is left for later."""

    def __init__(self, *args: Any, letters: Sequence[Delivery], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.references = [row.notification.reference for row in letters]
        shared = _fields()
        self.fields |= {f"all-{name}": shared[name] for name in SHARED}
        for reference in self.references:
            self.fields |= {f"{reference}-{name}": field for name, field in _fields().items()}

    def shared(self) -> list[BoundField]:
        """The fields that hold for every line that says nothing else."""
        return [self[f"all-{name}"] for name in SHARED]

    def lines(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Each letter's reference with the fields of its line."""
        for reference in self.references:
            yield reference, [self[f"{reference}-{name}"] for name in COLUMNS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        told = [one for one in self.references if cleaned.get(f"{one}-outcome")]
        if not told and not self.errors:
            raise forms.ValidationError(_("Say of at least one letter what happened."))
        for reference in told:
            if not self._said(cleaned, reference, "date") and not self._date_is_wrong(reference):
                self.add_error(f"{reference}-date", _("The sheet's date is missing. Add it."))
        return cleaned

    def rows(self) -> list[dict[str, str]]:
        """The lines that were filled in, in the columns of a signed sheet's list."""
        return [
            {"reference": reference}
            | {
                name: str(value)
                for name in COLUMNS
                if (value := self._said(self.cleaned_data, reference, name))
            }
            for reference in self.references
            if self.cleaned_data.get(f"{reference}-outcome")
        ]

    def refuse(self, reference: str, sentence: str) -> None:
        """Put what became of a line beside it."""
        self.add_error(f"{reference}-outcome", f"{reference}: {sentence}")

    def _said(self, cleaned: dict[str, Any], reference: str, name: str) -> Any:
        own = cleaned.get(f"{reference}-{name}")
        return own or (cleaned.get(f"all-{name}") if name in SHARED else None)

    def _date_is_wrong(self, reference: str) -> bool:
        return f"{reference}-date" in self.errors or "all-date" in self.errors
