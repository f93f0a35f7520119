"""What leaves on paper together: the list of batches, one batch with its files for the mail room."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.web.access import capability
from breach.web.files import download
from breach.web.finding import incident_or_404, page_of, user_of
from notifications.access import batches_visible_to
from notifications.services import looking

from .words import channel_name


@require_safe
@capability(Capability.HANDLE_MAIL)
def batches_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    batches = batches_visible_to(user_of(request)).filter(incident=incident)
    page = page_of(request, batches.select_related("facility").order_by("-created_at", "number"))
    rows = [(batch, channel_name(batch.channel)) for batch in page]
    context = {"incident": incident, "page_obj": page, "rows": rows}
    return render(request, "notifications/batches_list.html", context)


@require_safe
@capability(Capability.HANDLE_MAIL)
def batch_detail(request: HttpRequest, number: str) -> HttpResponse:
    batches = batches_visible_to(user_of(request)).select_related("incident", "facility")
    batch = get_object_or_404(batches, number=number)
    letters = batch.deliveries.select_related("notification").defer("address").order_by("pk")
    context = {
        "incident": batch.incident,
        "batch": batch,
        "channel": channel_name(batch.channel),
        "files": looking.batch_files(batch).items(),
        "page_obj": page_of(request, letters),
    }
    return render(request, "notifications/batch_detail.html", context)


@require_POST
@capability(Capability.HANDLE_MAIL)
def batch_file(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One file to print or pack from; fetching it is recorded, therefore a POST."""
    user = user_of(request)
    batch = get_object_or_404(batches_visible_to(user), number=number)
    try:
        content = looking.read_batch_file(actor=user, batch=batch, name=name)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("batch-detail", number=number)
    return download(content, f"{batch.number}-{name}")
