"""Nobody gets in by a password alone, whichever way they try; and who has set up a second factor gets everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from breach.core.roles import Role
from breach.models import AuditEvent, SignIn, User
from breach.services import factors
from tests import factories
from tests.architecture.test_urls import paths
from tests.breach.web.test_doors import pages
from tests.signing_in import (
    app_of,
    client_of,
    code_for,
    fresh_code,
    give_app,
    give_passkey,
    sign_in,
    signed_in_by_page,
)

pytestmark = pytest.mark.django_db

BEFORE = {
    "sign-out", "step-up", "second-factor", "app-add", "passkey-add",
}  # fmt: skip


@pytest.fixture
def worker() -> User:
    return factories.user(Role.CASE_WORKER, password=factories.PASSWORD)


def by_password(user: User) -> Client:
    """Somebody who has typed the right password, and nothing more."""
    client = Client()
    client.post(reverse("sign-in"), {"login": user.username, "password": factories.PASSWORD})
    return client


def test_only_these_pages_open_before_a_second_factor() -> None:
    open_early = {
        pattern.name
        for _route, pattern in paths(get_resolver())
        if getattr(pattern.callback, "before_second_factor", False)
    }
    assert open_early == BEFORE


def test_without_a_factor_every_page_leads_to_setting_one_up(worker: User) -> None:
    client = by_password(worker)
    for name, url in pages(factories.exposure()).items():
        answer = client.get(url)
        assert (name, answer.status_code, answer.url) == (name, 302, reverse("second-factor"))
    assert client.post(reverse("incident-open"), {"title": "x"}).url == reverse("second-factor")
    assert client.get(reverse("second-factor")).status_code == 200


def test_without_a_factor_the_api_says_so_and_nothing_else(worker: User) -> None:
    for path in ("/api/incidents/", "/api/people/"):
        answer = by_password(worker).get(path)
        assert answer.status_code in (403, 404)
        assert b"results" not in answer.content
    assert by_password(worker).get("/api/incidents/").json()["errors"][0]["code"] == (
        "permission_denied"
    )


def test_a_page_that_is_loaded_into_another_leads_the_whole_page_there(worker: User) -> None:
    answer = by_password(worker).get(reverse("home"), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("second-factor")


def test_with_a_factor_the_password_alone_signs_nobody_in(worker: User) -> None:
    app_of(worker)
    client = by_password(worker)
    assert "_auth_user_id" not in client.session
    assert not SignIn.objects.exists()
    assert client.get(reverse("home")).url.startswith(reverse("sign-in"))


@pytest.mark.parametrize("wrong", ["", "000000", "abcdef", "123456 123456"])
def test_a_wrong_code_opens_nothing_and_is_recorded(worker: User, wrong: str) -> None:
    app_of(worker)
    client = by_password(worker)
    client.post(reverse("mfa_authenticate"), {"code": wrong})
    assert client.get(reverse("home")).status_code == 302
    recorded = AuditEvent.objects.filter(action="user.second_factor_failed")
    assert recorded.count() == (1 if wrong else 0)


def test_a_code_opens_once(worker: User) -> None:
    secret = app_of(worker)
    code = code_for(secret)
    for client, expected in ((by_password(worker), 302), (by_password(worker), 200)):
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == expected


def test_guessing_codes_is_stopped_after_five(worker: User) -> None:
    app_of(worker)
    client = by_password(worker)
    for _attempt in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    answer = client.post(reverse("mfa_authenticate"), {"code": fresh_code(worker)})
    assert "Too many wrong codes" in answer.content.decode()


def test_a_recovery_code_opens_once(worker: User) -> None:
    app_of(worker)
    code = factors.unused_codes(worker)[0]
    first = by_password(worker)
    assert first.post(reverse("mfa_authenticate"), {"code": code}).url == reverse("home")
    assert first.get(reverse("home")).status_code == 200
    again = by_password(worker)
    assert again.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert len(factors.unused_codes(worker)) == 9


def test_a_session_that_django_alone_began_counts_for_nothing(worker: User) -> None:
    client = Client()
    client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("home")).url.startswith(reverse("sign-in"))


def test_a_half_session_of_somebody_who_set_a_factor_up_elsewhere_must_show_it(
    worker: User,
) -> None:
    early = by_password(worker)
    give_app(worker)
    assert early.get(reverse("home")).url == reverse("step-up")
    # It may not add a factor of its own either.
    for name in ("app-add", "passkey-add"):
        assert early.get(reverse(name)).url.startswith(reverse("step-up"))
    assert early.post(reverse("step-up"), {"password": factories.PASSWORD}).status_code == 200
    assert early.get(reverse("home")).status_code == 302
    assert early.post(reverse("step-up"), {"code": fresh_code(worker)}).url == reverse("home")
    assert early.get(reverse("home")).status_code == 200


def test_an_app_is_set_up_and_the_session_is_whole(worker: User) -> None:
    client = by_password(worker)
    page = client.get(reverse("app-add"))
    secret = page.context["form"].secret
    assert b"data:image/svg+xml" in page.content
    wrong = client.post(reverse("app-add"), {"code": "000000"})
    assert wrong.context["form"].errors
    assert wrong.context["form"].secret == secret
    assert client.post(reverse("app-add"), {"code": code_for(secret)}).url == reverse(
        "recovery-codes"
    )
    codes = client.get(reverse("recovery-codes")).context["codes"]
    assert len(codes) == 10
    assert client.get(reverse("home")).status_code == 200
    assert AuditEvent.objects.filter(action="user.second_factor_added").count() == 1
    saved = client.get(reverse("recovery-codes-file"))
    assert saved.content.decode().split() == codes


def test_the_secret_is_sealed_in_the_database(worker: User) -> None:
    secret = give_app(worker)
    stored = str([factor.data for factor in factors.factors_of(worker)])
    assert secret not in stored


def test_the_only_factor_stays_and_of_two_one_may_go(worker: User) -> None:
    signed = Client()
    signed_in_by_page(signed, worker)
    elsewhere = client_of(worker)
    app = factors.factors_of(worker)[0]
    signed.post(reverse("factor-remove", args=[app.pk]))
    assert factors.factors_of(worker) == [app]
    key = give_passkey(worker)
    signed.post(reverse("factor-remove", args=[app.pk]))
    assert [one.pk for one in factors.factors_of(worker)] == [key.pk]
    assert signed.get(reverse("home")).status_code == 200
    assert elsewhere.get(reverse("home")).status_code == 302


def test_nobody_removes_the_factor_of_somebody_else(worker: User) -> None:
    other = factories.user(Role.CASE_WORKER)
    give_app(other)
    theirs = factors.factors_of(other)[0]
    client = client_of(worker)
    absent = client.post(reverse("factor-remove", args=[999_999]))
    foreign = client.post(reverse("factor-remove", args=[theirs.pk]))
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
    assert foreign.status_code == 404


def test_new_recovery_codes_make_the_old_ones_worthless(worker: User) -> None:
    app_of(worker)
    old = factors.unused_codes(worker)
    client = client_of(worker)
    client.post(reverse("recovery-codes"))
    assert not set(old) & set(factors.unused_codes(worker))


def test_one_click_signs_in_only_in_the_demonstration(worker: User, settings: Settings) -> None:
    click = {"username": worker.username}
    assert Client().post(reverse("demo-sign-in"), click).status_code == 404
    assert b"One click" not in Client().get(reverse("sign-in")).content
    settings.DEMO = True
    client = Client()
    assert b"One click" in client.get(reverse("sign-in")).content
    assert client.get(reverse("demo-sign-in")).status_code == 405
    assert client.post(reverse("demo-sign-in"), {"username": "nobody"}).status_code == 404
    assert client.post(reverse("demo-sign-in"), click).url == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    with time_machine.travel(timedelta(minutes=6)):
        assert client.get(reverse("recovery-codes")).status_code == 200  # asked again is nobody
    settings.DEMO = False
    assert client.get(reverse("home")).url == reverse("second-factor")


def test_a_demo_click_counts_only_in_the_demonstration(worker: User) -> None:
    client = sign_in(Client(), worker, means="demo")
    assert client.get(reverse("home")).url == reverse("second-factor")
