"""Exports of an incident: ask for one, and fetch it after another person approved. Fetching is a POST, and counted."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.access import exports_visible_to
from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.models import Approval, Export
from breach.services import clock, exporting
from breach.services.export_kinds import export_kinds
from breach.web.access import capability, recently_signed_in
from breach.web.acting import carried_out, sent_by
from breach.web.files import download
from breach.web.finding import incident_or_404, page_of, user_of
from breach.web.forms.exports import ExportForm

C = Capability


@require_safe
@capability(C.EXPORT)
def export_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident, user = incident_or_404(request, slug), user_of(request)
    rows = exports_visible_to(user).filter(incident=incident).defer("file")
    page = page_of(request, rows.select_related("asked_by"))
    asked = Approval.objects.filter(
        kind=exporting.EXPORT, subject_id__in=[export.pk for export in page]
    )
    states = {approval.subject_id: approval for approval in asked}
    now = clock.now()
    context = {
        "incident": incident,
        "page_obj": page,
        "lines": [
            {
                "export": export,
                "kind": export_kinds()[export.kind].label,
                "approval": states.get(export.pk),
                "left": export.most_downloads - export.downloads,
                "is_there": bool(export.expires_at and export.expires_at > now)
                and export.downloads < export.most_downloads,
                "mine": export.asked_by_id == user.pk,
            }
            for export in page
        ],
    }
    return render(request, "breach/export_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.EXPORT)
@recently_signed_in
def export_ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Which table, for whom, encrypted how, for how long, and why."""
    incident, user = incident_or_404(request, slug), user_of(request)
    form = ExportForm(sent_by(request), incident=incident, user=user)
    if carried_out(
        request,
        form,
        lambda: exporting.ask_for_export(actor=user, incident=incident, **form.asked()),
    ):
        messages.success(
            request, _("Another person is asked to approve it. Nothing leaves until then.")
        )
        return redirect("export-list", slug=slug)
    return render(request, "breach/export_ask.html", {"incident": incident, "form": form})


@require_POST
@capability(C.EXPORT)
@recently_signed_in
def export_fetch(request: HttpRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """The encrypted file. Its name says nothing."""
    incident, user = incident_or_404(request, slug), user_of(request)
    rows = exports_visible_to(user).filter(incident=incident, asked_by=user).defer("file")
    export: Export = get_object_or_404(rows, pk=pk)
    try:
        closed = exporting.hand_out(actor=user, export=export)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("export-list", slug=slug)
    return download(closed, f"{export.reference}.{export.format}.age")
