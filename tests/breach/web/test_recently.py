"""Who showed a second factor more than five minutes ago shows it again before what matters most."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from breach.core.roles import Role
from breach.models import Approval, User
from breach.services import factors
from tests import factories
from tests.architecture.test_urls import paths
from tests.signing_in import client_of, fresh_code, give_app

pytestmark = pytest.mark.django_db

SIX_MINUTES = 360
# The page of recovery codes stands for all that ask again; which do is told below.
PAGE = "recovery-codes"


@pytest.fixture
def worker() -> User:
    user = factories.user(Role.CASE_WORKER)
    give_app(user)
    return user


@pytest.fixture
def late(worker: User) -> Client:
    return client_of(worker, ago=SIX_MINUTES)


def test_within_five_minutes_nobody_is_asked(worker: User) -> None:
    assert client_of(worker, ago=290).get(reverse(PAGE)).status_code == 200


def test_later_the_page_asks_and_comes_back(worker: User, late: Client) -> None:
    asked = late.get(reverse(PAGE) + "?page=2")
    assert asked.url == f"{reverse('step-up')}?next=%2Fsecurity%2Frecovery-codes%2F%3Fpage%3D2"
    page = late.get(asked.url)
    assert page.status_code == 200
    answer = late.post(
        reverse("step-up"), {"code": fresh_code(worker), "next": reverse(PAGE) + "?page=2"}
    )
    assert answer.url == reverse(PAGE) + "?page=2"
    assert late.get(answer.url).status_code == 200


def test_a_form_gone_stale_does_nothing_and_its_page_comes_back_with_a_word(
    worker: User, late: Client
) -> None:
    codes = factors.unused_codes(worker)
    form_page = reverse(PAGE)
    asked = late.post(form_page, headers={"Referer": f"http://testserver{form_page}?of=3"})
    assert asked.url.endswith("?next=%2Fsecurity%2Frecovery-codes%2F%3Fof%3D3")
    assert factors.unused_codes(worker) == codes
    assert "Nothing was done yet" in late.get(asked.url).content.decode()


def test_a_wrong_code_does_not_refresh(late: Client) -> None:
    assert late.post(reverse("step-up"), {"code": "000000"}).status_code == 200
    assert late.get(reverse(PAGE)).status_code == 302


def test_a_password_does_not_stand_for_a_second_factor(worker: User) -> None:
    worker.set_password(factories.PASSWORD)
    worker.save()
    late = client_of(worker, ago=SIX_MINUTES)
    late.post(reverse("step-up"), {"password": factories.PASSWORD})
    assert late.get(reverse(PAGE)).status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_way_back_never_leads_to_another_host(
    worker: User, late: Client, elsewhere: str
) -> None:
    answer = late.post(reverse("step-up"), {"code": fresh_code(worker), "next": elsewhere})
    assert answer.url == reverse("home")


def asking(attribute: str) -> set[str]:
    views = [(pattern.name, pattern.callback) for _route, pattern in paths(get_resolver())]
    return {str(name) for name, view in views if getattr(view, attribute, False)}


def test_these_pages_ask_before_they_open_and_these_before_they_do_anything() -> None:
    """Export, send release, sign-off, role change, and whatever changes how somebody signs in."""
    assert asking("recently_signed_in") == {
        "account-create",
        "account-detail",
        "account-invite",
        "counsel-invite",
        "app-add",
        "passkey-add",
        "factor-remove",
        "recovery-codes",
        "recovery-codes-file",
        "export-ask",
        "export-fetch",
        "letter-sign",
        "proof-wrong",
    }
    assert asking("recently_signed_in_to_send") == {"approval-detail", "notify", "release-stage"}


def test_a_release_is_looked_at_all_day_and_asked_for_by_whoever_just_showed_who_it_is() -> None:
    incident = factories.incident()
    late = client_of(factories.user(Role.SUPERVISOR), ago=SIX_MINUTES)
    page = reverse("notify", kwargs={"slug": incident.slug})
    assert late.get(page).status_code == 200
    for address in (page, reverse("release-stage", kwargs={"slug": incident.slug})):
        assert late.post(address, {"reason": "All is checked"}).url.startswith(reverse("step-up"))
    assert not Approval.objects.exists()
