"""Whose identity is kept until when: a look ahead that destroys nothing. Two people end it on the command line."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from breach.core.roles import Capability
from breach.services import clock
from breach.web.access import capability
from breach.web.finding import ROWS_ON_A_PAGE, incident_or_404
from notifications.services.retention import IN_THE_WAY, plan


@require_safe
@capability(Capability.CHANGE_POLICY)
def retention_list(request: HttpRequest, slug: str) -> HttpResponse:
    """By reference only, the earliest end first."""
    incident, today = incident_or_404(request, slug), clock.today()
    keepings = plan(slug=slug)
    page = Paginator(keepings, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "incident": incident,
        "page_obj": page,
        "rows": [
            (one, one.is_over(today), [IN_THE_WAY[reason] for reason in one.blockers])
            for one in page
        ],
        "over": sum(one.is_over(today) for one in keepings),
        "dated": sum(one.until is not None for one in keepings),
    }
    return render(request, "notifications/retention_list.html", context)
