"""The pages of signing in and of the own account, in a real browser: sound at both widths, and without scripts."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django import Settings

from breach.core.roles import Role
from breach.models import SignIn, User
from breach.services import factors
from tests import factories
from tests.browser.visitor import PASSWORD, Visitor
from tests.signing_in import app_of, code_for, give_passkey

pytestmark = [pytest.mark.browser]


@pytest.fixture
def worker(site: str) -> User:
    return factories.user(
        Role.CASE_WORKER, password=PASSWORD, first_name="Wanda", last_name="Reyes"
    )


@pytest.fixture
def admin(site: str) -> User:
    return factories.user(Role.ADMINISTRATOR, first_name="Abel", last_name="Stone")


def type_password(visitor: Visitor, user: User) -> None:
    page = visitor.open(reverse("sign-in"))
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_app_is_set_up_without_scripts_and_signs_in(
    plain_visitor: Visitor, worker: User
) -> None:
    type_password(plain_visitor, worker)
    page = plain_visitor.page
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_text("No camera? Type it in instead").click()
    secret = page.locator(".plain-secret__text code").inner_text().replace(" ", "")
    page.get_by_label("Code in the app").fill(code_for(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have them, continue").click()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    type_password(plain_visitor, worker)
    page.get_by_label("Code").fill(code_for(secret, 1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(plain_visitor.base + reverse("home"))


def test_the_pages_on_the_way_in_are_sound(visitor: Visitor, worker: User) -> None:
    app_of(worker)
    give_passkey(worker)
    visitor.open(reverse("sign-in"))
    visitor.assert_sound("sign-in")
    type_password(visitor, worker)
    visitor.page.get_by_label("Code").fill("000000")
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(visitor.page.get_by_text("This did not work").first).to_be_visible()
    visitor.assert_sound("second-step-wrong")
    visitor.page.get_by_role("button", name="Español").click()
    visitor.assert_sound("second-step-es")


def test_the_pages_of_the_own_account_are_sound(visitor: Visitor, worker: User) -> None:
    app_of(worker)
    give_passkey(worker)
    SignIn.objects.create(user=worker, browser="Firefox, Windows")
    visitor.arrive_as(worker)
    app = factors.factors_of(worker)[0]
    pages = {
        "security": reverse("security"), "second-factor": reverse("second-factor"),
        "factor-remove": reverse("factor-remove", args=[app.pk]), "password-change": reverse("password-change"),
        "step-up": reverse("step-up"),
    }  # fmt: skip
    for name, path in pages.items():
        visitor.open(path)
        visitor.assert_sound(f"own-{name}")


def test_setting_up_an_app_is_sound(visitor: Visitor, worker: User) -> None:
    visitor.arrive_as(worker)
    visitor.open(reverse("app-add"))
    visitor.page.get_by_text("No camera? Type it in instead").click()
    visitor.assert_sound("app-add")


def test_an_invitation_is_made_handed_over_and_opened(
    visitor: Visitor, admin: User, worker: User
) -> None:
    visitor.arrive_as(admin)
    page = visitor.open(reverse("account-detail", args=[worker.pk]))
    visitor.assert_sound("account-detail")
    page.get_by_role("link", name="Make a one-time link").click()
    visitor.assert_sound("account-invite")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator(".handed-over code").inner_text()
    visitor.assert_sound("account-link")
    visitor.context.clear_cookies()
    visitor.open(urlsplit(link).path)
    visitor.assert_sound("invitation")
    page.get_by_label("New password", exact=True).fill("quite another long sentence")
    page.get_by_label("New password confirmation").fill("quite another long sentence")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    visitor.open(urlsplit(link).path)
    visitor.complaints.clear()  # the browser reports the status itself
    visitor.assert_sound("invitation-dead")


def test_the_demonstration_signs_in_with_one_click(
    visitor: Visitor, admin: User, worker: User, settings: Settings
) -> None:
    settings.DEMO = True
    page = visitor.open(reverse("sign-in"))
    visitor.assert_sound("sign-in-demo")
    page.get_by_role("button", name="Case worker").click()
    page.wait_for_url(visitor.base + reverse("home"))


def test_an_idle_session_says_why_it_ended(visitor: Visitor, worker: User) -> None:
    visitor.arrive_as(worker)
    visitor.context.clear_cookies(name="idle")
    page = visitor.open(reverse("home"))
    expect(page.get_by_text("nothing happened for 15 minutes")).to_be_visible()
    visitor.assert_sound("sign-in-idle")
