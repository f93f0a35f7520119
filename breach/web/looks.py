"""Who opens how many people: each user's budget, recent alarms, and granting somebody else more for a day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.core.roles import Capability
from breach.looks import alarms_visible_to, lookers, standing, standings
from breach.models import User
from breach.services import budgets
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import page_of, user_of
from breach.web.forms.reveal import GrantForm
from breach.web.happenings import entries

C = Capability
ALARMS_SHOWN = 20


@require_safe
@capability(C.GRANT_LOOKS)
def looks_page(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    page = page_of(request, lookers())
    found = standings(page)
    context = {
        "page_obj": page,
        "rows": [(one, found[one.pk], one.pk != user.pk) for one in page],
        "alarms": alarms(user, ALARMS_SHOWN),
    }
    return render(request, "breach/looks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.GRANT_LOOKS)
def looks_grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """More people to open for somebody, until this time tomorrow."""
    looker, form = get_object_or_404(lookers(), pk=pk), GrantForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: budgets.grant(actor=user_of(request), user=looker, **form.cleaned_data),
    ):
        messages.success(request, _("It is granted until this time tomorrow, and recorded."))
        return redirect("looks")
    context = {"looker": looker, "standing": standing(looker), "form": form}
    return render(request, "breach/looks_grant.html", context)


def alarms(user: User, most: int) -> list[dict[str, Any]]:
    """Budgets that ran out in the last day, as the timeline shows them."""
    return [
        {**entry, "tone": "danger" if event.action == "budget.refused" else "warning"}
        for event in alarms_visible_to(user)[:most]
        for entry in entries([event])
    ]
