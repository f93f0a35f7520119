"""After the import: deciding the rows that became nobody, and taking a roster back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from breach.access import people_visible_to
from breach.core import references
from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.models import AffectedPerson, RosterRow, User
from breach.models.rosters import RosterStatus, RowOutcome
from breach.services import rosters_rows
from breach.services.looking import look_at_row
from breach.services.rosters_reading import sentence
from breach.services.rosters_undo import Reversal, reverse_roster
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import roster_or_404, user_of
from breach.web.forms.incidents import ReasonForm
from breach.web.forms.rosters import RowDecisionForm

C = Capability
UNDECIDED = (RowOutcome.CONFLICT, RowOutcome.REJECTED)


class NobodyOfThatReference(Refused):
    """The reference names nobody on file."""


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_row(request: HttpRequest, slug: str, pk: UUID, number: int) -> HttpResponse:
    """One open row: what is wrong with it; its cells only on request, which is recorded; then the decision."""
    roster, user = roster_or_404(request, slug, pk), user_of(request)
    open_rows = RosterRow.objects.filter(
        roster=roster,
        roster__status=RosterStatus.COMMITTED,
        outcome__in=UNDECIDED,
        resolved_at=None,
    ).select_related("roster__incident")
    row = get_object_or_404(open_rows, number=number)
    decide = request.POST.get("what") == "decide"
    form = RowDecisionForm(sent_by(request) if decide else None, cells=row.cells)
    if decide and carried_out(request, form, lambda: _decide(user, row, form)):
        messages.success(request, _("The row is decided."))
        return redirect("roster-detail", slug=slug, pk=pk)
    # A decision that comes back shows what was sent, and nothing of the row.
    look = Form(sent_by(request))
    opened = decide or carried_out(request, look, lambda: look_at_row(actor=user, row=row))
    context = {
        "incident": roster.incident,
        "roster": roster,
        "row": row,
        "problems": [sentence(problem) for problem in row.problems],
        "form": form if opened else None,
        "look": look,
    }
    return render(request, "breach/roster_row.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.IMPORT_ROSTER)
def roster_reverse(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """Take a committed roster back: untouched records are removed, the rest stays."""
    roster, user = roster_or_404(request, slug, pk), user_of(request)
    form = ReasonForm(sent_by(request))
    done: list[Reversal] = []
    if carried_out(
        request,
        form,
        lambda: done.append(
            reverse_roster(actor=user, roster=roster, reason=form.cleaned_data["reason"])
        ),
    ):
        said = _(
            "The roster is taken back. People gone: %(reversed)s. Kept because somebody worked on them: "
            "%(kept_edited)s. Kept because they were told: %(kept_served)s."
        )
        messages.success(request, said % vars(done[0]))
        return redirect("roster-detail", slug=slug, pk=pk)
    context = {"incident": roster.incident, "roster": roster, "form": form}
    return render(request, "breach/roster_reverse.html", context)


def _decide(user: User, row: RosterRow, form: RowDecisionForm) -> None:
    given = form.cleaned_data
    if given["decision"] == "person":
        person = _person_of(user, given["reference"])
        rosters_rows.row_is_person(actor=user, row=row, person=person, reason=given["reason"])
    elif given["decision"] == "new":
        rosters_rows.row_is_new(
            actor=user, row=row, reason=given["reason"], corrections=form.corrections()
        )
    else:
        rosters_rows.row_is_nobodys(actor=user, row=row, reason=given["reason"])


def _person_of(user: User, typed: str) -> AffectedPerson:
    try:
        reference = references.parse(typed)
    except references.InvalidReference:
        reference = ""
    person = people_visible_to(user).filter(reference=reference).first()
    if person is None:
        raise NobodyOfThatReference(
            _("No person has this reference; check it character by character.")
        )
    return person
