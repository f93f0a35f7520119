"""Budgets of looks: counted from the history, warned of at 80 percent, refused at the end, widened by somebody else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from breach import looks
from breach.core.budgets import limits_of, warning_at
from breach.core.roles import NotAllowed, Role
from breach.looks import alarms_visible_to, standing, standings
from breach.models import AuditEvent, Exposure, User
from breach.models.audit import COUNTED_LOOKS
from breach.services import audit, budgets, looking
from breach.services.budgets import BudgetSpent, GrantRefused
from breach.services.looking import LookRefused, Part
from breach.web.happenings import ACTIONS
from tests import factories
from tests.factories import Cast


@pytest.fixture(autouse=True)
def small_budgets(settings: Settings) -> None:
    settings.REVEAL_BUDGETS = {"case_worker": (5, 8), "supervisor": (5, 8)}


def look(user: User, exposure: Exposure, *parts: str) -> None:
    looking.look_at(actor=user, exposure=exposure, parts=parts or (Part.IDENTITY,), reason="call")


def spent(user: User, looks: int) -> None:
    for _number in range(looks):
        audit.record(actor=user, action="identity.viewed", subject=user)


def chained() -> None:
    """As at commit: the events of this test get their place in the chain, and their time."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_a_file_counts_once_however_many_parts_of_it_are_opened(cast: Cast) -> None:
    look(cast.worker, factories.exposure(), *Part.values)
    found = standing(cast.worker)
    assert (found.spent_hour, found.spent_day) == (1, 1)
    assert AuditEvent.objects.filter(action="identity.viewed").count() == len(Part.values)


def test_names_that_are_searched_for_and_rows_that_are_opened_count(cast: Cast) -> None:
    incident = factories.incident()
    looking.find_people(actor=cast.worker, incident=incident, text="Luz")
    assert standing(cast.worker).spent_hour == 1


def test_people_opened_together_count_each(cast: Cast) -> None:
    incident = factories.incident()
    both = [factories.exposure(incident=incident) for _one in range(2)]
    looking.look_at_all(actor=cast.worker, exposures=both, parts=[Part.IDENTITY], reason="check")
    assert standing(cast.worker).spent_hour == 2


def test_the_fourth_of_five_is_a_warning_and_the_sixth_is_refused(cast: Cast) -> None:
    exposure = factories.exposure()
    for _number in range(3):
        look(cast.worker, exposure)
    assert not standing(cast.worker).is_near_the_end
    assert not alarms_visible_to(cast.supervisor).exists()
    look(cast.worker, exposure)
    assert standing(cast.worker).is_near_the_end
    warning = alarms_visible_to(cast.supervisor).get()
    assert (warning.action, warning.subject_id) == ("budget.warned", str(cast.worker.pk))
    assert warning.changes == {"window": "hour", "spent": 3, "wanted": 1, "limit": 5}
    look(cast.worker, exposure)
    with pytest.raises(BudgetSpent, match="ask a supervisor"):
        look(cast.worker, exposure)
    assert AuditEvent.objects.filter(action="identity.viewed").count() == 5
    refusal = alarms_visible_to(cast.privacy)[0]
    assert (refusal.action, refusal.changes["spent"]) == ("budget.refused", 5)
    assert not alarms_visible_to(cast.worker).exists()


def test_searches_are_refused_like_looks_and_nothing_is_searched(cast: Cast) -> None:
    spent(cast.worker, 5)
    with pytest.raises(BudgetSpent):
        looking.find_people(actor=cast.worker, incident=factories.incident(), text="Luz")
    assert not AuditEvent.objects.filter(action="people.searched").exists()


