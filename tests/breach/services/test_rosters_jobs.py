"""Long work on rosters: rows in a queue, claimed by one worker at a time, all or nothing, and no upload outlives it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from breach.core.roles import NotAllowed
from breach.core.tabular import TabularError
from breach.models import AffectedPerson, AuditEvent, Incident, Roster, RosterJob, RosterRow, User
from breach.models.roster_jobs import JobState
from breach.models.rosters import RosterStatus
from breach.services import rosters, rosters_jobs
from breach.services.rosters import RosterRefused
from breach.services.rosters_asking import (
    JobRefused,
    ask_to_check,
    ask_to_commit,
    ask_to_read,
    stop_job,
)
from breach.services.rosters_columns import MappingRefused
from breach.services.rosters_jobs import JobClaim, JobLost, carry_out, claim_job
from breach.services.users import system_user
from tests import factories
from tests.breach.services.lists import four, twenty
from tests.factories import Cast

OVER = timedelta(seconds=-1)
PEOPLE = twenty({}, {"A-Number": "A000100014", "Last Name": "Planted Nombre", "First Name": "Bea"})


@pytest.fixture
def incident(db: None) -> Incident:
    return factories.incident()


@pytest.fixture
def system(db: None) -> User:
    return system_user()


def asked(cast: Cast, incident: Incident, data: bytes = PEOPLE) -> RosterJob:
    return ask_to_read(actor=cast.supervisor, incident=incident, data=data)


def worked_off(system: User) -> None:
    while claim := claim_job(actor=system):
        carry_out(actor=system, claim=claim)


def state(job: RosterJob) -> str:
    return RosterJob.objects.values_list("state", flat=True).get(pk=job.pk)


def staged(cast: Cast, incident: Incident, system: User) -> Roster:
    asked(cast, incident)
    worked_off(system)
    return Roster.objects.get()


def test_a_file_is_read_checked_and_taken_in_by_whoever_claims_the_work(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    assert not Roster.objects.exists(), "asking reads nothing"
    worked_off(system)
    job.refresh_from_db()
    assert job.roster is not None
    assert (job.state, job.done, job.total, job.roster.new) == ("done", 2, 2, 2)
    commit = ask_to_commit(actor=cast.supervisor, roster=job.roster)
    worked_off(system)
    assert state(commit) == JobState.DONE
    assert AffectedPerson.objects.count() == 2
    committed = AuditEvent.objects.get(action="roster.committed")
    assert committed.actor_id == cast.supervisor.pk, "in the name of who asked, not of the worker"


def test_the_upload_is_sealed_while_it_waits_and_gone_when_its_rows_are_kept(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)

    def stored() -> bytes | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT file FROM breach_rosterjob WHERE id = %s", [job.pk])
            value = cursor.fetchone()[0]
        return None if value is None else bytes(value)

    assert b"Planted" not in (stored() or b"")
    assert len(stored() or b"") > len(PEOPLE)
    worked_off(system)
    assert stored() is None
    with (
        pytest.raises(IntegrityError, match="rosterjob_file_only_while_open"),
        transaction.atomic(),
    ):
        job.file = PEOPLE
        job.save(update_fields=["file"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"Colour,Size\nred,5\n", "The file has no column for"), (four(), "no rows")],
)
def test_a_file_that_cannot_be_taken_in_leaves_its_sentence_and_nothing_else(
    cast: Cast, incident: Incident, system: User, data: bytes, sentence: str
) -> None:
    job = asked(cast, incident, data)
    worked_off(system)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert sentence in str(job.problem)
    assert job.file is None
    assert not Roster.objects.exists()


def test_the_sentence_is_in_the_language_of_who_asked(
    cast: Cast, incident: Incident, system: User
) -> None:
    with translation.override("es"):
        job = asked(cast, incident, b"Colour,Size\nred,5\n")
    worked_off(system)
    job.refresh_from_db()
    assert "no tiene columna" in str(job.problem)


def test_what_is_plainly_impossible_is_refused_before_it_waits(
    cast: Cast, incident: Incident, system: User
) -> None:
    with pytest.raises(TabularError, match="empty"):
        asked(cast, incident, b"")
    with pytest.raises(NotAllowed):
        ask_to_read(actor=cast.worker, incident=incident, data=PEOPLE)
    roster = staged(cast, incident, system)
    with pytest.raises(MappingRefused):
        ask_to_check(actor=cast.supervisor, roster=roster, columns={"sex": "Gender"}, orders={})
    ask_to_commit(actor=cast.supervisor, roster=roster)
    worked_off(system)
    with pytest.raises(RosterRefused, match="already imported"):
        asked(cast, incident)


def test_the_same_file_twice_is_one_piece_of_work_and_two_files_are_two(
    cast: Cast, incident: Incident, system: User
) -> None:
    asked(cast, incident)
    with pytest.raises(JobRefused, match="being read already"):
        asked(cast, incident)
    asked(cast, factories.incident())
    asked(cast, incident, twenty({}))
    worked_off(system)
    assert Roster.objects.filter(incident=incident).count() == 2


def test_two_uploads_are_worked_on_at_once_by_two_workers(
    cast: Cast, incident: Incident, system: User
) -> None:
    asked(cast, incident), asked(cast, incident, twenty({}))
    first, second = claim_job(actor=system), claim_job(actor=system)
    assert first is not None
    assert second is not None
    assert first.job_id != second.job_id
    assert claim_job(actor=system) is None
    for claim in (second, first):
        carry_out(actor=system, claim=claim)
    assert set(RosterJob.objects.values_list("state", flat=True)) == {"done"}


def test_a_roster_has_one_piece_of_work_at_a_time_and_is_not_discarded_under_it(
    cast: Cast, incident: Incident, system: User
) -> None:
    roster = staged(cast, incident, system)
    job = ask_to_commit(actor=cast.supervisor, roster=roster)
    with pytest.raises(JobRefused, match="being worked on"):
        ask_to_commit(actor=cast.second_supervisor, roster=roster)
    with pytest.raises(RosterRefused, match="Stop that first"):
        rosters.discard_roster(actor=cast.supervisor, roster=roster)
    stop_job(actor=cast.supervisor, job=job)
    rosters.discard_roster(actor=cast.supervisor, roster=roster)
    assert not RosterRow.objects.exists()
    job.refresh_from_db()
    assert job.roster is None


def test_stopped_work_is_not_carried_out_and_is_not_stopped_twice(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    claim = claim_job(actor=system)
    assert claim is not None
    stop_job(actor=cast.supervisor, job=job)
    carry_out(actor=system, claim=claim)
    assert state(job) == JobState.CANCELLED
    assert not Roster.objects.exists()
    with pytest.raises(JobRefused, match="over already"):
        stop_job(actor=cast.supervisor, job=job)


def test_a_worker_taken_over_writes_nothing_and_says_it_is_lost(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    late = claim_job(actor=system, lease=OVER)
    again = claim_job(actor=system)
    assert late is not None
    assert again is not None
    assert again.fence == late.fence + 1
    assert not rosters_jobs.beat(claim=late, stage="stage", done=1, total=0)
    carry_out(actor=system, claim=late)
    assert not Roster.objects.exists()
    assert rosters_jobs.beat(claim=again, stage="stage", done=1, total=0)
    carry_out(actor=system, claim=again)
    assert state(job) == JobState.DONE


def test_the_last_word_is_refused_to_a_worker_that_lost_its_job_meanwhile(
    cast: Cast, incident: Incident, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(cast, incident)
    claim = claim_job(actor=system)
    assert claim is not None
    stale = JobClaim(claim.job_id, claim.fence - 1)
    with pytest.raises(JobLost):
        rosters_jobs._end(stale, JobState.DONE)
    monkeypatch.setattr(rosters_jobs, "_end", lambda claim, state, **changes: _lose())
    carry_out(actor=system, claim=claim)
    assert not Roster.objects.exists()


def _lose() -> None:
    raise JobLost


def test_a_job_that_two_workers_did_not_survive_is_given_up_with_a_sentence(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    assert claim_job(actor=system, lease=OVER)
    assert claim_job(actor=system, lease=OVER)
    assert claim_job(actor=system) is None
    job.refresh_from_db()
    assert (job.state, job.file) == (JobState.FAILED, None)
    assert "begun twice" in str(job.problem)
    assert AuditEvent.objects.filter(action="roster_job.failed", subject_id=str(job.pk)).exists()


def test_a_fault_of_the_program_is_tried_once_more_and_no_trace_of_it_names_anybody(
    cast: Cast, incident: Incident, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(cast, incident)

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("Planted Nombre")

    monkeypatch.setattr(rosters, "check_roster", fault)
    for expected in (JobState.QUEUED, JobState.FAILED):
        claim = claim_job(actor=system)
        assert claim is not None
        carry_out(actor=system, claim=claim)
        assert state(job) == expected
    assert not Roster.objects.exists()
    job.refresh_from_db()
    assert "Planted" not in str(job.problem)


def test_a_worker_told_to_stop_gives_the_job_back_without_counting_a_try(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    claim = claim_job(actor=system)
    assert claim is not None

    def interrupt(*_at: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(actor=system, claim=claim, progress=interrupt)
    job.refresh_from_db()
    assert (job.state, job.tries) == (JobState.QUEUED, 0)
    assert not Roster.objects.exists()


def test_whoever_may_no_longer_import_when_the_worker_comes_imports_nothing(
    cast: Cast, incident: Incident, system: User
) -> None:
    job = asked(cast, incident)
    User.objects.filter(pk=cast.supervisor.pk).update(is_active=False)
    worked_off(system)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert not Roster.objects.exists()


def test_a_roster_committed_by_hand_meanwhile_is_not_committed_again(
    cast: Cast, incident: Incident, system: User
) -> None:
    roster = staged(cast, incident, system)
    job = ask_to_commit(actor=cast.supervisor, roster=roster)
    rosters.commit_roster(actor=cast.second_supervisor, roster=roster)
    worked_off(system)
    job.refresh_from_db()
    assert "not waiting any more" in str(job.problem)
    roster.refresh_from_db()
    assert roster.status == RosterStatus.COMMITTED
    assert AffectedPerson.objects.count() == 2
