"""Two people in two windows: one asks on the page of the pair, the other approves exactly that."""

from __future__ import annotations

import pytest
from django.urls import reverse

from breach.core.roles import Role
from breach.models import Approval, DuplicatePair, Exposure, Roster
from breach.services import granting, merging
from tests import factories
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def approval(site: str) -> Approval:
    cast = factories.cast()
    first_exposure = factories.exposure()
    incident = first_exposure.incident
    exposures = [first_exposure, factories.exposure(incident=incident)]
    first, second = sorted((one.person for one in exposures), key=lambda person: person.pk)
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, imported_by=cast.supervisor, size=1
    )
    pair = DuplicatePair.objects.create(
        first=first, second=second, score=90, reasons=["same_name"], roster=roster
    )
    granting.propose_account(
        actor=factories.user(Role.ADMINISTRATOR), username="new.one", role=Role.CASE_WORKER, password=None
    )  # fmt: skip
    return merging.ask_to_join(actor=cast.worker, pair=pair, keep=first, reason="Same photograph")


def test_a_second_person_reads_and_approves(visitor: Visitor, approval: Approval) -> None:
    supervisor = Approval.objects.get(kind="merge").incident.opened_by
    visitor.arrive_as(supervisor)
    page = visitor.open(reverse("home"))
    visitor.assert_sound("approvals-home")
    page.goto(visitor.base + reverse("approval-list"))
    visitor.assert_sound("approval-list")
    page.get_by_role("link", name="Join two records").first.click()
    visitor.assert_sound("approval-detail")
    page.get_by_role("button", name="Refuse", exact=True).click()
    visitor.assert_sound("approval-detail-wrong")
    page.get_by_label("Note for the history").fill("Compared both records")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved, and done.").wait_for()
    page.get_by_role("link", name="Join two records").first.click()
    visitor.assert_sound("approval-decided")
    page.goto(visitor.base + reverse("approval-list"))
    page.get_by_role("link", name="Account and desk").first.click()
    visitor.assert_sound("approval-account")


def test_who_asked_can_only_take_it_back(visitor: Visitor, approval: Approval) -> None:
    visitor.arrive_as(approval.requested_by)
    page = visitor.open(reverse("approval-detail", args=[approval.pk]))
    visitor.assert_sound("approval-own")
    page.get_by_role("button", name="Take the request back").click()
    page.get_by_text("Your request is taken back.").wait_for()
    visitor.assert_sound("approval-list-empty")


def test_the_pages_that_ask(visitor: Visitor, approval: Approval) -> None:
    visitor.arrive_as(approval.requested_by)
    exposure = Exposure.objects.filter(incident=approval.incident)[0]
    counsel = factories.representation(exposure.person)
    where = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
    for name, more in (
        ("notice-take-up", {}), ("notice-end", {"action": "unreachable"}), ("counsel-account", {"pk": counsel.pk}),
    ):  # fmt: skip
        visitor.open(reverse(name, kwargs=where | more))
        visitor.assert_sound(name)
    visitor.page.get_by_role("button", name="Ask another person").click()
    visitor.assert_sound("counsel-account-wrong")