def test_an_hour_is_over_after_an_hour_and_a_day_after_a_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can date an event back, so the hour and the day are made short instead."""
    exposure = factories.exposure()
    spent(cast.worker, 5)
    chained()
    with pytest.raises(BudgetSpent, match="last hour"):
        look(cast.worker, exposure)
    monkeypatch.setattr(looks, "HOUR", timedelta(0))
    look(cast.worker, exposure)
    spent(cast.worker, 2)
    chained()
    with pytest.raises(BudgetSpent, match="24 hours"):
        look(cast.worker, exposure)
    monkeypatch.setattr(looks, "DAY", timedelta(0))
    look(cast.worker, exposure)


def test_somebody_else_may_grant_more_for_a_day_and_nobody_themselves(cast: Cast) -> None:
    spent(cast.worker, 5)
    budgets.grant(actor=cast.supervisor, user=cast.worker, more=2, reason="Calls of the evening")
    look(cast.worker, factories.exposure())
    assert standing(cast.worker).limit_hour == 7
    granted = AuditEvent.objects.get(action="budget.granted")
    assert (granted.subject_id, granted.changes) == (str(cast.worker.pk), {"more": 2})
    for actor, refusal in (
        (cast.worker, NotAllowed), (cast.attorney, NotAllowed), (cast.auditor, NotAllowed),
    ):  # fmt: skip
        with pytest.raises(refusal):
            budgets.grant(actor=actor, user=cast.worker, more=1, reason="Please")
    for user, more in ((cast.supervisor, 1), (cast.worker, 9), (cast.mail_room, 1)):
        with pytest.raises(GrantRefused):
            budgets.grant(actor=cast.supervisor, user=user, more=more, reason="More")


def test_a_grant_of_yesterday_is_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets.grant(actor=cast.supervisor, user=cast.worker, more=5, reason="Calls of the evening")
    chained()
    assert standing(cast.worker).granted == 5
    monkeypatch.setattr(looks, "DAY", timedelta(0))
    assert standing(cast.worker).granted == 0


def test_a_desk_without_a_budget_opens_nothing_unless_it_is_known_to_need_none(
    settings: Settings,
) -> None:
    settings.REVEAL_BUDGETS = {"supervisor": (9, 9)}
    assert limits_of(Role.CASE_WORKER) == (60, 300)
    assert limits_of(Role.SUPERVISOR) == (9, 9)
    assert limits_of("a new desk") == (0, 0)
    assert limits_of(Role.MAIL_ROOM) is None
    assert warning_at(60) == 48
    assert warning_at(1) == 1


def test_a_reason_is_of_the_list_or_in_words_of_ones_own(cast: Cast) -> None:
    exposure = factories.exposure()
    for reason, words in (("because", ""), ("other", "short"), ("", "a long enough reason")):
        with pytest.raises(LookRefused):
            looking.look_at(
                actor=cast.worker, exposure=exposure, parts=[Part.IDENTITY], reason=reason, words=words
            )  # fmt: skip
    looking.look_at(
        actor=cast.worker, exposure=exposure, parts=[Part.IDENTITY], reason="other",
        words="Asked for  by the ombudsman",
    )  # fmt: skip
    assert AuditEvent.objects.get(action="identity.viewed").reason == "Asked for by the ombudsman"


def test_who_may_not_see_the_person_opens_nothing(cast: Cast) -> None:
    joined = factories.exposure(of=factories.person(merged_into=factories.person()))
    with pytest.raises(Exposure.DoesNotExist):
        look(cast.worker, joined)
    with pytest.raises(NotAllowed):
        look(cast.auditor, factories.exposure())


def test_every_look_that_is_recorded_somewhere_is_counted_or_known_to_be_free() -> None:
    # Counsel, of own clients; and attorneys looked for by name, who are nobody that was disclosed.
    free = {"notice.opened", "attorney.searched"}
    found = {name for name in ACTIONS if name.endswith((".viewed", ".searched", ".fetched"))}
    assert found - free == set(COUNTED_LOOKS)


@pytest.mark.django_db(transaction=True)
def test_of_two_looks_at_once_for_the_last_place_one_is_refused() -> None:
    worker, exposure = factories.user(Role.CASE_WORKER), factories.exposure()
    for _number in range(4):
        look(worker, exposure)
    start, outcomes = threading.Barrier(4), []

    def try_it() -> None:
        start.wait()
        try:
            look(worker, exposure)
            outcomes.append("opened")
        except BudgetSpent:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_it) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["opened", "refused", "refused", "refused"]
    assert AuditEvent.objects.filter(action="identity.viewed").count() == 5


def test_many_users_cost_as_many_queries_as_one(cast: Cast) -> None:
    users = [factories.user(Role.CASE_WORKER) for _number in range(20)]
    look(users[3], factories.exposure())
    with CaptureQueriesContext(connection) as counted:
        found = standings(users)
    assert len(counted) == 2
    assert [one.spent_day for one in found.values()].count(1) == 1
