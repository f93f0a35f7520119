"""A list is found on the web. Days later everybody on it has been told, or is somebody's next task.

Four people: one has counsel, two are held in a facility (one of them speaks a language that nobody reads), one is
known by name only in a language that no reviewed letter exists for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from breach.core.roles import Role
from breach.models import AffectedPerson, Attorney, Exposure, Hold, Incident, User
from breach.services import clock, facilities, incidents
from breach.services.attorneys import invite
from breach.services.users import create_user, system_user
from notifications import invariants, mailsink, tasks
from notifications.models import Delivery, Notification, Progress
from notifications.services import letters
from tests.browser.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.browser

FACILITIES = b"""id,kind,primary_name,address,county_names,states,capacity,fieldOffice
TESTONE,detention,FIRST TEST CENTER,"1 TEST ROAD, TESTVILLE, TX 75001","Test County, TX",TX,10,DAL
"""
ROSTER = """A-Number,Last Name,First Name,Date of Birth,Country of Citizenship,Gender,Detention Facility Code,\
Detention Facility,Best Language,Book-In Date,Case Status,Attorney Name,Attorney Type,Firm or Organization,\
Attorney Email,Attorney Phone,Attorney Address,Bar Number,EOIR ID,G-28 Filed
A000777001,Zamora,Lidia,10/27/1994,Honduras,F,TESTONE,FIRST TEST CENTER,es,11/10/2022,in proceedings,\
Nora Quill,attorney,Quill Law,nora.quill@counsel.example,+1-202-555-0111,"5 Court St, Dallas, TX 75001",\
TX1234567,NQ123456,11/15/2022
A000777002,Ixcot,Mateo,09/18/1984,Guatemala,M,TESTONE,FIRST TEST CENTER,quc,07/29/2022,final order,,,,,,,,,
A000777003,Paredes,Inés,03/23/1990,El Salvador,F,TESTONE,FIRST TEST CENTER,es,03/23/2022,\
positive credible fear,,,,,,,,,
A000777004,Okafor,Ada,05/30/1979,Haiti,F,TESTONE,FIRST TEST CENTER,ht,01/15/2022,positive credible fear,,,,,,,,,
"""


@pytest.fixture
def desks(site: str) -> dict[str, User]:
    """One of each desk, who sign in with a password."""
    return {
        role: create_user(
            actor=system_user(), username=role.replace("_", "-"), role=role, password=PASSWORD,
            full_name=f"Test {role.label}", languages=["es", "en"],
        )
        for role in (Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.CASE_WORKER)
    }  # fmt: skip


@pytest.fixture
def incident(desks: dict[str, User]) -> Incident:
    """The incident is open, the places are known, and two people have signed the letter."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    incident = incidents.open_incident(
        actor=desks[Role.SUPERVISOR], slug="posting", title="List published by mistake",
        occurred_at=yesterday, discovered_at=yesterday + timedelta(hours=4),
        agency_name="Test Agency", contact_phone="1-202-555-0100", contact_email="help@agency.example",
        contact_address="1 Test Plaza, Washington, DC 20001", signatory_name="Jo Test", signatory_title="Officer",
    )  # fmt: skip
    facilities.import_facilities(actor=system_user(), source=FACILITIES)
    version = letters.adopt_standard_wording(actor=system_user(), incident=incident)
    for translation in version.translations.all():
        letters.review_translation(actor=desks[Role.PRIVACY_OFFICER], translation=translation)
    letters.sign(actor=desks[Role.PRIVACY_OFFICER], version=version)
    letters.sign(actor=desks[Role.SUPERVISOR], version=version)
    return incident


def test_everybody_on_the_list_is_told_or_is_somebodys_next_task(
    visitor: Visitor, incident: Incident, mailbox: Path, worker: None
) -> None:
    import_the_roster(visitor, incident)
    press_prepare_and_send(visitor, incident)
    the_mail_to_counsel_says_nothing(mailbox)
    a_case_worker_calls_with_an_interpreter(visitor, incident)
    counsel_confirms(visitor)
    the_funnel_has_moved(visitor, incident)
    assert set(invariants.check(Incident.objects.all()).values()) == {0}


def import_the_roster(visitor: Visitor, incident: Incident) -> None:
    page = sign_in(visitor, "supervisor")
    page.goto(visitor.base + reverse("roster-upload", kwargs={"slug": incident.slug}))
    roster = {"name": "list.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    page.locator("input[type=file]").set_input_files(files=[roster])
    visitor.assert_sound("journey-upload")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("link", name="Import it")).to_be_visible()  # the worker has read it
    visitor.assert_sound("journey-dry-run")
    assert not AffectedPerson.objects.exists(), "a dry run takes nobody in"
    page.get_by_role("link", name="Import it").click()
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("Committed").first).to_be_visible()
    assert Exposure.objects.filter(incident=incident).count() == 4


