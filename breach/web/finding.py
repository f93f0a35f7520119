"""From a URL to the record it names, for this user; "not there" and "not yours" are the same 404."""

from __future__ import annotations

from typing import TypeVar, cast
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from breach.access import exposures_visible_to, incidents_visible_to, rosters_visible_to
from breach.models import Exposure, Incident, Roster, User

ROWS_ON_A_PAGE = 50

Row = TypeVar("Row", bound=Model)


def user_of(request: HttpRequest) -> User:
    """The signed-in user; only for views that declare a capability."""
    return cast(User, request.user)


def incident_or_404(request: HttpRequest, slug: str) -> Incident:
    return get_object_or_404(incidents_visible_to(user_of(request)), slug=slug)


def roster_or_404(request: HttpRequest, slug: str, pk: UUID) -> Roster:
    visible = rosters_visible_to(user_of(request)).select_related("incident", "imported_by")
    return get_object_or_404(visible, incident__slug=slug, pk=pk)


def exposure_or_404(request: HttpRequest, slug: str, reference: str) -> Exposure:
    """One person in one incident, with both at hand."""
    visible = exposures_visible_to(user_of(request)).select_related(
        "person", "incident", "caseworker"
    )
    return get_object_or_404(visible, incident__slug=slug, person__reference=reference)


def page_of(request: HttpRequest, rows: QuerySet[Row]) -> Page[Row]:
    """The page of rows the query string asks for; a number out of range gives the nearest page."""
    return Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
