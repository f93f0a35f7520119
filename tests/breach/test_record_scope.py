"""Who sees whose case, stated once more in plain Python and compared over invented offices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breach import access
from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    Desk,
    Exposure,
    FollowUp,
    FollowUpKind,
    Incident,
    Team,
    User,
)
from breach.services import clock
from notifications import access as telling
from notifications.models import Delivery, LetterVersion, Notification
from tests import factories
from tests.notifications.outbox_world import World, make_world

pytestmark = pytest.mark.django_db

TEAMS, INCIDENTS, CASES = 2, 3, 4
WHOLE = (Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.MAIL_ROOM, Role.AUDITOR)
WITH_PEOPLE = (Role.CASE_WORKER, Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.AUDITOR)
MAYBE_A_TEAM = st.one_of(st.none(), st.integers(0, TEAMS - 1))


@dataclass(frozen=True)
class Office:
    """Who is in which team, which incidents are given to which teams, and who has which case. Numbers are places."""

    teams_of_workers: Sequence[int | None]
    given: Sequence[frozenset[int]]
    caseworkers: Sequence[int | None]
    next_actions: Sequence[tuple[int | None, str, bool]]  # owner, desk, whether it is open
    reader: tuple[Role, int | None]


OFFICES = st.builds(
    Office,
    teams_of_workers=st.tuples(*[MAYBE_A_TEAM] * 3),
    given=st.tuples(*[st.frozensets(st.integers(0, TEAMS - 1))] * INCIDENTS),
    caseworkers=st.tuples(*[st.one_of(st.none(), st.integers(0, 2))] * INCIDENTS * CASES),
    next_actions=st.tuples(
        *[st.tuples(st.one_of(st.none(), st.integers(0, 2)), st.sampled_from(Desk.values), st.booleans())]
        * INCIDENTS * CASES
    ),
    reader=st.tuples(st.sampled_from([*WHOLE, Role.CASE_WORKER, Role.ADMINISTRATOR]), MAYBE_A_TEAM),
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    worlds: list[World]
    teams: list[Team]
    workers: list[User]
    readers: dict[Role, User]
    cases: list[Exposure]
    actions: list[FollowUp]


@pytest.fixture
def scene(db: None) -> Scene:
    """Three incidents with four people each, everybody with a next action and a letter."""
    worlds = [make_world(f"incident-{number}") for number in range(INCIDENTS)]
    for one in worlds:
        one.detained(CASES)
    cases = list(Exposure.objects.order_by("incident__slug", "pk"))
    FollowUp.objects.all().delete()
    actions = [
        FollowUp.objects.create(
            incident=case.incident, exposure=case, kind=FollowUpKind.OTHER, reason="x", due_on=clock.today()
        )
        for case in cases
    ]  # fmt: skip
    return Scene(
        worlds,
        [Team.objects.create(name=f"Team {number}") for number in range(TEAMS)],
        [factories.user(Role.CASE_WORKER) for _ in range(3)],
        {role: factories.user(role) for role in (*WHOLE, Role.ADMINISTRATOR)},
        cases,
        actions,
    )


def arrange(scene: Scene, office: Office) -> User:
    """Make the scene as the office says; gives the reader. The first worker is the reader who is a case worker."""
    teams = [*scene.teams, None]
    role, place = office.reader
    reader = scene.workers[0] if role == Role.CASE_WORKER else scene.readers[role]
    reader.team = teams[TEAMS if place is None else place]
    reader.save()
    for worker, at in zip(scene.workers[1:], office.teams_of_workers, strict=False):
        worker.team = teams[TEAMS if at is None else at]
        worker.save()
    for one, given_to in zip(scene.worlds, office.given, strict=True):
        one.incident.teams.set([scene.teams[at] for at in given_to])
    for case, by in zip(scene.cases, office.caseworkers, strict=True):
        case.caseworker = None if by is None else scene.workers[by]
        case.save()
    for action, (by, desk, is_open) in zip(scene.actions, office.next_actions, strict=True):
        action.owner = None if by is None else scene.workers[by]
        action.desk, action.state = desk, "open" if is_open else "done"
        action.closed_at = None if is_open else clock.now()
        action.save()
    return reader


def has(reader: User, incident: Incident) -> bool:
    """Whether the incident is the reader's by team."""
    if not incident.teams.exists():
        return True
    if reader.team is None:
        return reader.role != Role.CASE_WORKER
    return reader.team in incident.teams.all()


