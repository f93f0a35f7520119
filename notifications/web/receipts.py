"""Importing receipts: a file of returned mail, signed sheets or bounces, through the same verb as the command."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from breach.core.roles import Capability
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.files import download
from breach.web.finding import page_of, user_of
from notifications.access import receipt_files_visible_to
from notifications.receipts.reading import LISTS
from notifications.receipts.words import FILE_KINDS, VALUES
from notifications.services import receiving
from notifications.services.receiving import ReceiptReport

from .forms import ReceiptsForm

# The column of each list that has a closed set of values.
VALUED = {"signed_sheet": "outcome", "returned_mail": "reason", "carrier_scan": "status"}


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.IMPORT_RECEIPTS)
def receipts(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = ReceiptsForm(sent_by(request), request.FILES or None)
    done: list[ReceiptReport] = []
    carried_out(
        request,
        form,
        lambda: done.append(
            receiving.import_receipts(actor=user, data=form.cleaned_data["file"].read())
        ),
    )
    files = receipt_files_visible_to(user).select_related("imported_by").order_by("-imported_at")
    page = page_of(request, files)
    context = {
        "form": ReceiptsForm() if done else form,
        "received": done[0] if done else None,
        "page_obj": page,
        "rows": [(file, FILE_KINDS.get(file.kind, file.kind)) for file in page],
        "lists": [
            {
                "kind": kind.source,
                "label": FILE_KINDS[kind.source],
                "needed": [_title(name) for name in kind.columns if name in kind.required],
                "others": [_title(name) for name in kind.columns if name not in kind.required],
                "valued": _title(VALUED[kind.source]),
                "values": list(VALUES[kind.source].values()),
                "month_first": kind.source == "signed_sheet",
            }
            for kind in LISTS
        ],
    }
    return render(request, "notifications/receipts.html", context)


@require_safe
@capability(Capability.IMPORT_RECEIPTS)
def receipts_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of one file, row by row that was not taken; it stays to be read."""
    files = receipt_files_visible_to(user_of(request)).select_related("imported_by")
    file = get_object_or_404(files, pk=pk)
    context = {"file": file, "kind": FILE_KINDS.get(file.kind, file.kind)}
    return render(request, "notifications/receipts_file.html", context)


@require_safe
@capability(Capability.IMPORT_RECEIPTS)
def receipts_template(_request: HttpRequest, kind: str) -> HttpResponse:
    """An empty list of this kind, to be filled in with any spreadsheet program."""
    columns = next((one.columns for one in LISTS if one.source == kind), None)
    if columns is None:
        raise Http404
    out = io.StringIO()
    csv.writer(out).writerow(_title(name) for name in columns)
    return download(out.getvalue().encode(), f"{kind.replace('_', '-')}.csv")


def _title(column: str) -> str:
    """A column's name as it stands in a header; the same in every language, so that lists can be exchanged."""
    return column.capitalize()
