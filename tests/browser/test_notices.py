"""Telling people, in a real browser: every page sound at both widths, and an attorney confirms without scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django import Settings

from breach.models import User
from notifications.models import Batch, Delivery, Evidence, Notification, ReceiptFile
from notifications.services import batching, portal, receiving, sending
from notifications.services.disproving import disprove
from tests.agency import day_there
from tests.browser.visitor import Visitor
from tests.notifications.factories import clients, counsel, newcomers
from tests.notifications.outbox_world import World, make_world

pytestmark = pytest.mark.browser


@pytest.fixture
def world(site: str, settings: Settings, tmp_path: Path) -> World:
    settings.SPOOL_DIR = tmp_path / "spool"
    return make_world()


@pytest.fixture
def attorney(world: World) -> User:
    """An attorney with three clients: one confirmed, one opened, one still closed."""
    attorney, account = counsel()
    first, second, _third = clients(world, attorney, 3)
    for notice in (first, second):
        portal.open_notice(actor=account, notification=notice)
    portal.attest(actor=account, notifications=[first], sentence=portal.sentence_for(1))
    return account


@pytest.fixture
def batch(world: World) -> Batch:
    """A facility's sealed letters, written; and somebody nobody can find."""
    newcomers(world, 1)
    world.detained(2)
    batching.write_batches(actor=world.system, channel="hand")
    return Batch.objects.get()


def a_file_with_a_row_not_taken(world: World) -> ReceiptFile:
    sheet = b"Reference,Outcome,Date\nN-BV3Z-JDSX-7KXD,somewhere,2026-11-20\n"
    receiving.import_receipts(actor=world.mail_room, data=sheet)
    return ReceiptFile.objects.get()


def test_a_supervisors_pages_are_sound(
    visitor: Visitor, world: World, attorney: User, batch: Batch
) -> None:
    newcomers(world, 1)  # not prepared yet
    Delivery.objects.filter(pk=batch.deliveries.values("pk")[:1]).update(state="ambiguous")
    unclear = Delivery.objects.get(state="ambiguous")
    told = Notification.objects.filter(state="notified").get().exposure.person
    slug = {"slug": world.incident.slug}
    pages = {
        "supervision": reverse("supervision", kwargs=slug),
        "supervision-by": reverse("supervision-by", kwargs={**slug, "dimension": "facility"}),
        "supervision-follow-ups": reverse("supervision-follow-ups", kwargs=slug) + "?due=overdue",
        "funnel": reverse("funnel-panel", kwargs=slug),
        "funnel-list": reverse("funnel-list", kwargs=slug) + "?state=open",
        "notify": reverse("notify", kwargs=slug),
        "notices": reverse("notifications-list", kwargs=slug),
        "letters-panel": reverse("letters-panel", kwargs={**slug, "reference": told.reference}),
        "proof-wrong": reverse(
            "proof-wrong",
            kwargs={**slug, "reference": told.reference, "pk": Evidence.objects.get().pk},
        ),
        "deliveries": reverse("deliveries-list", kwargs=slug),
        "delivery": reverse("delivery-detail", kwargs={"pk": unclear.pk}),
        "delivery-resolve": reverse("delivery-resolve", kwargs={"pk": unclear.pk}),
        "batches": reverse("batches-list", kwargs=slug),
        "batches-waiting": reverse("batches-waiting"),
        "batch": reverse("batch-detail", kwargs={"number": batch.number}),
        "batch-sheet": reverse("batch-sheet", kwargs={"number": batch.number}),
        "letters": reverse("letters", kwargs=slug),
        "letter-version": reverse("letter-version", kwargs={**slug, "number": 1}),
        "letter-sign": reverse("letter-sign", kwargs={**slug, "number": 1}),
        "letter-wording": reverse("letter-wording", kwargs={**slug, "number": 1, "language": "es"}),
        "receipts": reverse("receipts"),
        "receipts-report": reverse(
            "receipts-report", kwargs={"pk": a_file_with_a_row_not_taken(world).pk}
        ),
    }
    visitor.arrive_as(world.supervisor)
    for name, page in pages.items():
        visitor.open(page)
        visitor.assert_sound(name)
    disprove(actor=world.supervisor, evidence=Evidence.objects.get(), reason="wrong_person")
    visitor.open(pages["letters-panel"])
    visitor.assert_sound("letters-panel-proof-taken-back")


def test_an_attorneys_pages_are_sound(visitor: Visitor, attorney: User) -> None:
    opened = (
        portal.to_be_confirmed(portal.notices_for(attorney)).exclude(first_viewed_at=None).get()
    )
    here = {"reference": opened.reference}
    pages = {
        "portal-home": reverse("portal-home"),
        "portal-notice": reverse("portal-notice", kwargs=here),
        "portal-attest": reverse("portal-attest") + f"?notice={opened.reference}",
        "portal-not-my-client": reverse("portal-not-my-client", kwargs=here),
    }
    visitor.arrive_as(attorney)
    for name, page in pages.items():
        visitor.open(page)
        visitor.assert_sound(name)


