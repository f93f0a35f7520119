"""The clock of the case file: what waits is found, with its progress seen from outside and its lease kept alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse

from breach import tasks
from breach.models import Incident, Roster, RosterJob
from breach.models.roster_jobs import JobState
from breach.services import rosters, rosters_jobs
from breach.services.rosters_asking import ask_to_read, stop_job
from breach.services.users import system_user
from tests import factories
from tests.breach.services.lists import twenty
from tests.factories import Cast
from tests.signing_in import client_of

PEOPLE = twenty({}, {"A-Number": "A000100014", "Last Name": "Otherwise", "First Name": "Bea"})


@pytest.fixture
def scene(transactional_db: None) -> tuple[Cast, Incident]:
    return factories.cast(), factories.incident()


def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def slow_check(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Checking waits, saying every moment how far it is, until the event is set."""
    go_on, check = threading.Event(), rosters.check_roster

    def slow(**given: Any) -> Any:
        while not go_on.wait(0.05):
            given["progress"]("check", 1, 2)
        return check(**given)

    monkeypatch.setattr(rosters, "check_roster", slow)
    return go_on


def in_a_worker(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()  # those of this thread

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_every_task_of_the_import_has_its_own_queue_and_its_own_beat() -> None:
    assert tasks.import_due.name.startswith("breach.tasks.import")
    assert settings.CELERY_TASK_ROUTES["breach.tasks.import*"] == {"queue": "import"}
    beats = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.import_due.name in beats


def test_progress_is_seen_from_outside_and_the_lease_lives_while_the_work_goes_on(
    scene: tuple[Cast, Incident], slow_check: threading.Event
) -> None:
    cast, incident = scene
    job = ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    worker = in_a_worker(tasks.import_due)
    until(lambda: RosterJob.objects.filter(pk=job.pk, stage="check", done=1, total=2).exists())
    assert not Roster.objects.exists(), "the work itself is one transaction"
    RosterJob.objects.update(lease_until="2020-01-01T00:00Z")
    until(lambda: not rosters_jobs.waiting().exists())
    slow_check.set()
    worker.join()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert Roster.objects.get().new == 2


def test_a_running_job_is_stopped_from_the_page_and_undone(
    scene: tuple[Cast, Incident], slow_check: threading.Event
) -> None:
    cast, incident = scene
    job = ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    worker = in_a_worker(tasks.import_due)
    until(lambda: RosterJob.objects.filter(pk=job.pk, stage="check").exists())
    stop_job(actor=cast.supervisor, job=job)
    worker.join(timeout=20)  # the event was never set: the worker noticed by itself
    assert not worker.is_alive()
    assert not Roster.objects.exists()
    assert RosterJob.objects.get().state == JobState.CANCELLED


def test_where_no_worker_runs_the_page_says_so_and_does_it_on_request(
    scene: tuple[Cast, Incident],
) -> None:
    cast, incident = scene
    client = client_of(cast.supervisor)
    given = {"file": SimpleUploadedFile("list.csv", PEOPLE), "source": ""}
    page = client.post(reverse("roster-upload", args=[incident.slug]), given).url
    assert "No worker has started it" not in client.get(page).content.decode()
    RosterJob.objects.update(asked_at="2020-01-01T00:00Z")
    assert "No worker has started it" in client.get(page).content.decode()
    done = client.post(f"{page}here/", follow=True)
    assert done.redirect_chain[-1][0] == reverse(
        "roster-detail", args=[incident.slug, Roster.objects.get().pk]
    )
    again = client.post(f"{page}here/", follow=True)
    assert "A worker has started it in the meantime" in again.content.decode()


def test_the_clock_takes_up_what_a_dead_worker_left(scene: tuple[Cast, Incident]) -> None:
    cast, incident = scene
    ask_to_read(actor=cast.supervisor, incident=incident, data=PEOPLE)
    assert rosters_jobs.claim_job(actor=system_user(), lease=timedelta(seconds=-1))
    tasks.import_due()
    assert RosterJob.objects.get().state == JobState.DONE
