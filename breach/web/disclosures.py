"""To whom something was disclosed: the ledger of an incident, and one person's accounting as a printable page."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import disclosures_about, disclosures_visible_to
from breach.core.roles import Capability
from breach.models import (
    Disclosure,
    DisclosureNature,
    DisclosurePurpose,
    Exposure,
    RecipientKind,
)
from breach.services import clock
from breach.services.looking import Part
from breach.web.access import capability
from breach.web.filters import SinceFilter, UntilFilter
from breach.web.finding import exposure_or_404, incident_or_404, page_of, user_of
from breach.web.reveal import PANEL, asked_panel, closed_panel

C = Capability
PAGE = "breach/person_disclosures.html"
TO_ANSWER = {"parts": [Part.DISCLOSURES]}


class DisclosureFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Disclosures by what, why, to whom and when."""

    nature = django_filters.ChoiceFilter(
        label=_("What"), empty_label=_("All"), choices=DisclosureNature.choices
    )
    purpose = django_filters.ChoiceFilter(
        label=_("What for"), empty_label=_("All"), choices=DisclosurePurpose.choices
    )
    recipient_kind = django_filters.ChoiceFilter(
        label=_("To whom"), empty_label=_("All"), choices=RecipientKind.choices
    )
    since = SinceFilter(field_name="made_at")
    until = UntilFilter(field_name="made_at")

    class Meta:
        model = Disclosure
        fields: list[str] = []


@require_safe
@capability(C.VIEW_DISCLOSURES)
def disclosure_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every disclosure of the incident, the newest first."""
    incident, user = incident_or_404(request, slug), user_of(request)
    rows = disclosures_visible_to(user).filter(incident=incident).select_related("person")
    found = DisclosureFilter(request.GET, queryset=rows)
    page = page_of(request, found.qs)
    context = {"incident": incident, "filter": found, "page_obj": page, "rows": list(page)}
    return render(request, "breach/disclosure_list.html", context)


@require_safe
@capability(C.VIEW_PEOPLE)
def person_disclosures(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The accounting of disclosures a person may ask for, 5 USC 552a(c)(3); as a panel for the person's file."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    if getattr(request, "htmx", False):
        return render(request, "breach/disclosures_panel.html", _accounting(exposure))
    panel = closed_panel(user, exposure, "person-disclosures", TO_ANSWER)
    return render(request, PAGE, _accounting(exposure) | panel)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.VIEW_IDENTITY)
def person_disclosures_reveal(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """With names and addresses of the recipients: they tell where somebody is, so the look is recorded first."""
    exposure = exposure_or_404(request, slug, reference)
    if request.method != "POST":
        return redirect("person-disclosures", slug=slug, reference=reference)
    panel = asked_panel(request, exposure, "person-disclosures")
    if getattr(request, "htmx", False):
        return render(request, PANEL, panel)
    shown = {"is_open": bool(panel["revealed"])}
    return render(request, PAGE, _accounting(exposure) | panel | shown)


def _accounting(exposure: Exposure) -> dict[str, Any]:
    return {
        "incident": exposure.incident,
        "exposure": exposure,
        "rows": list(disclosures_about(exposure).select_related("person")),
        "today": clock.today(),
    }