def test_back_from_the_notice_the_attorney_finds_the_next_step(
    visitor: Visitor, attorney: User
) -> None:
    closed = portal.notices_for(attorney).get(first_viewed_at=None)
    visitor.arrive_as(attorney)
    page = visitor.open(reverse("portal-notice", kwargs={"reference": closed.reference}))
    expect(page.get_by_text("Then reload this page.")).to_have_count(0)
    with page.expect_popup() as letter:
        page.get_by_role("button", name="Open the notice").click()
    letter.value.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("link", name="Confirm receipt")).to_be_visible()


def test_an_attorney_opens_the_notice_and_confirms_without_scripts(
    plain_visitor: Visitor, attorney: User
) -> None:
    closed = portal.notices_for(attorney).get(first_viewed_at=None)
    plain_visitor.arrive_as(attorney)
    page = plain_visitor.open(reverse("portal-notice", kwargs={"reference": closed.reference}))
    with page.expect_popup() as letter:
        page.get_by_role("button", name="Open the notice").click()
    letter.value.close()
    page.reload()
    page.get_by_role("link", name="Confirm receipt").click()
    page.get_by_label("Type this sentence").fill("I received this notice for my client")
    page.get_by_role("button", name="Confirm receipt").click()
    page.get_by_text("Receipt is confirmed for 1 client.").wait_for()
    assert Evidence.objects.filter(notification=closed).count() == 1


def test_the_funnel_moves_by_itself_while_letters_are_on_their_way(
    visitor: Visitor, world: World, attorney: User
) -> None:
    waiting = portal.notices_for(attorney).get(first_viewed_at=None)
    world.detained(1)  # queued, so the page keeps asking
    visitor.arrive_as(world.supervisor)
    page = visitor.open(reverse("funnel-panel", kwargs={"slug": world.incident.slug}))
    page.get_by_role("link", name="1 Notified").wait_for()
    portal.open_notice(actor=attorney, notification=waiting)
    portal.attest(actor=attorney, notifications=[waiting], sentence=portal.sentence_for(1))
    page.get_by_role("link", name="2 Notified").wait_for()


def test_a_full_stage_asks_whether_the_release_goes_on(visitor: Visitor, world: World) -> None:
    """Its letters are blank pages: all ten are read back and refused, and going on needs a reason."""
    release = make_world("release", released=False)
    release.represented(12)
    while sending.send_next(actor=release.system, channel="email"):
        pass
    visitor.arrive_as(release.supervisor)
    page = visitor.open(reverse("incident-detail", kwargs={"slug": "release"}))
    expect(page.get_by_text("2 letters are ready and wait.")).to_be_visible()
    visitor.assert_sound("release-stage-told")
    page.get_by_role("link", name="Look at the stage and decide").click()
    expect(page.get_by_text("The stage is over: continue?")).to_be_visible()
    visitor.assert_sound("release-stage")
    page.get_by_role("button", name="Continue, to 100 in all").click()
    expect(page.get_by_text("10 of 10 letters are not what they should be")).to_be_visible()
    page.get_by_label("Why it continues").fill("Looked at each with the privacy officer")
    page.get_by_role("button", name="Continue, to 100 in all").click()
    expect(page.get_by_text("although faults were found.")).to_be_visible()


def test_the_mail_room_types_a_signed_sheet_off_without_scripts(
    plain_visitor: Visitor, world: World, batch: Batch
) -> None:
    one = batch.deliveries.order_by("pk")[0].notification.reference
    plain_visitor.arrive_as(world.mail_room)
    page = plain_visitor.open(reverse("batch-detail", kwargs={"number": batch.number}))
    page.get_by_role("link", name="Enter the signed sheet").click()
    shared = page.get_by_role("group", name="The same on every line")
    shared.get_by_label("Date").fill(day_there(datetime.now(UTC)).isoformat())
    line = page.get_by_role("group", name=one)
    line.get_by_label("What happened").select_option("Handed over")
    page.get_by_role("button", name="Save what the sheet says").click()
    page.get_by_text("A delivered letter needs the number of the officer").first.wait_for()
    line.get_by_label("Officer").fill("4471")
    page.get_by_role("button", name="Save what the sheet says").click()
    page.get_by_text("1 letter is recorded.").wait_for()
    assert Evidence.objects.get(notification__reference=one).kind == "signed_sheet"


def test_the_mail_room_sees_what_is_ready_on_its_start_page_and_says_what_it_took_out(
    visitor: Visitor, world: World, batch: Batch
) -> None:
    visitor.arrive_as(world.mail_room)
    page = visitor.open(reverse("home"))
    page.get_by_role("heading", name="1 batch is ready to collect").wait_for()
    visitor.assert_sound("home-mail-room")
    page.get_by_role("button", name=f"Collected {batch.number}").click()
    page.get_by_text(f"Batch {batch.number} is collected.").wait_for()
    page.get_by_text("Nothing to collect").wait_for()
    batch.refresh_from_db()
    assert batch.collected_by == world.mail_room