def press_prepare_and_send(visitor: Visitor, incident: Incident) -> None:
    page = visitor.open(reverse("notify", kwargs={"slug": incident.slug}))
    visitor.assert_sound("journey-before-sending")
    page.get_by_label("Reason").fill("The roster is complete")
    page.get_by_role("button", name="Ask for the release").click()
    expect(page.get_by_text("The release waits for another person")).to_be_visible()
    assert not Progress.objects.exists(), "nobody is released by one person"
    sign_out(visitor)
    another_person_releases(visitor)
    page = sign_in(visitor, "supervisor")
    page.goto(visitor.base + reverse("notify", kwargs={"slug": incident.slug}))
    # Counsel by e-mail with a copy by hand, two by hand, one of them also by a call: five, and one waits.
    until(lambda: Delivery.objects.filter(state="sent").count() == 5)
    page.reload()
    visitor.assert_sound("journey-after-sending")
    sign_out(visitor)


def another_person_releases(visitor: Visitor) -> None:
    page = sign_in(visitor, "privacy-officer")
    page.goto(visitor.base + reverse("approval-list"))
    page.get_by_role("link", name="Send release").first.click()
    visitor.assert_sound("journey-release")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, and done.")).to_be_visible()
    sign_out(visitor)


def the_mail_to_counsel_says_nothing(mailbox: Path) -> None:
    messages = mailsink.messages(mailbox)
    assert len(messages) == 1
    said = (
        " ".join(str(part) for part in vars(messages[0]).values())
        if hasattr(messages[0], "__dict__")
        else str(messages[0])
    )
    for secret in ("Zamora", "Lidia", "A000777001", "asylum", "breach", "FIRST TEST"):
        assert secret.lower() not in said.lower()


def a_case_worker_calls_with_an_interpreter(visitor: Visitor, incident: Incident) -> None:
    page = sign_in(visitor, "case-worker")
    page.goto(visitor.base + reverse("worklist") + "?whose=desk")
    page.get_by_role("link", name="Call with an interpreter").first.click()
    page.get_by_role("link", name="Log a contact").click()
    page.get_by_label("Channel").select_option("legal_call")
    page.get_by_label("Who was reached").select_option("person")
    page.get_by_label("What came of it").select_option("understood")
    page.get_by_label("Interpreter’s number").fill("INT-7")
    tick(page, "Identity confirmed")
    tick(page, "Understanding confirmed")
    page.get_by_role("button", name="Save the contact").click()
    expect(page.get_by_text("Logged.")).to_be_visible()
    until(lambda: Hold.objects.count() == 1)
    sign_out(visitor)


def counsel_confirms(visitor: Visitor) -> None:
    invite(
        actor=system_user(), attorney=Attorney.objects.get(), username="counsel", password=PASSWORD
    )
    page = sign_in(visitor, "counsel", lands_on="portal-home")
    visitor.assert_sound("journey-portal")
    notice = Notification.objects.get(recipient_role="representative")
    page.goto(visitor.base + reverse("portal-notice", kwargs={"reference": notice.reference}))
    with page.expect_popup() as letter:
        page.get_by_role("button", name="Open the notice").click()
    letter.value.close()
    page.reload()
    page.get_by_role("link", name="Confirm receipt").click()
    page.get_by_label("Type this sentence").fill("I received this notice for my client")
    page.get_by_role("button", name="Confirm receipt").click()
    expect(page.get_by_text("Receipt is confirmed for 1 client.")).to_be_visible()
    sign_out(visitor)


def the_funnel_has_moved(visitor: Visitor, incident: Incident) -> None:
    page = sign_in(visitor, "supervisor")
    page.goto(visitor.base + reverse("funnel-panel", kwargs={"slug": incident.slug}))
    expect(page.get_by_role("link", name="2 Notified")).to_be_visible()
    visitor.assert_sound("journey-funnel")
    told = Notification.objects.get(recipient_role="representative").exposure
    parts = {"slug": incident.slug, "reference": told.person.reference}
    page.goto(visitor.base + reverse("person-detail", kwargs=parts))
    expect(page.get_by_text(re.compile("[Hh]old")).first).to_be_visible()
    visitor.assert_sound("journey-person")
    assert told.hold.until == clock.today() + timedelta(days=incident.hold_days)


def sign_in(visitor: Visitor, username: str, lands_on: str = "home") -> Page:
    return visitor.sign_in(username, lands_on)


def sign_out(visitor: Visitor) -> None:
    visitor.context.clear_cookies()


def tick(page: Page, label: str) -> None:
    """USWDS hides the box and shows its label."""
    page.get_by_label(label).set_checked(True, force=True)


def until(happened: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for the workers, not for a fixed time; the clock strikes for them meanwhile."""
    limit = time.monotonic() + seconds
    while not happened():
        states = list(Delivery.objects.values_list("channel", "state"))
        assert time.monotonic() < limit, f"the workers did not get there: {states}"
        tasks.tick.delay()
        time.sleep(1)
