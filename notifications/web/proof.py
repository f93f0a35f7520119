"""Proof of notice recorded by mistake is taken back, with a reason, by somebody with a recent second factor."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.web.access import capability, recently_signed_in
from breach.web.acting import carried_out, sent_by
from breach.web.finding import exposure_or_404, user_of
from notifications.access import notifications_visible_to
from notifications.models import Evidence
from notifications.services import disproving

from .forms import DisproveForm


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.NOTIFY)
@recently_signed_in
def proof_wrong(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    """Explains what follows and asks why; the POST takes the proof back."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    duties = notifications_visible_to(user).filter(exposure=exposure)
    proofs = Evidence.objects.filter(notification__in=duties).select_related(
        "notification__exposure", "recorded_by", "receipt"
    )
    proof = get_object_or_404(proofs, pk=pk)
    form = DisproveForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: disproving.disprove(actor=user, evidence=proof, **form.cleaned_data),
    ):
        messages.success(
            request, _("The proof is taken back. What follows from it is on the worklist.")
        )
        return redirect("person-detail", slug=slug, reference=reference)
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "proof": proof,
        "others": _others_standing(proof),
        "form": form,
    }
    return render(request, "notifications/proof_wrong.html", context)


def _others_standing(proof: Evidence) -> bool:
    """Whether there is other sufficient proof of the same notice."""
    others = Evidence.objects.filter(
        notification=proof.notification_id, is_sufficient=True, disproved_at=None
    )
    return others.exclude(pk=proof.pk).exists()
