"""Teams: the administrator creates them and chooses members; the supervisor assigns incidents to them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from breach.access import teams_visible_to
from breach.core.roles import Capability
from breach.models import Team
from breach.services import teams
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import incident_or_404, page_of, user_of
from breach.web.forms.teams import IncidentTeamsForm, MemberForm, TeamForm

C = Capability


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
def team_list(request: HttpRequest) -> HttpResponse:
    """All teams; the form below creates one."""
    user, form = user_of(request), TeamForm(sent_by(request))
    if carried_out(request, form, lambda: teams.make_team(actor=user, **form.cleaned_data)):
        messages.success(request, _("The team is created. Next: choose its members."))
        return redirect("team-list")
    working = Count("members", filter=Q(members__is_active=True))
    page = page_of(request, teams_visible_to(user).annotate(working=working).order_by("name"))
    return render(request, "breach/team_list.html", {"page_obj": page, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
def team_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who is in the team; somebody comes in, or goes."""
    team = get_object_or_404(teams_visible_to(user_of(request)), pk=pk)
    joins = request.POST.get("what") == "join"
    leaves = request.POST.get("what") == "leave"
    join = MemberForm(sent_by(request) if joins else None, but=team)
    leave = MemberForm(sent_by(request) if leaves else None, of=team)
    if _moved(request, join, team) or _moved(request, leave, None):
        return redirect("team-detail", pk=pk)
    members = team.members.order_by("first_name", "username")
    context = {"team": team, "members": members, "join": join, "leave": leave}
    return render(request, "breach/team_detail.html", context)


def _moved(request: HttpRequest, form: MemberForm, goal: Team | None) -> bool:
    """Whether this form was the one that was sent, and somebody is where it says."""
    handed_back: list[int] = []
    if not form.is_bound or not carried_out(
        request,
        form,
        lambda: handed_back.append(
            teams.set_team(actor=user_of(request), user=form.cleaned_data["member"], team=goal)
        ),
    ):
        return False
    messages.success(request, _said(_("Saved. It applies from now on."), handed_back))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.ASSIGN)
def incident_teams(request: HttpRequest, slug: str) -> HttpResponse:
    """Which teams have the incident; with none it is everybody's."""
    incident, user = incident_or_404(request, slug), user_of(request)
    form = IncidentTeamsForm(
        sent_by(request), teams=teams_visible_to(user), initial={"teams": incident.teams.all()}
    )
    handed_back: list[int] = []
    if carried_out(
        request,
        form,
        lambda: handed_back.append(
            teams.give_incident(actor=user, incident=incident, **form.cleaned_data)
        ),
    ):
        messages.success(request, _said(_("The teams are saved."), handed_back))
        return redirect("incident-detail", slug=slug)
    return render(request, "breach/incident_teams.html", {"incident": incident, "form": form})


def _said(saved: str, handed_back: list[int]) -> str:
    """What was saved, and how much went back to the desks because of it."""
    number = sum(handed_back)
    if not number:
        return saved
    rest = ngettext(
        "%(n)d case or next action went back to its desk.",
        "%(n)d cases and next actions went back to their desks.",
        number,
    )
    return f"{saved} {rest % {'n': number}}"
