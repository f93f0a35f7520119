"""Counsel's portal account: license and appearance are checked here and confirmed by another person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.one_human import representations_of
from breach.services import proofing
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.finding import exposure_or_404, user_of
from breach.web.forms.proofing import ProofingForm


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.EDIT_PERSON)
def counsel_account(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    """What the register says, and the request to open the portal for this attorney."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    rows = representations_of(exposure.person)
    found = get_object_or_404(rows.select_related("attorney__firm"), pk=pk)
    form = ProofingForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: proofing.ask_for_account(actor=user, attorney=found.attorney, **form.cleaned_data),
    ):
        messages.success(
            request, _("Another person is asked to confirm it. Nothing opens until then.")
        )
        return redirect("person-detail", slug=slug, reference=reference)
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "one": found,
        "form": form,
        "asked": waiting_request(user, proofing.ATTORNEY_PROOFING, found.attorney_id),
    }
    return render(request, "breach/counsel_account.html", context)
