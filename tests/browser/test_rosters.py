"""A roster comes in through the page: its progress, with and without JavaScript, with and without a worker."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page, expect

from breach import tasks
from breach.models import Incident, RosterJob, User
from breach.services import rosters
from tests import factories
from tests.breach.services.lists import twenty
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PEOPLE = twenty({}, {"A-Number": "A000100014", "Last Name": "Otherwise", "First Name": "Bea"})


@pytest.fixture
def incident(site: str) -> Incident:
    return factories.incident()


@pytest.fixture
def slow_worker(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A worker that begins when it is told to, and then says it is half way until it is told to finish."""
    told, check = threading.Event(), rosters.check_roster

    def slow(**given: Any) -> Any:
        while not told.wait(0.05):
            given["progress"]("check", 3_126, 6_252)
        return check(**given)

    monkeypatch.setattr(rosters, "check_roster", slow)
    yield told
    told.set()


def in_a_worker() -> threading.Thread:
    def run() -> None:
        try:
            tasks.import_due()
        finally:
            connections.close_all()  # those of this thread

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def uploaded(visitor: Visitor, incident: Incident, data: bytes) -> Page:
    page = visitor.open(reverse("roster-upload", kwargs={"slug": incident.slug}))
    given = {"name": "list.csv", "mimeType": "text/csv", "buffer": data}
    page.locator("input[type=file]").set_input_files(files=[given])
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url(re.compile("/rosters/jobs/"))
    return page


def test_the_page_shows_how_far_a_worker_is_and_then_the_report(
    visitor: Visitor, supervisor: User, incident: Incident, slow_worker: threading.Event
) -> None:
    visitor.arrive_as(supervisor)
    page = uploaded(visitor, incident, PEOPLE)
    expect(page.get_by_text("Waiting for a worker to start.")).to_be_visible()
    visitor.assert_sound("roster-job-waiting")
    RosterJob.objects.update(asked_at="2020-01-01T00:00Z")
    expect(page.get_by_text("No worker has started it yet")).to_be_visible()
    visitor.assert_sound("roster-job-nobody")
    worker = in_a_worker()
    expect(page.get_by_text("3,126 of 6,252")).to_be_visible()
    expect(page.get_by_text("Being worked on")).to_be_visible()
    visitor.assert_sound("roster-job-running")
    slow_worker.set()
    worker.join()
    expect(page.get_by_role("link", name="Import it")).to_be_visible()
    page.get_by_role("link", name="Import it").click()
    page.get_by_role("button", name="Import it").click()
    page.wait_for_url(re.compile("/rosters/jobs/"))
    page.goto(page.url.partition("jobs/")[0])
    visitor.assert_sound("roster-list-with-work")
    page.locator("table").get_by_role("link").first.click()
    visitor.assert_sound("roster-being-worked-on")
    in_a_worker().join()
    page.reload()
    expect(page.get_by_text("Committed").first).to_be_visible()


def test_without_javascript_and_without_a_worker_a_roster_still_comes_in(
    plain_visitor: Visitor, supervisor: User, incident: Incident
) -> None:
    plain_visitor.arrive_as(supervisor)
    page = uploaded(plain_visitor, incident, PEOPLE)
    RosterJob.objects.update(asked_at="2020-01-01T00:00Z")
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Do it here").click()
    expect(page.get_by_role("link", name="Import it")).to_be_visible()


def test_work_is_stopped_and_a_bad_file_is_explained(
    visitor: Visitor, supervisor: User, incident: Incident
) -> None:
    visitor.arrive_as(supervisor)
    page = uploaded(visitor, incident, PEOPLE)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Nothing was kept or changed.")).to_be_visible()
    visitor.assert_sound("roster-job-stopped")
    page = uploaded(visitor, incident, b"Colour,Size\nred,5\n")
    in_a_worker().join()
    expect(page.get_by_text("The file has no column for")).to_be_visible()
    visitor.assert_sound("roster-job-failed")
