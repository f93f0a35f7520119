"""Who sees which records; what is not yours looks exactly like what is not there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from breach import access
from breach.core.roles import Role
from breach.models import AuditEvent, Exposure, FollowUp, FollowUpKind, User
from breach.services import audit, clock, followups
from tests import factories
from tests.factories import Cast

pytestmark = pytest.mark.django_db
TODAY = date(2022, 12, 5)


def seen(user: User, on: date | None = TODAY) -> set[Exposure]:
    return set(access.exposures_visible_to(user, on))


def test_case_roles_see_the_people_and_the_others_nobody(cast: Cast) -> None:
    exposure = factories.exposure()
    for user in (cast.worker, cast.supervisor, cast.privacy, cast.auditor):
        assert seen(user) == {exposure}
        assert exposure.person in access.people_visible_to(user)
        assert exposure.incident in access.incidents_visible_to(user)
    for user in (cast.mail_room, cast.attorney, factories.user(Role.ADMINISTRATOR)):
        assert not seen(user)
        assert not access.people_visible_to(user)


def test_whoever_was_merged_is_not_listed_twice(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(merged_into=factories.person()))
    assert exposure not in seen(cast.worker)


@pytest.mark.parametrize(
    ("appearance", "sees"),
    [
        ({}, True),
        ({"until": TODAY}, False),
        ({"until": TODAY + timedelta(days=1)}, True),
        ({"since": TODAY + timedelta(days=1)}, False),
        ({"status": "claimed", "evidence": "none"}, False),
        ({"status": "withdrawn"}, False),
        ({"status": "disputed"}, False),
        ({"status": "suspended"}, False),
    ],
)
def test_an_attorney_sees_own_clients_of_today(
    cast: Cast, appearance: dict[str, object], sees: bool
) -> None:
    exposure = factories.exposure()
    own = factories.attorney(account=cast.attorney)
    factories.representation(exposure.person, by=own, **appearance)
    assert (exposure in seen(cast.attorney)) is sees
    assert not seen(cast.stranger)
    assert not seen(cast.attorney, on=None)


def test_a_suspended_attorney_and_a_closed_account_see_nothing(cast: Cast) -> None:
    person = factories.exposure().person
    own = factories.attorney(account=cast.attorney, is_suspended=True)
    factories.representation(person, by=own)
    assert not seen(cast.attorney)
    cast.supervisor.is_active = False
    assert not seen(cast.supervisor)
    assert not access.incidents_visible_to(cast.supervisor)


def test_follow_ups_are_the_own_ones_and_those_of_the_desk(cast: Cast) -> None:
    exposure, other = factories.exposure(), factories.user(Role.CASE_WORKER)

    def opened(kind: FollowUpKind, **about: object) -> FollowUp:
        return followups.open_follow_up(
            actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=kind, reason="x",
            due_on=clock.today(), **about,
        )  # fmt: skip

    desk = opened(FollowUpKind.NO_ROUTE, owner=other)
    supervisors = opened(FollowUpKind.AMBIGUOUS)
    mine = opened(FollowUpKind.SIGN_OFF, owner=cast.worker)
    assert set(access.follow_ups_visible_to(cast.worker)) == {desk, mine}
    assert set(access.follow_ups_visible_to(cast.supervisor)) == {desk, supervisors, mine}
    assert not access.follow_ups_visible_to(cast.attorney)
    assert not access.follow_ups_visible_to(cast.mail_room)


def test_history_is_for_auditors_and_privacy_officers_once_it_is_chained(cast: Cast) -> None:
    incident = factories.incident()
    audit.record(actor=cast.worker, action="test.happened", subject=incident, incident=incident)
    assert not access.audit_events_visible_to(cast.auditor).filter(action="test.happened")
    connection.check_constraints()
    event = AuditEvent.objects.get(action="test.happened")
    for user in (cast.auditor, cast.privacy):
        assert event in access.audit_events_visible_to(user)
    for user in (cast.worker, cast.supervisor, cast.attorney):
        assert not access.audit_events_visible_to(user)


def test_rosters_are_for_those_who_import_them(cast: Cast) -> None:
    for user in (cast.worker, cast.mail_room, cast.attorney, cast.auditor):
        assert access.rosters_visible_to(user).query.is_empty()
    assert not access.rosters_visible_to(cast.supervisor).query.is_empty()
