"""Opening a file in a real browser: one form, any of three parts, sound at both widths, without scripts too."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django import Settings

from breach.core.roles import Role
from breach.models import Exposure, Guardian, User
from breach.services import clock, contacts, people
from tests import factories
from tests.browser.visitor import Visitor
from tests.unwritable import accept_history, refuse_history

pytestmark = pytest.mark.browser


@pytest.fixture
def worker(site: str) -> User:
    return factories.user(Role.CASE_WORKER, languages=("es",), first_name="Wanda")


@pytest.fixture
def exposure(worker: User) -> Exposure:
    """Somebody of whom everything is known, moved once."""
    person = factories.person(a_number="A012345678", safe_contact_note="Never before dark")
    exposure = factories.exposure(of=person)
    factories.placement(person, at=factories.facility(name="Invented County Jail"))
    people.add_contact_point(
        actor=worker, person=person, kind="phone", value="+12025550188", verified=True, safe=False
    )
    Guardian(person=person, name="Rosa Guardiana", relationship="aunt").save()
    contacts.log_contact(
        actor=worker, exposure=exposure, at=clock.now(), channel="phone", reached="nobody",
        outcome="no_answer", note="Ring twice",
    )  # fmt: skip
    return exposure


def file_of(exposure: Exposure, name: str = "person-detail") -> str:
    return reverse(name, args=[exposure.incident.slug, exposure.person.reference])


def open_all(visitor: Visitor) -> None:
    for part in ("identity", "whereabouts", "contacts"):
        visitor.page.locator(f"input[name=parts][value={part}]").set_checked(True, force=True)
    visitor.page.locator("select[name=why]").select_option("call")
    visitor.page.locator("#reveal-panel button[type=submit]").click()


def test_everything_opens_beside_the_file_and_closes_again(
    visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(file_of(exposure))
    visitor.assert_sound("reveal-closed")
    open_all(visitor)
    for text in ("Luz Quintanilla", "Invented County Jail", "+12025550188", "Ring twice"):
        expect(page.get_by_text(text).first).to_be_visible()
    expect(page.locator("#person-looks").get_by_text("Wanda").first).to_be_visible()
    expect(page.locator("#person-history").get_by_text("Nothing recorded yet")).to_have_count(0)
    visitor.assert_sound("reveal-open")
    page.get_by_role("link", name="Close it again").click()
    expect(page.get_by_text("Luz Quintanilla")).to_have_count(0)
    page.get_by_role("link", name="All looks").click()
    visitor.assert_sound("person-looks")


def test_it_opens_without_scripts(plain_visitor: Visitor, worker: User, exposure: Exposure) -> None:
    plain_visitor.arrive_as(worker)
    page = plain_visitor.open(file_of(exposure))
    open_all(plain_visitor)
    expect(page.get_by_text("Luz Quintanilla").first).to_be_visible()
    expect(page.get_by_text("Invented County Jail").first).to_be_visible()


def test_it_reads_in_spanish(visitor: Visitor, worker: User, exposure: Exposure) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(file_of(exposure))
    page.get_by_role("button", name="Español").click()
    open_all(visitor)
    expect(page.get_by_text("Cerrarlo de nuevo")).to_be_visible()
    visitor.assert_sound("reveal-open-spanish")


def test_a_budget_warns_ends_and_is_widened_by_somebody_else(
    visitor: Visitor, worker: User, exposure: Exposure, settings: Settings
) -> None:
    settings.REVEAL_BUDGETS = {
        "case_worker": (4, 9),
        "supervisor": (9, 9),
        "privacy_officer": (9, 9),
    }
    visitor.arrive_as(worker)
    for _number in range(4):
        page = visitor.open(file_of(exposure))
        open_all(visitor)
        page.get_by_role("link", name="Close it again").wait_for()
    visitor.assert_sound("reveal-budget-spent")
    page = visitor.open(file_of(exposure))
    open_all(visitor)
    expect(page.get_by_text("there is no room for this").first).to_be_visible()
    visitor.assert_sound("reveal-refused")
    visitor.context.clear_cookies()
    visitor.arrive_as(factories.user(Role.SUPERVISOR, first_name="Susan"))
    page = visitor.open(reverse("home"))
    expect(page.get_by_text("a look was refused").first).to_be_visible()
    visitor.assert_sound("home-with-alarms")
    page.get_by_role("link", name="All budgets").click()
    visitor.assert_sound("looks")
    page.get_by_role("link", name="Grant more").first.click()
    visitor.assert_sound("looks-grant")
    page.get_by_label("How many more people").fill("5")
    page.get_by_label("Reason").fill("Calls of the evening")
    page.get_by_role("button", name="Grant it").click()
    expect(page.get_by_text("It is granted until this time tomorrow")).to_be_visible()


def test_the_panel_says_that_nothing_was_opened_when_it_could_not_be_recorded(
    visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(file_of(exposure))
    refuse_history()
    try:
        open_all(visitor)
        expect(page.get_by_text("Nothing was opened")).to_be_visible()
        expect(page.get_by_text("Luz Quintanilla")).to_have_count(0)
    finally:
        accept_history()
