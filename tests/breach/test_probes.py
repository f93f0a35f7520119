"""Each probe stays silent while the promise holds and finds the row that breaks it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from breach import probes
from breach.models import AffectedPerson, FollowUpKind, Roster, RosterRow
from breach.models.rosters import RosterStatus, RowOutcome
from breach.services import clock, followups, holds
from tests import factories
from tests.factories import Cast


def test_somebody_without_proof_and_without_next_action_is_found(cast: Cast) -> None:
    exposure = factories.exposure()
    assert list(probes.people_without_next_action(exposure.incident)) == [exposure]
    followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.PREPARE,
        reason="Prepare", due_on=clock.today(),
    )  # fmt: skip
    assert not probes.people_without_next_action(exposure.incident)
    told = factories.exposure(incident=exposure.incident)
    holds.start_hold(actor=cast.worker, exposure=told, notified_at=clock.now(), evidence_id=uuid4())
    assert not probes.people_without_next_action(exposure.incident)


def test_a_row_is_somebodys_or_somebodys_question(cast: Cast) -> None:
    incident = factories.incident()
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, size=1, status=RosterStatus.COMMITTED, rows=2, new=1, conflict=1,
        imported_by=cast.supervisor,
    )  # fmt: skip
    lost = RosterRow.objects.create(roster=roster, number=1, outcome=RowOutcome.NEW)
    asked = RosterRow.objects.create(roster=roster, number=2, outcome=RowOutcome.CONFLICT)
    assert set(probes.rows_without_one_person(incident)) == {lost, asked}
    followups.open_follow_up(
        actor=cast.supervisor, incident=incident, roster=roster, kind=FollowUpKind.ROSTER_ROWS,
        reason="Decide", due_on=clock.today(),
    )  # fmt: skip
    assert list(probes.rows_without_one_person(incident)) == [lost]


def test_work_of_somebody_who_left_is_found(cast: Cast) -> None:
    exposure = factories.exposure()
    follow_up = followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.CALL_BACK,
        reason="Call", due_on=clock.today(),
    )  # fmt: skip
    assert not probes.follow_ups_of_nobody(exposure.incident)
    type(cast.worker).objects.filter(pk=cast.worker.pk).update(is_active=False)
    assert list(probes.follow_ups_of_nobody(exposure.incident)) == [follow_up]


def test_a_removal_after_the_disclosure_and_before_notice_alarms(cast: Cast) -> None:
    exposure = factories.exposure()
    people = AffectedPerson.objects.filter(pk=exposure.person_id)
    people.update(removed_on=date(2022, 11, 1))
    assert not probes.removed_before_notice(exposure.incident)
    people.update(removed_on=date(2022, 12, 24))
    assert list(probes.removed_before_notice(exposure.incident)) == [exposure]
    told_at = datetime(2022, 12, 20, tzinfo=UTC)
    holds.start_hold(actor=cast.worker, exposure=exposure, notified_at=told_at, evidence_id=uuid4())
    assert not probes.removed_before_notice(exposure.incident)
