"""Teams: who makes them, what a move takes along and what it leaves, and that nobody loses sight by mistake."""

from __future__ import annotations

import pytest

from breach.access import exposures_visible_to, follow_ups_visible_to, incidents_visible_to
from breach.core.roles import NotAllowed, Role
from breach.models import AuditEvent, Exposure, FollowUp, FollowUpKind, Incident, Team, User
from breach.services import clock, exposures, followups, teams
from breach.services.assignment import Staff
from breach.services.teams import TeamRefused
from tests import factories
from tests.factories import Cast


@pytest.fixture
def administrator(db: None) -> User:
    return factories.user(Role.ADMINISTRATOR)


def team(name: str, *members: User) -> Team:
    made = Team.objects.create(name=name)
    for member in members:
        member.team = made
        member.save(update_fields=["team"])
    return made


def case_of(worker: User, supervisor: User, incident: Incident) -> tuple[Exposure, FollowUp]:
    """A person assigned to this worker, with a next action."""
    exposure = factories.exposure(incident=incident, caseworker=worker)
    follow_up = followups.open_follow_up(
        actor=supervisor, incident=incident, exposure=exposure, kind=FollowUpKind.CALL_BACK, reason="x",
        due_on=clock.today(),
    )  # fmt: skip
    assert follow_up.owner == worker
    return exposure, follow_up


def test_an_administrator_makes_teams_of_different_names(administrator: User, cast: Cast) -> None:
    made = teams.make_team(actor=administrator, name="  Field   team ")
    assert made.name == "Field team"
    assert AuditEvent.objects.filter(action="team.made", subject_id=str(made.pk)).exists()
    for name in ("field TEAM", "  "):
        with pytest.raises(TeamRefused):
            teams.make_team(actor=administrator, name=name)
    with pytest.raises(NotAllowed):
        teams.make_team(actor=cast.supervisor, name="Another")


def test_a_move_takes_along_what_the_new_team_has_and_hands_the_rest_back(
    administrator: User, cast: Cast
) -> None:
    before, after = team("Before", cast.worker), team("After")
    shared, left = factories.incident(), factories.incident()
    for incident, having in ((shared, (before, after)), (left, (before,))):
        teams.give_incident(actor=cast.supervisor, incident=incident, teams=having)
    kept, kept_action = case_of(cast.worker, cast.supervisor, shared)
    lost, lost_action = case_of(cast.worker, cast.supervisor, left)
    assert teams.set_team(actor=administrator, user=cast.worker, team=after) == 2
    for row in (cast.worker, kept, kept_action, lost, lost_action):
        row.refresh_from_db()
    assert (kept.caseworker, kept_action.owner) == (cast.worker, cast.worker)
    assert (lost.caseworker, lost_action.owner, lost_action.desk) == (None, None, "case_worker")
    assert set(exposures_visible_to(cast.worker)) == {kept}
    assert set(follow_ups_visible_to(cast.worker)) == {kept_action}
    assert lost_action in follow_ups_visible_to(cast.supervisor)
    told = AuditEvent.objects.filter(stream=f"incident:{left.pk}", actor_id=administrator.pk)
    assert sorted(told.values_list("action", flat=True)) == [
        "exposure.assigned", "follow_up.assigned",
    ]  # fmt: skip


def test_the_first_team_of_an_office_takes_nothing_from_anybody(
    administrator: User, cast: Cast
) -> None:
    exposure, _action = case_of(cast.worker, cast.supervisor, factories.incident())
    made = teams.make_team(actor=administrator, name="The first")
    assert teams.set_team(actor=administrator, user=cast.worker, team=made) == 0
    exposure.refresh_from_db()
    assert exposure.caseworker == cast.worker


def test_who_loses_an_incident_hands_its_cases_back_and_what_was_lent_stays_lent(
    administrator: User, cast: Cast
) -> None:
    lent_to = factories.user(Role.CASE_WORKER)
    ours, theirs = team("Ours", cast.worker), team("Theirs")
    team("Specialists", lent_to)
    incident = factories.incident()
    teams.give_incident(actor=cast.supervisor, incident=incident, teams=[ours, theirs])
    mine, _action = case_of(cast.worker, cast.supervisor, incident)
    lent = factories.exposure(incident=incident)
    exposures.assign_caseworker(actor=cast.supervisor, exposure=lent, owner=lent_to)
    assert set(exposures_visible_to(lent_to)) == {lent}
    assert set(incidents_visible_to(lent_to)) == {incident}
    assert teams.give_incident(actor=cast.supervisor, incident=incident, teams=[theirs]) == 2
    mine.refresh_from_db()
    assert mine.caseworker is None
    assert not exposures_visible_to(cast.worker)
    assert set(exposures_visible_to(lent_to)) == {lent}


def test_a_supervisor_cannot_lose_sight_of_an_incident_by_giving_it_away(cast: Cast) -> None:
    own, other = team("Own", cast.supervisor), team("Other")
    incident = factories.incident()
    with pytest.raises(TeamRefused, match="lose sight"):
        teams.give_incident(actor=cast.supervisor, incident=incident, teams=[other])
    teams.give_incident(actor=cast.supervisor, incident=incident, teams=[own, other])
    teams.give_incident(actor=cast.second_supervisor, incident=incident, teams=[other])
    with pytest.raises(Incident.DoesNotExist):
        teams.give_incident(actor=cast.supervisor, incident=incident, teams=[])


def test_only_who_works_with_incidents_is_in_a_team(administrator: User, cast: Cast) -> None:
    made = team("Some")
    for somebody in (cast.attorney, administrator):
        with pytest.raises(TeamRefused):
            teams.set_team(actor=administrator, user=somebody, team=made)
    with pytest.raises(NotAllowed):
        teams.set_team(actor=cast.supervisor, user=cast.worker, team=made)


def test_work_is_given_within_the_teams_of_the_incident(cast: Cast) -> None:
    near = factories.user(Role.CASE_WORKER)
    ours = team("Ours", near)
    team("Theirs", cast.worker)
    incident = factories.incident()
    assert Staff(incident).pick("case_worker", ["es"]) == cast.worker.pk
    incident.teams.set([ours])
    assert Staff(incident).pick("case_worker", ["es"]) is None  # nobody there speaks it: the desk's
    assert Staff(incident).pick("case_worker", []) == near.pk
    assert Staff(incident).pick("case_worker", ["es"], assigned=cast.worker.pk) == cast.worker.pk
    assert Staff(incident).pick("supervisor", []) in {
        cast.supervisor.pk, cast.second_supervisor.pk, incident.opened_by.pk,
    }  # fmt: skip
