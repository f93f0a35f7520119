"""A session ends with idleness, with age, and with the next request after anybody has ended it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AuditEvent, SignIn, User
from breach.services import factors, users
from breach.web import signed_in
from tests import factories, second_person
from tests.signing_in import client_of, give_app, signed_in_by_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> User:
    return factories.user(Role.CASE_WORKER, password=factories.PASSWORD)


@pytest.fixture
def admin() -> User:
    return factories.user(Role.ADMINISTRATOR)


def is_in(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def of_account(what: str) -> Callable[[Client, User], object]:
    """What an administrator does to somebody on the page of the account."""

    def act(admin: Client, user: User) -> object:
        url = reverse("account-detail", args=[user.pk])
        return admin.post(url, {"what": what, "reason": "Told by telephone"})

    return act


@pytest.mark.parametrize(
    ("act", "recorded"),
    [
        (of_account("active"), "user.closed"),
        (of_account("ended"), "user.sessions_ended"),
        (of_account("lost"), "user.sessions_ended"),
        (
            lambda admin, user: admin.post(reverse("account-invite", args=[user.pk])),
            "user.invited",
        ),
        (
            lambda _admin, user: users.change_password(
                actor=user, password="quite another sentence", session=None
            ),
            "user.password_changed",
        ),
    ],
    ids=["closed", "ended", "reset-asked", "new-link", "password-changed"],
)
def test_one_request_later_nobody_is_in(
    admin: User, worker: User, act: Callable[[Client, User], object], recorded: str
) -> None:
    give_app(worker)
    theirs = [client_of(worker), client_of(worker)]
    assert all(is_in(one) for one in theirs)
    act(client_of(admin), worker)
    assert not any(is_in(one) for one in theirs)
    event = AuditEvent.objects.get(action=recorded)
    assert event.subject_id == str(worker.pk)
    if event.actor_id == admin.pk and recorded != "user.invited":
        assert event.reason == "Told by telephone"


def test_a_copied_cookie_is_dead_after_signing_out(worker: User) -> None:
    client, copy = client_of(worker), Client()
    for name in (settings.SESSION_COOKIE_NAME, settings.IDLE_COOKIE_NAME):
        copy.cookies[name] = client.cookies[name].value
    assert is_in(copy)
    client.post(reverse("sign-out"))
    assert not is_in(copy)
    assert AuditEvent.objects.filter(action="user.signed_out").count() == 1


def test_a_session_written_back_after_its_end_stays_dead(worker: User) -> None:
    client = client_of(worker)
    row = Session.objects.get(pk=client.cookies[settings.SESSION_COOKIE_NAME].value)
    client.post(reverse("sign-out"))
    row.save(force_insert=True)  # as a request does that was under way
    client.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert not is_in(client)


def test_fifteen_minutes_without_a_sign_of_life_end_it(worker: User) -> None:
    client = client_of(worker)
    with time_machine.travel(timedelta(minutes=14)):
        assert is_in(client)
    with time_machine.travel(timedelta(minutes=28)):
        assert is_in(client)
    with time_machine.travel(timedelta(minutes=44)):
        asked = client.get(reverse("home"))
        assert asked.url.startswith(reverse("sign-in"))
        assert "nothing happened for 15 minutes" in client.get(asked.url).content.decode()


def test_what_a_page_asks_by_itself_is_no_sign_of_life(worker: User) -> None:
    client = client_of(worker)
    for minutes in (7, 14):
        with time_machine.travel(timedelta(minutes=minutes)):
            assert client.get(reverse("home"), headers={"HX-Request": "true"}).status_code == 200
    with time_machine.travel(timedelta(minutes=16)):
        answer = client.get(reverse("home"), headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"].startswith(reverse("sign-in"))


def test_the_sign_of_life_of_another_session_does_not_count(worker: User) -> None:
    client, other = client_of(worker), client_of(worker)
    client.cookies[settings.IDLE_COOKIE_NAME] = other.cookies[settings.IDLE_COOKIE_NAME].value
    assert not is_in(client)


@pytest.mark.parametrize("forged", ["", "x", "00000000-0000-0000-0000-000000000000:1:x"])
def test_a_forged_sign_of_life_does_not_count(worker: User, forged: str) -> None:
    client = client_of(worker)
    client.cookies[settings.IDLE_COOKIE_NAME] = forged
    assert not is_in(client)


def test_after_ten_hours_everybody_signs_in_again(worker: User) -> None:
    client = client_of(worker)
    SignIn.objects.update(began_at=F("began_at") - timedelta(hours=9, minutes=59))
    assert is_in(client)
    SignIn.objects.update(began_at=F("began_at") - timedelta(minutes=2))
    assert not is_in(client)


def test_looking_at_a_page_writes_no_row(worker: User) -> None:
    client = client_of(worker)
    before = list(SignIn.objects.values()), list(Session.objects.values())
    with time_machine.travel(timedelta(minutes=5)):
        assert is_in(client)
    assert (list(SignIn.objects.values()), list(Session.objects.values())) == before


def test_own_sessions_are_listed_and_ended_one_by_one_or_all_others(worker: User) -> None:
    here, second, third = Client(), client_of(worker), client_of(worker)
    signed_in_by_page(here, worker)
    agent = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
    phone = client_of(worker)
    SignIn.objects.filter(pk=phone.session[signed_in.SESSION_KEY]).update(
        browser="Firefox, Windows"
    )
    page = here.get(reverse("security"), headers={"User-Agent": agent})
    assert "Firefox, Windows" in page.content.decode()
    assert len(page.context["sessions"]) == 4
    here.post(reverse("session-end", args=[second.session[signed_in.SESSION_KEY]]))
    assert (is_in(second), is_in(third), is_in(here)) == (False, True, True)
    here.post(reverse("sessions-end-others"))
    assert (is_in(third), is_in(phone), is_in(here)) == (False, False, True)


def test_nobody_ends_the_session_of_somebody_else(worker: User, admin: User) -> None:
    theirs = client_of(admin)
    url = reverse("session-end", args=[theirs.session[signed_in.SESSION_KEY]])
    assert client_of(worker).post(url).status_code == 404
    assert is_in(theirs)


def test_changing_the_own_password_keeps_this_session_only(worker: User) -> None:
    here, elsewhere = client_of(worker), client_of(worker)
    new = "quite another long sentence"
    given = {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post(reverse("password-change"), given).url == reverse("security")
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_an_administrator_resets_nobodys_factor_without_a_reason_and_not_the_own(
    admin: User, worker: User
) -> None:
    give_app(worker)
    give_app(admin)
    client = client_of(admin)
    client.post(reverse("account-detail", args=[worker.pk]), {"what": "lost", "reason": " "})
    assert factors.factors_of(worker)
    own = client.post(reverse("account-detail", args=[admin.pk]), {"what": "lost", "reason": "x"})
    assert "Another administrator asks for yours" in own.content.decode()
    assert factors.factors_of(admin)


def test_a_reset_waits_on_the_page_of_the_account_for_another_person(
    admin: User, worker: User
) -> None:
    give_app(worker)
    client, url = client_of(admin), reverse("account-detail", args=[worker.pk])
    client.post(url, {"what": "lost", "reason": "Told by telephone"})
    page = client.get(url).content.decode()
    assert "A request to reset them waits for approval" in page
    assert factors.factors_of(worker)
    approval = second_person.approves(factories.user(Role.SUPERVISOR), worker)
    assert approval.state == "approved"
    assert not factors.factors_of(worker)


def test_what_administrators_do_asks_again_after_five_minutes(admin: User, worker: User) -> None:
    late = client_of(admin, ago=360)
    for name in ("account-detail", "account-invite"):
        answer = late.post(reverse(name, args=[worker.pk]), {"what": "active", "reason": "x"})
        assert answer.url.startswith(reverse("step-up"))
    assert late.get(reverse("account-create")).url.startswith(reverse("step-up"))
    worker.refresh_from_db()
    assert worker.is_active
