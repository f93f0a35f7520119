"""The stage of a release: what became of the first ten, then hundred, and continuing to the rest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.models import Incident
from breach.web.access import capability, recently_signed_in_to_send
from breach.web.acting import carried_out, sent_by
from breach.web.finding import incident_or_404, user_of
from notifications import tasks
from notifications.services import staging

from .panels import panel_or_page


class GoOnForm(forms.Form):
    """Continuing needs a reason only where faults were found."""

    despite = forms.CharField(
        label=_lazy("Why it continues although faults were found"), max_length=200, required=False,
        help_text=_lazy("Leave it empty unless the page told you of faults. Do not write names."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.NOTIFY)
@recently_signed_in_to_send
def release_stage(request: HttpRequest, slug: str) -> HttpResponse:
    """GET is the panel; the POST reads every letter of the stage again and then lets the next one begin."""
    incident, form = incident_or_404(request, slug), GoOnForm(sent_by(request))

    def go_on() -> None:
        staging.raise_stage(actor=user_of(request), incident=incident, **form.cleaned_data)

    if request.method == "POST":
        if carried_out(request, form, go_on):
            tasks.ring(tasks.tick)
            despite = form.cleaned_data["despite"].strip()
            messages.success(
                request,
                _("The release continues, although faults were found.")
                if despite
                else _("Every letter was read back and is correct. The release continues."),
            )
        else:
            messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("notify", slug=slug)
    title = _("Stage of the release")
    context = {**stage_of(incident), "form": form}
    return panel_or_page(request, "notifications/release_stage.html", title, context)


def stage_of(incident: Incident) -> dict[str, Any]:
    """The stage as facts; it costs no more than two counts."""
    at = staging.standing(incident)
    facts = [
        (_("May leave before somebody looks"), at.limit if at.limit else _("All")),
        (_("Claimed"), at.taken),
        (_("Left"), at.left),
        (_("Held back by the gate"), at.held_back),
        (_("Could not be sent"), at.failed),
        (_("Bounced or returned"), at.came_back),
        (_("Outcome unknown"), at.unknown),
        (_("Read back and refused before leaving"), at.refused),
        (_("Ready and waiting"), at.waiting),
    ]
    return {"incident": incident, "at": at, "facts": facts}
