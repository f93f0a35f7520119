"""The people of an incident: a list with filters, and a search that leaves no trace in any URL."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import CharField, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import exposures_visible_to
from breach.core import keyring
from breach.core.roles import Capability, can
from breach.models import Exposure, Incident
from breach.services.looking import find_people
from breach.web import days
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import ExposureFilter, language_name, with_facts
from breach.web.finding import ROWS_ON_A_PAGE, incident_or_404, page_of, user_of

C = Capability


class SearchForm(Form):
    """One field for every way to name somebody; always sent by POST."""

    text = CharField(label=_("Find somebody"), max_length=200)


@require_safe
@capability(C.VIEW_PEOPLE)
def people_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident, user, today = incident_or_404(request, slug), user_of(request), days.today()
    rows = ExposureFilter(
        request.GET,
        queryset=_rows(exposures_visible_to(user), incident),
        incident=incident,
        user=user,
        today=today,
    )
    page = page_of(request, rows.qs)
    context = {
        "incident": incident,
        "filter": rows,
        "page_obj": page,
        "people": _shown(page),
        "may_import": can(user, C.IMPORT_ROSTER),
        "search": SearchForm() if can(user, C.VIEW_IDENTITY) else None,
    }
    return render(request, "breach/people_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.VIEW_IDENTITY)
def people_search(request: HttpRequest, slug: str) -> HttpResponse:
    """The person, if exactly one matches; otherwise the first page of matches. A GET goes back to the list."""
    incident, user = incident_or_404(request, slug), user_of(request)
    if request.method != "POST":
        return redirect("people-list", slug=slug)
    form = SearchForm(sent_by(request))
    found: list[QuerySet[Exposure]] = []
    if carried_out(
        request,
        form,
        lambda: found.append(
            find_people(actor=user, incident=incident, text=form.cleaned_data["text"])
        ),
    ):
        page = Paginator(_rows(found[0], incident), ROWS_ON_A_PAGE).page(1)
        if page.paginator.count == 1:
            person = page.object_list[0].person
            return redirect("person-detail", slug=slug, reference=person.reference)
    else:
        page = Paginator(Exposure.objects.none(), ROWS_ON_A_PAGE).page(1)
    context = {
        "incident": incident,
        "search": form,
        "form": form,
        "page_obj": page,
        "people": _shown(page),
        "more": page.paginator.count - len(page),
    }
    return render(request, "breach/people_search.html", context)


def _rows(exposures: QuerySet[Exposure], incident: Incident) -> QuerySet[Exposure]:
    """The most endangered first."""
    rows = with_facts(exposures.filter(incident=incident), incident, days.today())
    return rows.select_related("person", "caseworker").order_by("risk_tier", "person__reference")


def _shown(page: Page[Exposure]) -> list[tuple[Exposure, str]]:
    """The rows with their language in words; all data keys of the page are opened at once."""
    rows = list(page)
    keyring.preload(str(exposure.person_id) for exposure in rows)
    return [(exposure, language_name(getattr(exposure, "language", "") or "")) for exposure in rows]
