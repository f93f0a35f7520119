"""Teams: making one, who is in it, which incidents it has. Nobody keeps work in an incident the own team has not."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from breach.access import incidents_of_team, incidents_visible_to, staff_who_have
from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require, roles_with
from breach.models import Exposure, FollowUp, Incident, Team, User
from breach.models.followups import FollowUpState

from . import audit


class TeamRefused(Refused):
    """The team cannot be made or changed like that; its text says why and what to do."""


@transaction.atomic
def make_team(*, actor: User, name: str) -> Team:
    """A team that has neither members nor incidents yet."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    name = " ".join(name.split())
    if not name:
        raise TeamRefused(_("The name is empty. Name the team in a few words."))
    if Team.objects.filter(name__iexact=name).exists():
        raise TeamRefused(_("There is already a team of this name. Choose another."))
    team = Team.objects.create(name=name)
    audit.record(actor=actor, action="team.made", subject=team)
    return team


@transaction.atomic
def set_team(*, actor: User, user: User, team: Team | None) -> int:
    """Move somebody to a team, or to none. Returns how many cases and next actions went back to the desks.

    What lies in incidents that the new team has stays with the user; the rest is handed back.
    """
    require(actor, Capability.MANAGE_ACCOUNTS)
    current = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if current.role == Role.SYSTEM or current.role not in roles_with(Capability.VIEW_INCIDENT):
        raise TeamRefused(
            _("%(name)s works with no incidents, and so in no team.") % {"name": current.label}
        )
    before, current.team = current.team_id, team
    if before == current.team_id:
        return 0
    current.save(update_fields=["team"])
    audit.record(
        actor=actor, action="user.team_set", subject=current, before=before, team=current.team_id
    )
    kept = incidents_of_team(current).values("pk")
    return _hand_back(actor, [current], Incident.objects.exclude(pk__in=kept))


@transaction.atomic
def give_incident(*, actor: User, incident: Incident, teams: Iterable[Team]) -> int:
    """Say which teams have the incident; with none it is everybody's. Returns how much went back to the desks.

    Whoever had it and has it no more hands it back. A single case that was lent to another team stays lent.
    """
    require(actor, Capability.ASSIGN)
    current = incidents_visible_to(actor).select_for_update(of=("self",)).get(pk=incident.pk)
    before = set(current.teams.values_list("pk", flat=True))
    chosen = list(teams)
    after = {team.pk for team in chosen}
    if before == after:
        return 0
    if after and actor.team_id and actor.team_id not in after:
        raise TeamRefused(
            _("Your own team would lose sight of this incident. Keep it among the teams.")
        )
    current.teams.set(chosen)
    audit.record(
        actor=actor, action="incident.given", subject=current, incident=current,
        before=sorted(map(str, before)), teams=sorted(map(str, after)),
    )  # fmt: skip
    losing = staff_who_have(before).exclude(pk__in=staff_who_have(after).values("pk"))
    return _hand_back(actor, losing, [current])


def _hand_back(actor: User, users: Iterable[User], incidents: Iterable[Incident]) -> int:
    """Give these users' cases and open next actions in these incidents back to the desks, each recorded."""
    of, given = list(users), 0
    for incident in incidents:
        cases = Exposure.objects.filter(incident=incident, caseworker__in=of)
        work = FollowUp.objects.filter(incident=incident, owner__in=of, state=FollowUpState.OPEN)
        happenings = [
            audit.Happening("exposure.assigned", row, {"before": row.caseworker_id, "owner": None})
            for row in cases.select_for_update(of=("self",)).order_by("pk")
        ] + [
            audit.Happening("follow_up.assigned", row, {"before": row.owner_id, "owner": None})
            for row in work.select_for_update(of=("self",)).order_by("pk")
        ]
        cases.update(caseworker=None)
        work.update(owner=None)
        audit.record_many(actor=actor, incident=incident, happenings=happenings)
        given += len(happenings)
    return given
