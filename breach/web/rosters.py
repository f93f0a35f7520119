"""Rosters: upload with a dry run, look at what would become of each row, then commit. The long work is a job."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Value
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import rosters_visible_to
from breach.core.roles import Capability
from breach.models import Roster, RosterJob, RosterRow
from breach.models.roster_jobs import OPEN_JOBS
from breach.models.rosters import RosterStatus, RowOutcome
from breach.services import rosters
from breach.services.rosters_asking import ask_to_check, ask_to_commit, ask_to_read
from breach.services.rosters_columns import Column
from breach.services.rosters_places import unknown_places
from breach.services.rosters_reading import sentence
from breach.services.rosters_staging import columns_of, orders_of
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.filters import RosterRowFilter
from breach.web.finding import incident_or_404, page_of, roster_or_404, user_of
from breach.web.forms.rosters import RosterColumnsForm, RosterUploadForm
from breach.web.roster_jobs import begun, jobs_to_show

C = Capability
PLACES_SHOWN = 20
TONES = {
    RowOutcome.NEW: "success",
    RowOutcome.MATCHED: "info",
    RowOutcome.CONFLICT: "warning",
    RowOutcome.REJECTED: "danger",
}


@require_safe
@capability(C.IMPORT_ROSTER)
def roster_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    rows = with_undecided(rosters_visible_to(user_of(request)).filter(incident=incident))
    page = page_of(request, rows)
    jobs = jobs_to_show(user_of(request), incident)
    context = {"incident": incident, "page_obj": page, "rosters": page.object_list, "jobs": jobs}
    return render(request, "breach/roster_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Request the dry run: the file is read and every row gets its outcome; nobody is imported yet."""
    incident, user = incident_or_404(request, slug), user_of(request)
    form = RosterUploadForm(sent_by(request), request.FILES if request.method == "POST" else None)
    asked: list[RosterJob] = []

    def ask() -> None:
        given = form.cleaned_data
        asked.append(
            ask_to_read(
                actor=user, incident=incident, data=given["file"].read(), as_of=given["as_of"],
                described_as=given["source"], columns=form.columns(),
            )
        )  # fmt: skip

    if carried_out(request, form, ask):
        return begun(asked[0])
    return render(request, "breach/roster_upload.html", {"incident": incident, "form": form})


@require_safe
@capability(C.IMPORT_ROSTER)
def roster_detail(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """The outcome, or expected outcome, of each row; rows that need a decision come first."""
    roster = roster_or_404(request, slug, pk)
    rows = RosterRowFilter(request.GET, queryset=RosterRow.objects.filter(roster=roster))
    needy = rows.qs if rows.form.data.get("outcome") else rows.qs.exclude(problems=[])
    columns = columns_of(roster)
    page = page_of(request, _with_openness(needy, roster).defer("cells").order_by("number"))
    places = unknown_places(roster).most_common() if roster.status == RosterStatus.STAGED else []
    context = {
        "incident": roster.incident,
        "roster": roster,
        "is_staged": roster.status == RosterStatus.STAGED,
        "job": jobs_to_show(user_of(request), roster.incident)
        .filter(roster=roster, state__in=OPEN_JOBS)
        .first(),
        "outcomes": [
            {"label": outcome.label, "value": getattr(roster, outcome.value), "tone": tone}
            for outcome, tone in TONES.items()
        ],
        "columns": [(column.label, columns[column]) for column in Column if column in columns],
        "filter": rows,
        "page_obj": page,
        "places": places[:PLACES_SHOWN],
        "more_places": max(len(places) - PLACES_SHOWN, 0),
        "rows": [(row, [sentence(problem) for problem in row.problems]) for row in page],
    }
    return render(request, "breach/roster_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_columns(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Which header is which, and which part of a date comes first; the rows are checked again with it."""
    roster = staged_or_404(request, slug, pk)
    first = RosterRow.objects.filter(roster=roster).order_by("number").first()
    form = RosterColumnsForm(
        sent_by(request),
        headers=list(first.cells) if first else [],
        columns=columns_of(roster),
        orders=orders_of(roster),
    )
    asked: list[RosterJob] = []

    def ask() -> None:
        given = {"columns": form.columns(), "orders": form.orders()}
        asked.append(ask_to_check(actor=user_of(request), roster=roster, **given))

    if carried_out(request, form, ask):
        return begun(asked[0])
    context = {"incident": roster.incident, "roster": roster, "form": form}
    return render(request, "breach/roster_columns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_commit(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take the people of a staged roster into the case file."""
    roster, form = staged_or_404(request, slug, pk), Form(sent_by(request))
    asked: list[RosterJob] = []
    if carried_out(
        request,
        form,
        lambda: asked.append(ask_to_commit(actor=user_of(request), roster=roster)),
    ):
        return begun(asked[0])
    context = {"incident": roster.incident, "roster": roster, "form": form}
    return render(request, "breach/roster_commit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_discard(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Forget a staged roster."""
    roster, form = staged_or_404(request, slug, pk), Form(sent_by(request))
    if carried_out(
        request, form, lambda: rosters.discard_roster(actor=user_of(request), roster=roster)
    ):
        messages.success(
            request, _("The staged roster and its rows are deleted; nobody was imported.")
        )
        return redirect("roster-list", slug=slug)
    context = {"incident": roster.incident, "roster": roster, "form": form}
    return render(request, "breach/roster_discard.html", context)


def staged_or_404(request: HttpRequest, slug: str, pk: UUID) -> Roster:
    """A roster that still waits; a committed one has nothing to confirm any more."""
    roster = roster_or_404(request, slug, pk)
    if roster.status != RosterStatus.STAGED:
        raise Http404
    return roster


def with_undecided(rosters_: QuerySet[Roster]) -> QuerySet[Roster]:
    """With the number of rows somebody must decide about."""
    return rosters_.annotate(undecided=F("conflict") + F("rejected"))


def _with_openness(rows: QuerySet[RosterRow], roster: Roster) -> QuerySet[RosterRow]:
    """With whether somebody can still decide about the row."""
    undecided = Q(outcome__in=[RowOutcome.CONFLICT, RowOutcome.REJECTED], resolved_at=None)
    if roster.status != RosterStatus.COMMITTED:
        return rows.annotate(is_open=Value(False))
    return rows.annotate(is_open=ExpressionWrapper(undecided, output_field=BooleanField()))
