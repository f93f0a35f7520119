"""Uploading a list of affected people, and naming its columns where the headers do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from breach.core.dates import Order
from breach.core.tabular import Limits
from breach.services.rosters_columns import Column
from breach.services.rosters_reading import DATE_COLUMNS
from breach.web import days
from breach.web.widgets import DayInput

COLUMN_PREFIX, ORDER_PREFIX = "column_", "order_"
ORDERS = [
    (Order.MONTH_FIRST.value, _("Month first: 12/31/1990")),
    (Order.DAY_FIRST.value, _("Day first: 31/12/1990")),
]


class ListField(forms.FileField):
    """A list as a file, no larger than a list may be."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
            error_messages={
                "required": _("Choose the file with the list."),
                "empty": _("The file is empty. Export the list again and upload that file."),
            },
            **kwargs,
        )  # fmt: skip

    def clean(self, data: Any, initial: Any = None) -> Any:
        file: UploadedFile[bytes] = super().clean(data, initial)
        largest = Limits().size
        if file.size and file.size > largest:
            raise forms.ValidationError(
                _("The file is larger than %(count)s MB. Split it and import the parts one by one.")
                % {"count": largest >> 20}
            )
        return file


class FacilitiesForm(forms.Form):
    """The list of facilities, as ICE and others publish it."""

    file = ListField(
        help_text=_("CSV or XLSX with a header row. It needs a code and a name in each row; address, county, "
                    "state, field office and capacity are read too."),
    )  # fmt: skip


class RosterUploadForm(forms.Form):
    """One file. Columns are found by their headers; any that is not can be named by hand."""

    file = ListField(help_text=_("CSV or XLSX, one row for each person, with a header row."))
    source = forms.CharField(
        label=_("Where it comes from"), max_length=200, required=False,
        help_text=_("Who gave it, and how. For example: field office, secure transfer."),
    )  # fmt: skip
    as_of = forms.DateField(
        label=_("State of the data as of"), required=False, widget=DayInput,
        help_text=_("The day the list was drawn up. Stays are recorded from that day."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in Column:
            self.fields[COLUMN_PREFIX + column.value] = forms.CharField(
                label=column.label, max_length=200, required=False
            )

    def column_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(COLUMN_PREFIX)]

    def names_columns(self) -> bool:
        """Whether somebody entered a header, so that the page shows that part open."""
        return self.is_bound and any(bound.data for bound in self.column_fields())

    def clean_as_of(self) -> Any:
        day = self.cleaned_data["as_of"]
        if day and day > days.today():
            raise forms.ValidationError(
                _("This day is in the future; enter when the list was drawn up.")
            )
        return day

    def columns(self) -> dict[str, str] | None:
        """Our column -> header as entered by hand; None when the headers are to be recognized."""
        named = {
            name.removeprefix(COLUMN_PREFIX): header
            for name, header in self.cleaned_data.items()
            if name.startswith(COLUMN_PREFIX) and header
        }
        return named or None


class RosterColumnsForm(forms.Form):
    """Which header of a staged roster is which of our columns."""

    def __init__(
        self, *args: Any, headers: Sequence[str], columns: Mapping[str, str],
        orders: Mapping[str, Order], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        choices = [("", _("Not in this file")), *((header, header) for header in headers)]
        for column in Column:
            self.fields[COLUMN_PREFIX + column.value] = forms.ChoiceField(
                label=column.label, choices=choices, required=False, initial=columns.get(column)
            )
        for column in DATE_COLUMNS:
            self.fields[ORDER_PREFIX + column.value] = forms.ChoiceField(
                label=_("Order of the parts of: %(column)s") % {"column": column.label},
                choices=[("", _("As the dates themselves show")), *ORDERS],
                required=False, initial=orders.get(column),
            )  # fmt: skip

    def columns(self) -> dict[str, str]:
        return self._chosen(COLUMN_PREFIX)

    def orders(self) -> dict[str, str]:
        return self._chosen(ORDER_PREFIX)

    def _chosen(self, prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value
        }


class RowDecisionForm(forms.Form):
    """What an open row is about. Its cells can be corrected; what was imported stays as it came."""

    decision = forms.ChoiceField(
        label=_("This row is about"), widget=forms.RadioSelect,
        choices=(
            ("new", _("a new person, with the cells as corrected here")),
            ("person", _("somebody on file")),
            ("nobody", _("nobody: a total, a line typed twice, a test")),
        ),
    )  # fmt: skip
    reference = forms.CharField(
        label=_("Reference of the person on file"), max_length=30, required=False,
        help_text=_("Only for somebody on file; it is on the person's file."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("One sentence for the history; do not write names."),
    )

    def __init__(self, *args: Any, cells: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers = {f"cell_{place}": header for place, header in enumerate(cells)}
        for name, header in self.headers.items():
            self.fields[name] = forms.CharField(
                label=header, initial=cells[header], required=False, max_length=2000
            )
        self.cells = cells

    def cell_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.headers]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == "person" and not cleaned.get("reference"):
            self.add_error(
                "reference", _("Enter the reference of the person, for example from a search.")
            )
        return cleaned

    def corrections(self) -> dict[str, str]:
        """Header -> new cell, for the cells somebody changed."""
        return {
            header: self.cleaned_data[name]
            for name, header in self.headers.items()
            if self.cleaned_data[name] != self.cells[header].strip()
        }
