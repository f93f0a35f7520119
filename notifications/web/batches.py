"""What leaves on paper together: the list of batches, one batch with its files for the mail room."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.services import clock
from breach.web.access import capability
from breach.web.acting import sent_by
from breach.web.files import download
from breach.web.finding import incident_or_404, page_of, user_of
from notifications.access import batches_visible_to
from notifications.models import Batch, Delivery
from notifications.models.batches import BatchState
from notifications.services import collecting, looking, typing_off

from .panels import panel_or_page
from .sheet_form import LINES, SheetForm
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
def batches_waiting(request: HttpRequest) -> HttpResponse:
    """What is ready to be collected, of every incident, the longest waiting first; a panel of the start page."""
    mine = batches_visible_to(user_of(request)).filter(pk__in=collecting.waiting())
    page = page_of(
        request, mine.select_related("facility", "incident").order_by("written_at", "number")
    )
    context = {
        "page_obj": page,
        "rows": [(batch, channel_name(batch.channel)) for batch in page],
        "overdue_before": clock.now() - collecting.LONGEST,
    }
    return panel_or_page(
        request, "notifications/batches_waiting.html", _("Ready to collect"), context
    )


@require_POST
@capability(Capability.HANDLE_MAIL)
def batch_collect(request: HttpRequest, number: str) -> HttpResponse:
    """Whoever has taken the batch out says so."""
    user = user_of(request)
    batch = get_object_or_404(batches_visible_to(user), number=number)
    try:
        collecting.collect(actor=user, batch=batch)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Batch %(number)s is collected.") % {"number": number})
    if "list" in request.POST:
        return redirect("batches-waiting")
    return redirect("batch-detail", number=number)


@require_safe
@capability(Capability.HANDLE_MAIL)
def batch_detail(request: HttpRequest, number: str) -> HttpResponse:
    batches = batches_visible_to(user_of(request)).select_related(
        "incident", "facility", "collected_by"
    )
    batch = get_object_or_404(batches, number=number)
    letters = batch.deliveries.select_related("notification").defer("address").order_by("pk")
    context = {
        "incident": batch.incident,
        "batch": batch,
        "channel": channel_name(batch.channel),
        "files": looking.batch_files(batch).items(),
        "page_obj": page_of(request, letters),
        "unanswered": typing_off.unanswered(batch).count() if _has_sheet(batch) else 0,
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


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.IMPORT_RECEIPTS)
def batch_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The signed sheet of a batch, typed off line by line."""
    user = user_of(request)
    batches = batches_visible_to(user).select_related("incident", "facility")
    batch = get_object_or_404(batches, number=number)
    form = SheetForm(sent_by(request), letters=_lines(batch))
    if request.method == "POST" and form.is_valid():
        done = typing_off.take_sheet(actor=user, batch=batch, lines=form.rows())
        if taken := done.applied + done.repeated:
            said = ngettext("%(n)s letter is recorded.", "%(n)s letters are recorded.", taken)
            messages.success(request, said % {"n": taken})
        if not done.refused:
            left = typing_off.unanswered(batch).exists()
            return redirect("batch-sheet" if left else "batch-detail", number=number)
        form = _what_is_left(request, batch, done.refused)
    context = {
        "incident": batch.incident, "batch": batch, "form": form,
        "left": typing_off.unanswered(batch).count() - len(form.references),
    }  # fmt: skip
    return render(request, "notifications/batch_sheet.html", context)


def _has_sheet(batch: Batch) -> bool:
    return batch.channel == "hand" and batch.state in (BatchState.WRITTEN, BatchState.COLLECTED)


def _lines(batch: Batch) -> list[Delivery]:
    """The letters to be asked about now; none where no sheet went along."""
    if not _has_sheet(batch):
        return []
    return list(
        typing_off.unanswered(batch).select_related("notification").defer("address")[:LINES]
    )


def _what_is_left(request: HttpRequest, batch: Batch, refused: dict[str, str]) -> SheetForm:
    """The form without the lines that were taken, with a sentence beside those that were not."""
    form = SheetForm(request.POST, letters=_lines(batch))
    form.full_clean()
    for reference, sentence in refused.items():
        if reference in form.references:
            form.refuse(reference, sentence)
    return form
