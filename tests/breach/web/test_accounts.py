"""Accounts: made at one desk, closed with a reason, never an attorney's by hand."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AuditEvent, User
from tests import factories, second_person
from tests.breach.web.conftest import SignIn

NEW = {
    "username": "invented.worker", "full_name": "Ines Vented", "email": "", "role": "case_worker",
    "languages": "Spanish, K’iche’",
}  # fmt: skip


@pytest.fixture
def admin(db: None) -> User:
    return factories.user(Role.ADMINISTRATOR)


@pytest.fixture
def client(admin: User, sign_in: SignIn) -> Client:
    return sign_in(admin)


def approved(account: User) -> None:
    """Another person says yes to what was asked about this account."""
    second_person.approves(factories.user(Role.ADMINISTRATOR), account)


def test_an_account_is_made_and_can_sign_in_once_another_person_approved_it(client: Client) -> None:
    answer = client.post(reverse("account-create"), NEW)
    made = User.objects.get(username="invented.worker")
    assert answer.url == reverse("account-detail", args=[made.pk])
    assert not made.has_usable_password()
    assert (made.role, made.languages, made.label) == ("case_worker", ["es", "quc"], "Ines Vented")
    link = urlsplit(client.post(reverse("account-invite", args=[made.pk])).context["link"]).path
    assert Client().get(link).status_code == 404
    approved(made)
    password = "several invented words here"
    Client().post(link, {"new_password1": password, "new_password2": password})
    given = {"login": made.username, "password": password}
    assert Client().post(reverse("sign-in"), given).url == reverse("home")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"languages": "Klingonese"}, "We do not know one of these languages"),
        ({"role": "attorney"}, "Select a valid choice"),
        ({"role": "system"}, "Select a valid choice"),
        ({"username": "not valid!"}, "Enter a valid username"),
    ],
)
def test_what_is_wrong_is_said(client: Client, change: dict[str, str], sentence: str) -> None:
    text = client.post(reverse("account-create"), NEW | change).content.decode()
    assert sentence in text
    assert not User.objects.filter(username=NEW["username"]).exists()


def test_a_user_name_is_taken_once_whatever_its_case(client: Client) -> None:
    client.post(reverse("account-create"), NEW)
    again = client.post(reverse("account-create"), NEW | {"username": "Invented.Worker"})
    assert "This user name is taken" in again.content.decode()


def test_a_closed_account_is_out_at_once_and_its_deeds_stay(
    client: Client, sign_in: SignIn
) -> None:
    worker = factories.user(Role.CASE_WORKER)
    theirs, url = sign_in(worker), reverse("account-detail", args=[worker.pk])
    assert client.post(url, {"what": "active", "reason": "Left"}).status_code == 302
    assert theirs.get(reverse("home")).status_code == 302
    assert AuditEvent.objects.get(action="user.closed").reason == "Left"
    client.post(url, {"what": "desk", "role": "case_worker", "reason": "Came back"})
    worker.refresh_from_db()
    assert not worker.is_active
    approved(worker)
    worker.refresh_from_db()
    assert worker.is_active


def test_another_desk_is_asked_for_and_shown_until_it_is_approved(client: Client) -> None:
    worker = factories.user(Role.CASE_WORKER)
    url = reverse("account-detail", args=[worker.pk])
    client.post(url, {"what": "desk", "role": "supervisor", "reason": "Leads the team"})
    assert "A request waits for approval" in client.get(url).content.decode()
    again = client.post(url, {"what": "desk", "role": "supervisor", "reason": "Again"})
    assert "This has been asked for already" in again.content.decode()
    approved(worker)
    worker.refresh_from_db()
    assert worker.role == Role.SUPERVISOR


def test_nobody_closes_the_own_account(client: Client, admin: User) -> None:
    url = reverse("account-detail", args=[admin.pk])
    assert (
        "You cannot close your own account"
        in client.post(url, {"what": "active", "reason": "x"}).content.decode()
    )


def test_the_systems_account_is_not_there(client: Client) -> None:
    system = factories.user(Role.SYSTEM)
    assert client.get(reverse("account-detail", args=[system.pk])).status_code == 404
    assert system.username not in client.get(reverse("account-list")).content.decode()


def test_the_list_is_filtered_by_desk_and_state(client: Client) -> None:
    factories.user(Role.MAIL_ROOM, first_name="Milo")
    factories.user(Role.MAIL_ROOM, first_name="Mia", is_active=False)
    text = client.get(
        reverse("account-list"), {"role": "mail_room", "is_active": "True"}
    ).content.decode()
    assert "Milo" in text
    assert "Mia" not in text
