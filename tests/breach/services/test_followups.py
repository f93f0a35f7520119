"""The next action always exists, has an owner and a date, and is one per person and kind."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from breach.core.roles import Role
from breach.models import AuditEvent, Desk, FollowUp, FollowUpKind, RiskTier, Roster, RosterRow
from breach.models.followups import FollowUpState
from breach.services import clock, due_dates, followups, holds
from breach.services.users import system_user
from tests import factories
from tests.factories import Cast

KIND = FollowUpKind.CALL_BACK
# Under one on an idle machine of two cores; the suite shares the machine with itself.


def opened(actor, exposure, kind=KIND, days=3, reason="Call again", **more):
    return followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, kind=kind, reason=reason,
        due_on=clock.today() + timedelta(days=days), **more,
    )  # fmt: skip


def test_a_repeated_event_moves_the_follow_up_instead_of_piling_up(cast: Cast) -> None:
    exposure = factories.exposure()
    first = opened(cast.worker, exposure, days=3)
    again = opened(cast.worker, exposure, days=1, reason="Bounced again")
    later = opened(cast.worker, exposure, days=9)
    assert first.pk == again.pk == later.pk
    kept = FollowUp.objects.get()
    assert kept.due_on == clock.today() + timedelta(days=1)
    assert kept.reason == "Call again"


def test_the_owner_speaks_the_language_and_has_least_to_do(cast: Cast) -> None:
    second = factories.user(Role.CASE_WORKER, languages=("es", "quc"))
    for _number in range(3):
        opened(
            cast.worker, factories.exposure(of=factories.person(language="en")), owner=cast.worker
        )
    assert opened(cast.worker, factories.exposure()).owner == second
    assert (
        opened(cast.worker, factories.exposure(of=factories.person(language="quc"))).owner == second
    )


def test_the_persons_own_case_worker_comes_first(cast: Cast) -> None:
    factories.user(Role.CASE_WORKER, languages=("es",))
    exposure = factories.exposure(caseworker=cast.worker)
    opened(cast.worker, factories.exposure(), owner=cast.worker)
    assert opened(cast.worker, exposure).owner == cast.worker


def test_nobody_who_speaks_the_language_leaves_it_to_the_desk(cast: Cast) -> None:
    follow_up = opened(cast.worker, factories.exposure(of=factories.person(language="am")))
    assert (follow_up.owner, follow_up.desk) == (None, Desk.CASE_WORKER)


def test_a_threat_goes_to_the_supervisors_and_a_risk_lifts_but_never_above_a_threat(
    cast: Cast,
) -> None:
    threat = opened(cast.worker, factories.exposure(), kind=FollowUpKind.SAFETY_CONCERN)
    critical = opened(cast.worker, factories.exposure(risk_tier=RiskTier.CRITICAL))
    standard = opened(cast.worker, factories.exposure())
    assert threat.desk == Desk.SUPERVISOR
    assert threat.owner in (cast.supervisor, cast.second_supervisor)
    assert threat.priority < critical.priority < standard.priority


def test_many_next_actions_are_opened_once_and_shared_out_evenly(cast: Cast) -> None:
    incident = factories.incident()
    exposures = factories.crowd(600, incident=incident)
    rows = [
        followups.NextAction(exposure.pk, FollowUpKind.PREPARE, "Prepare the notice", clock.today())
        for exposure in exposures
    ]
    assert followups.open_many(actor=system_user(), incident=incident, rows=rows) == 600
    assert followups.open_many(actor=system_user(), incident=incident, rows=rows) == 0
    owners = FollowUp.objects.filter(owner=cast.supervisor).count()
    assert abs(owners - FollowUp.objects.filter(owner=cast.second_supervisor).count()) <= 1
    assert AuditEvent.objects.filter(action="follow_ups.opened").get().changes["count"] == 600


def test_many_are_opened_only_in_their_own_incident(cast: Cast) -> None:
    elsewhere = factories.exposure()
    row = followups.NextAction(elsewhere.pk, KIND, "Call", clock.today())
    assert followups.open_many(actor=cast.worker, incident=factories.incident(), rows=[row]) == 0


def test_the_last_next_action_of_somebody_untold_cannot_just_be_closed(cast: Cast) -> None:
    follow_up = opened(cast.worker, factories.exposure())
    with pytest.raises(followups.LastNextAction):
        followups.close(actor=cast.worker, follow_up=follow_up, reason="Done")
    then = followups.NextAction(
        follow_up.exposure_id, FollowUpKind.AWAIT_PROOF, "Wait", clock.today() + timedelta(days=2)
    )
    followups.close(actor=cast.worker, follow_up=follow_up, reason="Done", then=then)
    states = dict(FollowUp.objects.values_list("kind", "state"))
    assert states == {KIND: FollowUpState.DONE, FollowUpKind.AWAIT_PROOF: FollowUpState.OPEN}


def test_with_proof_of_notice_the_last_one_can_be_closed(cast: Cast) -> None:
    exposure = factories.exposure()
    follow_up = opened(cast.worker, exposure)
    holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=clock.now(), evidence_id=uuid4()
    )
    closed = followups.close(actor=cast.worker, follow_up=follow_up, reason="Told")
    assert (closed.state, closed.closed_by) == (FollowUpState.DONE, cast.worker)
    with pytest.raises(followups.AlreadyClosed):
        followups.close(actor=cast.worker, follow_up=follow_up, reason="Told")


def test_an_event_closes_its_kinds_and_leaves_the_others(cast: Cast) -> None:
    exposure = factories.exposure()
    opened(cast.worker, exposure)
    opened(cast.worker, exposure, kind=FollowUpKind.RETURNED)
    assert (
        followups.close_kinds(actor=cast.worker, exposure=exposure, kinds=[KIND], reason="Reached")
        == 1
    )
    assert FollowUp.objects.get(state=FollowUpState.OPEN).kind == FollowUpKind.RETURNED
    assert followups.supersede(actor=cast.worker, exposure=exposure, reason="Joined") == 1
    assert FollowUp.objects.filter(state=FollowUpState.SUPERSEDED).count() == 1


def test_only_who_may_assign_gives_work_to_somebody_who_does_it(cast: Cast) -> None:
    follow_up = opened(cast.worker, factories.exposure())
    with pytest.raises(PermissionDenied):
        followups.assign(actor=cast.worker, follow_ups=[follow_up], owner=cast.worker)
    with pytest.raises(followups.CannotOwn):
        followups.assign(actor=cast.supervisor, follow_ups=[follow_up], owner=cast.stranger)
    assert (
        followups.assign(
            actor=cast.supervisor, follow_ups=[follow_up], owner=cast.second_supervisor
        )
        == 1
    )
    follow_up.refresh_from_db()
    assert follow_up.owner == cast.second_supervisor
    followups.assign(actor=cast.supervisor, follow_ups=[follow_up], owner=None)
    assert followups.take(actor=cast.worker, follow_up=follow_up).owner == cast.worker


def test_a_follow_up_of_another_desk_is_not_there_for_a_case_worker(cast: Cast) -> None:
    follow_up = opened(cast.supervisor, factories.exposure(), kind=FollowUpKind.SAFETY_CONCERN)
    with pytest.raises(FollowUp.DoesNotExist):
        followups.take(actor=cast.worker, follow_up=follow_up)
    with pytest.raises(PermissionDenied):
        followups.take(actor=cast.stranger, follow_up=follow_up)


def test_nothing_is_rescheduled_into_the_past(cast: Cast) -> None:
    follow_up = opened(cast.worker, factories.exposure())
    yesterday = clock.today() - timedelta(days=1)
    with pytest.raises(due_dates.DueInThePast):
        followups.reschedule(actor=cast.worker, follow_up=follow_up, due_on=yesterday)
    moved = followups.reschedule(actor=cast.worker, follow_up=follow_up, due_on=clock.today())
    assert (moved.due_on, moved.reason) == (clock.today(), "Call again")


def test_the_roster_stays_on_a_desk_while_rows_of_it_are_nobodys(cast: Cast) -> None:
    incident = factories.incident()
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, size=1, status="committed", rows=1, conflict=1,
        imported_by=cast.supervisor,
    )  # fmt: skip
    row = RosterRow.objects.create(roster=roster, number=1, outcome="conflict")
    follow_up = followups.open_follow_up(
        actor=cast.supervisor, incident=incident, roster=roster, kind=FollowUpKind.ROSTER_ROWS,
        reason="Rows wait", due_on=clock.today(),
    )  # fmt: skip
    with pytest.raises(followups.LastNextAction, match="still undecided"):
        followups.close(actor=cast.supervisor, follow_up=follow_up, reason="enough")
    RosterRow.objects.filter(pk=row.pk).update(resolved_at=clock.now())
    followups.close(actor=cast.supervisor, follow_up=follow_up, reason="done")


@pytest.mark.django_db(transaction=True)
def test_two_who_close_the_last_two_next_actions_at_once_leave_one() -> None:
    supervisor, exposure = factories.user(Role.SUPERVISOR), factories.exposure()
    both = [opened(supervisor, exposure, kind) for kind in (KIND, FollowUpKind.NO_ROUTE)]
    ready = Barrier(2)

    def close(follow_up: FollowUp) -> bool:
        try:
            with transaction.atomic():
                FollowUp.objects.get(pk=follow_up.pk)
                ready.wait()
                followups.close(actor=supervisor, follow_up=follow_up, reason="done")
                time.sleep(0.3)
        except followups.LastNextAction:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as two:
        assert sorted(two.map(close, both)) == [False, True]
    assert FollowUp.objects.filter(state="open").count() == 1
