"""A case worker's day in a real browser: every page sound at both widths, also without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from breach.core.roles import Role
from breach.models import (
    ContactLogEntry,
    DuplicatePair,
    Exposure,
    FollowUpKind,
    RiskTier,
    Roster,
    User,
)
from breach.services import clock, contacts, followups
from tests import factories, second_person
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

K = FollowUpKind


@pytest.fixture
def worker(site: str) -> User:
    return factories.user(Role.CASE_WORKER, languages=("es",), first_name="Wanda")


@pytest.fixture
def exposure(worker: User) -> Exposure:
    """Somebody with a worklist, earlier contacts and a record that looks alike."""
    supervisor = factories.user(Role.SUPERVISOR, first_name="Susan")
    incident = factories.incident(opened_by=supervisor)
    exposure = factories.exposure(incident=incident, risk_tier=RiskTier.CRITICAL)
    other = factories.exposure(of=factories.person(given_names="Luz María"), incident=incident)
    for kind, days, about in (
        (K.RETURNED, -3, exposure),
        (K.NO_ROUTE, 0, other),
        (K.AWAIT_PROOF, 4, other),
    ):
        followups.open_follow_up(
            actor=supervisor, incident=incident, exposure=about, kind=kind, owner=worker,
            reason="No proof of delivery yet. Ask the facility or the carrier.",
            due_on=clock.today() + timedelta(days=days),
        )  # fmt: skip
    contacts.log_contact(
        actor=worker, exposure=exposure, at=clock.now(), channel="phone", reached="nobody", outcome="no_answer",
        note="Ring twice",
    )  # fmt: skip
    followups.open_follow_up(
        actor=supervisor, incident=incident, exposure=other, kind=K.AMBIGUOUS, owner=worker,
        reason="Unknown whether a notice went out", due_on=clock.today(),
    )  # fmt: skip
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, size=1, imported_by=supervisor
    )
    first, second = sorted((exposure.person, other.person), key=lambda one: one.pk)
    DuplicatePair.objects.create(
        first=first,
        second=second,
        roster=roster,
        score=88,
        reasons=["same_birth_date", "part_of_given_name"],
    )
    return exposure


def test_from_the_worklist_to_a_logged_contact_and_its_next_action(
    visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(reverse("worklist"))
    visitor.assert_sound("worklist")
    page.get_by_role("link", name="Notice came back").click()
    visitor.assert_sound("follow-up")
    page.get_by_role("link", name="Log a contact").click()
    visitor.assert_sound("contact-log")
    page.get_by_label("What came of it").select_option("appointment")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("Luz Quintanilla").first).to_be_visible()
    expect(page.get_by_text("Ring twice")).to_be_visible()
    visitor.assert_sound("contact-log-open")
    expect(page.get_by_label("What came of it")).to_have_value("appointment")
    page.get_by_role("button", name="Save the contact").click()
    expect(page.get_by_text("Logged. Next: Call again")).to_be_visible()
    assert ContactLogEntry.objects.count() == 2
    expect(page.get_by_text("Ring twice")).to_have_count(0)


def test_direct_contact_is_refused_with_the_counsels_contact(
    plain_visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    factories.representation(exposure.person)
    plain_visitor.arrive_as(worker)
    parts = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
    page = plain_visitor.open(reverse("contact-log", kwargs=parts))
    page.get_by_label("Who was reached").select_option("person")
    page.get_by_label("What came of it").select_option("understood")
    page.get_by_role("button", name="Save the contact").click()
    expect(page.get_by_text("contact goes through counsel").first).to_be_visible()
    assert ContactLogEntry.objects.count() == 1


def test_a_follow_up_ends_with_what_comes_next(
    visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(reverse("worklist"))
    page.get_by_role("link", name="Notice came back").click()
    page.get_by_role("link", name="Choose another date").click()
    visitor.assert_sound("follow-up-later")
    page.go_back()
    page.get_by_role("link", name="Close it").click()
    visitor.assert_sound("follow-up-close")
    page.get_by_label("What happens next").select_option("call_back")
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Say by when the next action is due.").first).to_be_visible()
    page.get_by_label("By when").fill(clock.today().isoformat())
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("The follow-up is closed.")).to_be_visible()
    visitor.assert_sound("follow-up-closed")


def test_two_records_side_by_side_are_decided_and_taken_apart(
    visitor: Visitor, worker: User, exposure: Exposure
) -> None:
    visitor.arrive_as(worker)
    page = visitor.open(reverse("duplicates-list", kwargs={"slug": exposure.incident.slug}))
    visitor.assert_sound("duplicates-list")
    page.get_by_role("link", name=exposure.person.reference).click()
    visitor.assert_sound("duplicates-review")
    page.get_by_role("button", name="Open the values").click()
    visitor.assert_sound("duplicates-open")
    page.get_by_label(f"One person: keep {exposure.person.reference}").check()
    page.get_by_label("Reason").fill("Same A-number on the form")
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_text("Another person is asked to confirm")).to_be_visible()
    pair = DuplicatePair.objects.get()
    second_person.approves(exposure.incident.opened_by, pair)
    page = visitor.open(
        reverse("duplicates-part", kwargs={"slug": exposure.incident.slug, "pk": pair.pk})
    )
    visitor.assert_sound("duplicates-part")
    page.get_by_label("Reason").fill("Two sisters after all")
    page.get_by_role("button", name="Take them apart").click()
    expect(page.get_by_text("are separate again")).to_be_visible()
