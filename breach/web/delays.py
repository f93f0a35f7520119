"""Waiting with one person's notice: a written decision of who may change the policy, and its end."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.services import holds
from breach.web.access import capability
from breach.web.finding import exposure_or_404
from breach.web.forms.case import DelayForm
from breach.web.forms.people import WhyForm
from breach.web.person_actions import Action, action_page

DECIDE = Action(
    _("Wait with the notice"), _("Decide to wait"), DelayForm, holds.decide_delay,
    (_("Nothing is sent about this person from the first day to the last; what has left is not called back."),
     _("The decision is shown on the file and kept in the history. Somebody looks at it when it ends."),), "danger",
)  # fmt: skip
END = Action(
    _("Wait no longer"), _("End the wait"), WhyForm, holds.end_delay,
    (_("What waits goes out again as soon as nothing else stands in the way."),),
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.CHANGE_POLICY)
def delay_decide(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    return action_page(request, exposure, DECIDE, incident=exposure.incident, exposure=exposure)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.CHANGE_POLICY)
def delay_end(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    exposure = exposure_or_404(request, slug, reference)
    delay = get_object_or_404(exposure.delays.filter(ended_at=None), pk=pk)
    return action_page(request, exposure, END, delay.authority, delay=delay)