def is_own(reader: User, case: Exposure) -> bool:
    return case.caseworker == reader or any(
        action.owner == reader and action.state == "open" for action in case.follow_ups.all()
    )


def in_scope(reader: User, case: Exposure) -> bool:
    """A case worker: own cases; in the team's incidents, colleagues' and nobody's. Others: the team's incidents."""
    if reader.role == Role.ADMINISTRATOR:
        return False
    if reader.role != Role.CASE_WORKER:
        return has(reader, case.incident)
    worker = case.caseworker
    shared = worker is None or worker.team == reader.team
    return is_own(reader, case) or (has(reader, case.incident) and shared)


def sees_follow_up(reader: User, action: FollowUp) -> bool:
    assert action.exposure is not None
    if reader.role == Role.ADMINISTRATOR:
        return False
    if reader.role in (Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.AUDITOR):
        return has(reader, action.incident)
    return action.owner == reader or (
        action.desk == reader.role and in_scope(reader, action.exposure)
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(office=OFFICES)
def test_everybody_sees_what_the_policy_says_and_nothing_else(scene: Scene, office: Office) -> None:
    with transaction.atomic():
        reader = arrange(scene, office)
        cases = set(Exposure.objects.select_related("incident", "caseworker__team"))
        mine = {case for case in cases if in_scope(reader, case)}
        people = mine if reader.role in WITH_PEOPLE else set()
        expected = {
            "incidents": {
                incident
                for incident in Incident.objects.all()
                if reader.role != Role.ADMINISTRATOR
                and (
                    has(reader, incident)
                    or any(is_own(reader, case) for case in cases if case.incident == incident)
                )
            },
            "exposures": people,
            "people": {case.person for case in people},
            "follow_ups": {one for one in FollowUp.objects.all() if sees_follow_up(reader, one)},
            "notifications": {one for one in Notification.objects.all() if one.exposure in people},
            "deliveries": {
                one for one in Delivery.objects.all() if one.notification.exposure in mine
            },
        }
        expected["letter_versions"] = {
            one for one in LetterVersion.objects.all() if one.letter.incident in expected["incidents"]
        }  # fmt: skip
        seen = {
            "incidents": set(access.incidents_visible_to(reader)),
            "exposures": set(access.exposures_visible_to(reader)),
            "people": set(access.people_visible_to(reader)),
            "follow_ups": set(access.follow_ups_visible_to(reader)),
            "notifications": set(telling.notifications_visible_to(reader)),
            "deliveries": set(telling.deliveries_visible_to(reader)),
            "letter_versions": set(telling.letter_versions_visible_to(reader)),
        }
        transaction.set_rollback(True)
    assert seen == expected


def test_the_statement_tells_people_apart(scene: Scene) -> None:
    """That the comparison above is about something: two workers of two teams see different cases of one incident."""
    one, other = scene.workers[:2]
    for worker, team in zip((one, other), scene.teams, strict=True):
        worker.team = team
        worker.save()
    first, second, third = scene.cases[:3]
    for case, worker in ((first, one), (second, other)):
        case.caseworker = worker
        case.save()
    in_first = [case for case in scene.cases if case.incident == first.incident]
    seen = {
        worker: {case for case in in_first if case in access.exposures_visible_to(worker)}
        for worker in (one, other)
    }
    assert seen == {one: {*in_first} - {second}, other: {*in_first} - {first}}
    assert third.person in access.people_visible_to(one)
    assert AffectedPerson.objects.count() == INCIDENTS * CASES
