"""Receipts in: a file of returned mail, signed sheets or bounces, through the same verb as the command."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import page_of, user_of
from notifications.access import receipt_files_visible_to
from notifications.services import receiving
from notifications.services.receiving import ReceiptReport

from .forms import ReceiptsForm
from .words import RECEIPT_FILES


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
        "rows": [(file, RECEIPT_FILES.get(file.kind, file.kind)) for file in page],
    }
    return render(request, "notifications/receipts.html", context)
