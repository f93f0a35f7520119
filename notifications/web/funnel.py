"""The live funnel of an incident, and the people behind each of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from breach.access import counted_for, exposures_visible_to
from breach.core import keyring
from breach.core.roles import Capability, can
from breach.models import Exposure, Incident, User
from breach.web.access import capability
from breach.web.finding import incident_or_404, page_of, user_of
from notifications import queries
from notifications.models import Progress
from notifications.services import staging

from .filters import PeopleFilter
from .panels import panel_or_page
from .words import channel_name, language_label


@require_safe
@capability(Capability.VIEW_INCIDENT)
def funnel_panel(request: HttpRequest, slug: str) -> HttpResponse:
    """The funnel beside the incident's facts; keeps itself fresh while letters are on their way."""
    incident = incident_or_404(request, slug)
    user, job = user_of(request), queries.job_progress(incident)
    named = "named" in request.GET  # beside another incident's, the heading says which one this is
    context = {
        "incident": incident,
        "named": named,
        "panel_id": f"funnel-{slug}" if named else "funnel",
        "everyone_url": people_url(incident) if can(user, Capability.VIEW_PEOPLE) else "",
        "rows": funnel_rows(incident, user),
        "everyone": "" if can(user, Capability.WHOLE_INCIDENT) else _("Everyone you may see"),
        "is_working": job.is_working and job.routed > 0,
        "may_supervise": can(user, Capability.SUPERVISE),
        "letters": staging.waiting_behind(incident) if can(user, Capability.NOTIFY) else 0,
    }
    return panel_or_page(
        request, "notifications/funnel_panel.html", _("Who has been told"), context
    )


@require_safe
@capability(Capability.VIEW_PEOPLE)
def funnel_list(request: HttpRequest, slug: str) -> HttpResponse:
    """People by their place in the funnel: the exact list behind a number."""
    incident = incident_or_404(request, slug)
    people = exposures_visible_to(user_of(request)).filter(incident=incident)
    found = PeopleFilter(
        request.GET or None,
        queryset=people.select_related("person").order_by("risk_tier", "person__reference"),
        by_place=can(user_of(request), Capability.SUPERVISE),
    )
    page = page_of(request, found.qs)
    context = {"incident": incident, "filter": found, "page_obj": page, "rows": _rows(list(page))}
    return render(request, "notifications/funnel_list.html", context)


def funnel_rows(incident: Incident, user: User) -> list[dict[str, Any]]:
    """The funnel for the chart; numbers are links for those who may see the people behind them."""
    may_look = can(user, Capability.VIEW_PEOPLE)
    return [
        {
            "state": state,
            "value": people,
            "url": people_url(incident, state=state) if may_look else "",
        }
        for state, people in queries.funnel(incident, counted_for(user)).items()
    ]


def people_url(incident: Incident, **filters: str) -> str:
    """The list of the people who match; without a filter, of everybody."""
    url = reverse("funnel-list", kwargs={"slug": incident.slug})
    return f"{url}?{urlencode(filters)}" if filters else url


def _rows(exposures: Sequence[Exposure]) -> list[dict[str, Any]]:
    """The page's people with their places; two queries however many there are."""
    keyring.preload(str(exposure.person_id) for exposure in exposures)
    places = Progress.objects.select_related("firm").in_bulk(
        [exposure.pk for exposure in exposures]
    )
    rows = []
    for exposure in exposures:
        place = places.get(exposure.pk)
        rows.append(
            {
                "person": exposure.person,
                "place": place,
                "channel": channel_name(place.channel) if place else "",
                "language": language_label(place.language) if place else "",
            }
        )
    return rows
