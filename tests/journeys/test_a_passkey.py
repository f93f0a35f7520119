"""A new colleague sets up a passkey, signs in with it, and shows it again later; with a virtual authenticator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import CDPSession, expect

from breach.core.roles import Role
from breach.models import AuditEvent, User
from breach.services import factors, users
from notifications.services import letters
from tests import factories
from tests.browser.visitor import PASSWORD, Visitor
from tests.notifications.outbox_world import make_world

pytestmark = [pytest.mark.browser]

A_DEVICE_WITH_A_FINGER = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def officer(site: str) -> User:
    return factories.user(Role.PRIVACY_OFFICER, password=PASSWORD, first_name="Paula")


@pytest.fixture
def device(visitor: Visitor) -> Iterator[CDPSession]:
    """The window's computer has a fingerprint reader, and its owner sits in front of it."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": A_DEVICE_WITH_A_FINGER})
    session.authenticator = made["authenticatorId"]  # type: ignore[attr-defined]
    yield session
    session.detach()


def type_password(visitor: Visitor, user: User) -> None:
    page = visitor.open(reverse("sign-in"))
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up_a_passkey(visitor: Visitor, user: User) -> None:
    type_password(visitor, user)
    page = visitor.page
    page.wait_for_url(visitor.base + reverse("second-factor"))
    visitor.assert_sound("second-factor-first")
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("Name of this passkey").fill("Office computer")
    visitor.assert_sound("passkey-add")
    page.get_by_role("button", name="Create the passkey").click()
    page.wait_for_url(visitor.base + reverse("recovery-codes"))
    visitor.assert_sound("recovery-codes")


def sign_out(visitor: Visitor) -> None:
    visitor.page.locator(".user-menu summary").click()
    visitor.page.get_by_role("button", name="Sign out").click()
    expect(visitor.page.get_by_text("You are signed out.")).to_be_visible()


def test_a_passkey_is_set_up_and_signs_in_alone(
    visitor: Visitor, officer: User, device: CDPSession
) -> None:
    set_up_a_passkey(visitor, officer)
    assert [one.wrap().name for one in factors.factors_of(officer)] == ["Office computer"]
    sign_out(visitor)
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    visitor.page.wait_for_url(visitor.base + reverse("home"))
    signed_in = AuditEvent.objects.filter(action="user.signed_in").order_by("-pk")[0]
    assert (signed_in.actor_id, signed_in.changes["means"]) == (officer.pk, ["mfa"])
    visitor.open(reverse("security"))
    expect(visitor.page.get_by_text("Office computer")).to_be_visible()
    visitor.assert_sound("security")


def test_a_signature_asks_for_the_passkey_again_and_goes_on_where_it_was(
    visitor: Visitor, officer: User, device: CDPSession
) -> None:
    world = make_world()
    version = letters.approved_version(world.incident)
    assert version is not None
    where = reverse("letter-sign", args=[world.incident.slug, version.number])
    set_up_a_passkey(visitor, officer)
    visitor.open(where)
    expect(visitor.page.get_by_role("heading", name="Sign")).to_be_visible()
    six_minutes_pass()
    visitor.open(where)
    page = visitor.page
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    visitor.assert_sound("step-up")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(visitor.base + where)
    shown = AuditEvent.objects.get(action="user.shown_again")
    assert (shown.actor_id, shown.changes["kind"]) == (officer.pk, "webauthn")


def test_a_passkey_that_does_not_answer_is_said_in_words(
    visitor: Visitor, officer: User, device: CDPSession
) -> None:
    set_up_a_passkey(visitor, officer)
    sign_out(visitor)
    device.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": device.authenticator, "isUserVerified": False},  # type: ignore[attr-defined]
    )
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(visitor.page.get_by_text("The passkey did not answer")).to_be_visible()
    visitor.assert_sound("sign-in-passkey-silent")


def six_minutes_pass() -> None:
    """In every session: its proofs are that much older."""
    for row in Session.objects.all():
        store = SessionStore(row.session_key)
        for record in store[AUTHENTICATION_METHODS_SESSION_KEY]:
            record["at"] -= 360
        store.modified = True
        store.save()


def test_the_passkey_of_a_closed_account_opens_nothing_and_is_told_nothing(
    visitor: Visitor, officer: User, device: CDPSession
) -> None:
    set_up_a_passkey(visitor, officer)
    users.close(actor=factories.user(Role.ADMINISTRATOR), user=officer, reason="Left")
    visitor.open(reverse("sign-in"))
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(visitor.page.get_by_text("This did not work.")).to_be_visible()
    visitor.open(reverse("home"))
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert AuditEvent.objects.filter(action="user.sign_in_failed").count() == 1
