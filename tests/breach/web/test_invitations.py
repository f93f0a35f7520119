"""An account comes without a password: its human opens a link once, chooses one, and sets up a second factor."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AuditEvent, User
from breach.services import attorneys, invitations
from tests import factories
from tests.signing_in import client_of

pytestmark = pytest.mark.django_db

NEW = "several invented words here"
CHOSEN = {"new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def admin() -> User:
    return factories.user(Role.ADMINISTRATOR)


@pytest.fixture
def newcomer() -> User:
    return factories.user(Role.CASE_WORKER)


def without_tokens(answer: HttpResponse, path: str) -> bytes:
    """The page without what is new in each: the token of its forms, and its own address."""
    page = re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")\w+', b"", bytes(answer.content))
    return page.replace(path.encode(), b"")


def link_to(user: User, by: User) -> str:
    """A link as its human types it: the part after the host."""
    return urlsplit(invitations.issue(actor=by, user=user)).path


def test_the_link_is_shown_once_and_opens_the_way_in(admin: User, newcomer: User) -> None:
    page = client_of(admin).post(reverse("account-invite", args=[newcomer.pk]))
    link = urlsplit(page.context["link"]).path
    visitor = Client()
    assert newcomer.username in visitor.get(link).content.decode()
    assert visitor.post(link, CHOSEN).url == reverse("sign-in")
    visitor.post(reverse("sign-in"), {"login": newcomer.username, "password": NEW})
    assert visitor.get(reverse("home")).url == reverse("second-factor")
    told = [event.action for event in AuditEvent.objects.order_by("pk")]
    assert told == ["user.invited", "user.invitation_accepted", "user.signed_in"]
    assert link.split("/")[-2] not in str(list(AuditEvent.objects.values()))


def test_looking_at_the_link_uses_nothing_up(admin: User, newcomer: User) -> None:
    link = link_to(newcomer, admin)
    for method in ("get", "head", "get"):
        assert getattr(Client(), method)(link).status_code == 200
    assert Client().post(link, CHOSEN).status_code == 302


def test_a_password_that_is_known_or_short_is_refused(admin: User, newcomer: User) -> None:
    link = link_to(newcomer, admin)
    for bad in ("short", "password12345678", newcomer.username + "-x"):
        Client().post(link, {"new_password1": bad, "new_password2": bad})
        newcomer.refresh_from_db()
        assert not newcomer.has_usable_password(), bad


@pytest.mark.parametrize("why", ["used", "newer", "old", "closed", "forged", "foreign", "absent"])
def test_dead_links_answer_alike_whatever_killed_them(
    admin: User, newcomer: User, why: str
) -> None:
    link = link_to(newcomer, admin)
    later = timedelta()
    match why:
        case "used":
            Client().post(link, CHOSEN)
        case "newer":
            link_to(newcomer, admin)
        case "old":
            later = timedelta(days=3, minutes=1)
        case "closed":
            User.objects.filter(pk=newcomer.pk).update(is_active=False)
        case "forged":
            link = link[:-3] + "xx/"
        case "foreign":
            link = link.replace(str(newcomer.pk), str(admin.pk))
        case "absent":
            link = link.replace(str(newcomer.pk), "00000000-0000-4000-8000-000000000000")
    never = reverse("invitation", args=["00000000-0000-4000-8000-000000000001", "a-b"])
    with time_machine.travel(later):
        answers = [Client().get(link), Client().post(link, CHOSEN), Client().get(never)]
    assert {answer.status_code for answer in answers} == {404}
    assert without_tokens(answers[0], link) == without_tokens(answers[2], never)


def test_a_link_for_a_closed_account_works_once_it_is_approved(admin: User) -> None:
    waiting = factories.user(Role.CASE_WORKER, is_active=False)
    link = link_to(waiting, admin)
    assert Client().get(link).status_code == 404
    User.objects.filter(pk=waiting.pk).update(is_active=True)
    assert Client().get(link).status_code == 200


def test_only_administrators_make_links_and_never_for_themselves(
    admin: User, newcomer: User
) -> None:
    for desk in (Role.CASE_WORKER, Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.AUDITOR):
        other = client_of(factories.user(desk))
        assert other.post(reverse("account-invite", args=[newcomer.pk])).status_code == 403
    client_of(admin).post(reverse("account-invite", args=[admin.pk]))
    assert not AuditEvent.objects.filter(action="user.invited").exists()


def test_a_supervisor_makes_the_first_link_for_counsel_and_no_other(admin: User) -> None:
    exposure = factories.exposure()
    representation = factories.representation(exposure.person)
    where = [exposure.incident.slug, exposure.person.reference, representation.pk]
    client, url = client_of(factories.user(Role.SUPERVISOR)), reverse("counsel-invite", args=where)
    assert client.get(url).status_code == 404  # nobody has opened an account yet
    attorney = representation.attorney
    account = attorneys.invite(actor=admin, attorney=attorney, username="carla@counsel.example")
    assert url in client.get(reverse("person-detail", args=where[:2])).content.decode()
    assert client_of(factories.user(Role.CASE_WORKER)).post(url).status_code == 403
    link = urlsplit(client.post(url).context["link"]).path
    assert Client().post(link, CHOSEN).url == reverse("sign-in")
    assert url not in client.get(reverse("person-detail", args=where[:2])).content.decode()
    assert client.post(url).status_code == 403
    account.refresh_from_db()
    assert account.check_password(NEW)
