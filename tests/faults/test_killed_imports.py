"""kill -9 while a roster is read or taken in: the next worker begins again, and nobody is there twice or in part."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now

from breach import tasks
from breach.models import AffectedPerson, Incident, Roster, RosterJob, RosterRow
from breach.models.roster_jobs import JobState
from breach.services import rosters, rosters_jobs
from breach.services.rosters_asking import ask_to_commit, ask_to_read
from tests import factories
from tests.breach.services.lists import twenty
from tests.factories import Cast

PEOPLE = twenty({}, {"A-Number": "A000100014", "Last Name": "Otherwise", "First Name": "Bea"})


@pytest.fixture
def scene(transactional_db: None) -> tuple[Cast, Incident]:
    return factories.cast(), factories.incident()


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(owner: Any, name: str) -> None:
    """A worker process that dies when it comes to this step."""

    def work() -> None:
        setattr(owner, name, die)
        tasks.import_due()

    _run(work, expecting=-signal.SIGKILL)
    RosterJob.objects.filter(state=JobState.RUNNING).update(
        lease_until=Now() - timedelta(seconds=1)
    )


def _run(work: Callable[[], None], expecting: int) -> None:
    connections.close_all()  # a connection must not be shared with a forked child
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(timeout=60)
    assert process.exitcode == expecting


@pytest.mark.parametrize(
    ("owner", "name"),
    [(rosters, "stage_roster"), (rosters, "check_roster"), (rosters_jobs, "_end")],
    ids=["before the rows", "between rows and outcomes", "before the last word"],
)
def test_a_reader_killed_at_any_step_is_followed_by_one_that_finishes(
    scene: tuple[Cast, Incident], owner: Any, name: str
) -> None:
    cast, incident = scene
    ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    killed_at(owner, name)
    assert not Roster.objects.exists()
    tasks.import_due()
    assert RosterJob.objects.get().state == JobState.DONE
    assert Roster.objects.get().new == RosterRow.objects.count() == 2


def test_a_commit_killed_before_its_last_word_takes_everybody_in_once(
    scene: tuple[Cast, Incident],
) -> None:
    cast, incident = scene
    ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    tasks.import_due()
    job = ask_to_commit(actor=cast.supervisor, roster=Roster.objects.get())
    killed_at(rosters_jobs, "_end")
    assert not AffectedPerson.objects.exists()
    tasks.import_due()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert AffectedPerson.objects.count() == 2


def test_a_file_that_ends_its_worker_twice_is_given_up_and_the_next_file_is_read(
    scene: tuple[Cast, Incident],
) -> None:
    cast, incident = scene
    deadly = ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    for _try in range(2):
        killed_at(rosters, "stage_roster")
    good = ask_to_read(actor=cast.supervisor, incident=factories.incident(), data=PEOPLE)
    tasks.import_due()
    deadly.refresh_from_db()
    good.refresh_from_db()
    assert (deadly.state, good.state) == (JobState.FAILED, JobState.DONE)
    assert "begun twice" in str(deadly.problem)
