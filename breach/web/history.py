"""History: the audit chain as a list, for one incident or for all of it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from breach.access import audit_events_visible_to, incidents_visible_to, table_changes_visible_to
from breach.core.roles import Capability
from breach.models import AuditEvent, Incident
from breach.outside import outside_of_verbs, summed
from breach.services import audit
from breach.web.access import capability
from breach.web.filters import AuditFilter
from breach.web.finding import incident_or_404, page_of, user_of
from breach.web.happenings import ACTIONS, reason_of, title_of

C = Capability
OUTSIDE = _("Outside of incidents")  # accounts, teams, facilities: one chain for all of them


@require_safe
@capability(C.VIEW_AUDIT)
def audit_list(request: HttpRequest) -> HttpResponse:
    return _list(request, audit_events_visible_to(user_of(request)), None)


@require_safe
@capability(C.VIEW_AUDIT)
def incident_history(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    events = audit_events_visible_to(user_of(request)).filter(stream=audit.stream_of(incident))
    return _list(request, events, incident)


@require_safe
@capability(C.VIEW_AUDIT)
def change_list(request: HttpRequest) -> HttpResponse:
    """Table changes that are not recorded in the history: summed, and one by one."""
    found = outside_of_verbs(table_changes_visible_to(user_of(request)))
    context = {"sums": summed(found), "page_obj": page_of(request, found.order_by("-id"))}
    return render(request, "breach/change_list.html", context)


def _list(
    request: HttpRequest, events: QuerySet[AuditEvent], incident: Incident | None
) -> HttpResponse:
    rows = AuditFilter(request.GET, queryset=events, actions=ACTIONS)
    page = page_of(request, rows.qs.order_by("-id").defer("body"))
    chains = {audit.stream_of(one): one.title for one in incidents_visible_to(user_of(request))}
    context = {
        "scope": incident,
        "filter": rows,
        "page_obj": page,
        "rows": [
            (event, title_of(event), reason_of(event), chains.get(event.stream, OUTSIDE))
            for event in page
        ],
    }
    return render(request, "breach/audit_list.html", context)
