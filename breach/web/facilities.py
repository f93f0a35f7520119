"""The facilities on file, and taking in the public list of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.models import Facility
from breach.services.facilities import FacilityReport, import_facilities
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import page_of, user_of
from breach.web.forms.rosters import FacilitiesForm

ROWS_NAMED = 20
PROBLEMS: dict[str, str | Promise] = {
    "ragged": _("The row does not have as many cells as the header."),
    "code_or_name_missing": _("The row has no code or no name."),
    "too_long": _("A cell is too long."),
    "capacity": _("The capacity is not a whole number; the row was imported without it."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.IMPORT_ROSTER)
def facility_list(request: HttpRequest) -> HttpResponse:
    """What is known, and the form for a list: its rows add and change facilities, and remove none."""
    form = FacilitiesForm(sent_by(request), request.FILES if request.method == "POST" else None)
    reports: list[FacilityReport] = []
    carried_out(
        request,
        form,
        lambda: reports.append(
            import_facilities(actor=user_of(request), source=form.cleaned_data["file"].read())
        ),
    )
    context = {
        "form": form,
        "page_obj": page_of(request, Facility.objects.order_by("name", "code")),
        **(_told(reports[0]) if reports else {}),
    }
    return render(request, "breach/facility_list.html", context)


def _told(report: FacilityReport) -> dict[str, object]:
    return {
        "report": report,
        "problems": [(PROBLEMS.get(code, code), n) for code, n in report.problems.items()],
        "rejected": _("Rejected rows, numbered as in the file: %(rows)s")
        % {"rows": ", ".join(map(str, report.rejected_rows[:ROWS_NAMED]))}
        if report.rejected_rows
        else "",
        "more_rejected": max(len(report.rejected_rows) - ROWS_NAMED, 0),
    }
