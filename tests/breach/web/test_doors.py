"""Who gets in: strangers sign in first, other desks are refused, and what is not yours is not there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import Exposure
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast
from tests.signing_in import signed_in_by_page


def pages(exposure: Exposure) -> dict[str, str]:
    """The case file's pages that can be looked at, by name."""
    slug, reference = exposure.incident.slug, exposure.person.reference
    of_incident = (
        "incident-detail", "incident-policy", "incident-stop", "incident-history", "roster-list",
        "roster-upload", "people-list",
    )  # fmt: skip
    found = {name: reverse(name, args=[slug]) for name in of_incident}
    found |= {
        name: reverse(name, args=[slug, reference])
        for name in ("person-detail", "person-history", "person-assign")
    }
    found["person-action"] = reverse("person-action", args=[slug, reference, "transfer"])
    plain = (
        "home",
        "incident-list",
        "incident-open",
        "audit-list",
        "account-list",
        "account-create",
    )
    return found | {name: reverse(name) for name in plain}


def test_a_stranger_is_sent_to_the_sign_in_from_every_page(db: None) -> None:
    for name, url in pages(factories.exposure()).items():
        answer = Client().get(url)
        assert (name, answer.status_code, answer.url.split("?")[0]) == (
            name,
            302,
            reverse("sign-in"),
        )


@pytest.mark.parametrize(
    ("desk", "refused"),
    [
        (
            "worker",
            {"incident-policy", "incident-stop", "roster-upload", "person-assign", "audit-list"},
        ),
        ("auditor", {"incident-open", "person-action", "roster-list", "account-list"}),
        ("mail_room", {"people-list", "person-detail", "incident-policy", "incident-history"}),
        ("attorney", {"incident-list", "incident-detail", "people-list", "person-detail"}),
        ("supervisor", {"audit-list", "account-create"}),
    ],
)
def test_another_desk_is_refused(cast: Cast, sign_in: SignIn, desk: str, refused: set[str]) -> None:
    client, urls = sign_in(getattr(cast, desk)), pages(factories.exposure())
    assert {name: client.get(urls[name]).status_code for name in refused} == dict.fromkeys(
        refused, 403
    )


def test_not_there_and_in_another_incident_are_the_same_answer(cast: Cast, sign_in: SignIn) -> None:
    here, elsewhere = factories.exposure(), factories.exposure()
    client = sign_in(cast.supervisor)
    mixed = reverse("person-detail", args=[here.incident.slug, elsewhere.person.reference])
    nowhere = reverse("person-detail", args=["nowhere", here.person.reference])
    answers = [client.get(mixed), client.get(nowhere), client.get("/incidents/nowhere/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_every_page_of_a_supervisor_opens(cast: Cast, sign_in: SignIn) -> None:
    client, urls = sign_in(cast.supervisor), pages(factories.exposure())
    answers = {name: client.get(url).status_code for name, url in urls.items()}
    assert {name for name, status in answers.items() if status == 200} == urls.keys() - {
        "audit-list", "incident-history", "account-list", "account-create",
    }  # fmt: skip


def test_signing_in_and_out_by_post_only(db: None) -> None:
    factories.user(Role.SUPERVISOR, password=factories.PASSWORD)
    user = factories.user(Role.CASE_WORKER, password=factories.PASSWORD)
    client = Client()
    assert signed_in_by_page(client, user).url == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out")).status_code == 302
    assert client.get(reverse("home")).status_code == 302


def test_the_load_balancer_gets_one_word(db: None) -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_visitor_may_choose_a_language(db: None) -> None:
    client = Client()
    client.post(reverse("set_language"), {"language": "es", "next": reverse("sign-in")})
    assert b'<html lang="es"' in client.get(reverse("sign-in")).content
