"""Two people in two windows: one asks on the page of the pair, the other approves exactly that."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pyrage import x25519

from breach.core.roles import Role
from breach.models import (
    Approval,
    DisclosureNature,
    DisclosurePurpose,
    DuplicatePair,
    Export,
    Exposure,
    RecipientKind,
    Roster,
)
from breach.services import granting, merging
from breach.services.disclosing import Disclosed, record_disclosures
from tests import factories, second_person
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
    page.get_by_role("button", name="Withdraw the request").click()
    page.get_by_text("Your request is withdrawn.").wait_for()
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


def test_the_ledger_on_the_file_on_paper_and_as_a_whole(
    visitor: Visitor, approval: Approval
) -> None:
    incident = approval.incident
    exposure = Exposure.objects.filter(incident=incident)[0]
    row = Disclosed(
        incident.pk, exposure.person_id, DisclosureNature.SEALED_LETTER, DisclosurePurpose.NOTICE,
        RecipientKind.FACILITY, "Invented Center", "1 Way\nTown", "delivery", approval.pk,
    )  # fmt: skip
    record_disclosures(actor=approval.requested_by, rows=[row])
    where = {"slug": incident.slug, "reference": exposure.person.reference}
    visitor.arrive_as(incident.opened_by)
    page = visitor.open(reverse("person-detail", kwargs=where))
    page.get_by_role("link", name="To print").wait_for()
    visitor.assert_sound("person-with-disclosures")
    page.get_by_role("link", name="To print").click()
    visitor.assert_sound("person-disclosures")
    page.get_by_label("Why do you need to see it?").select_option(index=1)
    page.get_by_role("button", name="Show it").click()
    page.get_by_text("Invented Center").wait_for()
    visitor.assert_sound("person-disclosures-open")
    visitor.open(reverse("disclosure-list", kwargs={"slug": incident.slug}))
    visitor.assert_sound("disclosure-list")


def test_an_export_is_asked_for_approved_and_fetched(visitor: Visitor, approval: Approval) -> None:
    asker, second = approval.incident.opened_by, factories.user(Role.PRIVACY_OFFICER)
    where = {"slug": approval.incident.slug}
    visitor.arrive_as(asker)
    page = visitor.open(reverse("export-list", kwargs=where))
    visitor.assert_sound("export-list-empty")
    page.get_by_role("link", name="Ask for an export").first.click()
    page.get_by_role("button", name="Ask another person").click()
    visitor.assert_sound("export-ask-wrong")
    page.get_by_label("Table").select_option("service_figures")
    page.get_by_label("Recipient", exact=True).fill("Invented Court")
    page.get_by_label("Address of the recipient").fill("1 Way, Town")
    page.get_by_label("Public key of the recipient").fill(
        str(x25519.Identity.generate().to_public())
    )
    page.get_by_label("Reason").fill("The court asked for figures")
    page.get_by_role("button", name="Ask another person").click()
    page.get_by_text("Nothing leaves until then.").wait_for()
    second_person.approves(second, Export.objects.get())
    page.reload()
    visitor.assert_sound("export-list")
    with page.expect_download() as file:
        page.get_by_role("button", name="Fetch").click()
    assert file.value.suggested_filename.endswith(".csv.age")
