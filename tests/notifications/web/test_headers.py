"""Errors, files, redirects and static files carry the headers that keep an answer private.

`tests/matrix/` sees to it that every address has them, whatever the method and whoever asks.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from django.db import connections
from django.db.utils import OperationalError
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from breach.boot.service import CHECKOUT
from breach.core.roles import Role
from breach.models import User
from notifications.models import Delivery, Notification
from tests import factories
from tests.headers import WANTED, missing
from tests.notifications.factories import clients, counsel
from tests.notifications.web.conftest import Enter, Scene
from tests.signing_in import client_of

IN_THE_OPEN = {"Cache-Control": re.compile(r"max-age=\d+, public")}  # of static files


def refused_host(client: Client) -> HttpResponseBase:
    return client.get("/", headers={"host": "elsewhere.invalid"})


def forged_form(_client: Client) -> HttpResponseBase:
    return Client(enforce_csrf_checks=True).post(reverse("sign-in"))


def nowhere(client: Client) -> HttpResponseBase:
    return client.get("/nobody/")


def not_for_this_desk(client: Client) -> HttpResponseBase:
    return client.get(reverse("account-create"))


def wrong_method(client: Client) -> HttpResponseBase:
    return client.delete(reverse("worklist"))


def broken(client: Client) -> HttpResponseBase:
    return client.get(reverse("worklist"))


def without_slash(client: Client) -> HttpResponseBase:
    return client.get("/worklist")


@pytest.mark.parametrize(
    ("way", "status"),
    [
        (refused_host, 400), (forged_form, 403), (not_for_this_desk, 403), (nowhere, 404), (wrong_method, 405),
        (broken, 500), (without_slash, 301),
    ],
    ids=lambda it: getattr(it, "__name__", str(it)),
)  # fmt: skip
def test_errors_and_redirects_carry_them_too(
    way: object, status: int, enter: Enter, settings: Settings
) -> None:
    if status == 500:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.breach.core.crashing.Crash"]
    client = enter(Role.CASE_WORKER)
    client.raise_request_exception = False
    answer = way(client)  # type: ignore[operator]
    assert answer.status_code == status
    assert not missing(answer)


def test_so_does_the_answer_while_the_database_is_away(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> object:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "cursor", away)
        answer = Client().get(reverse("healthz"))
    assert answer.status_code == 503
    assert not missing(answer)


def test_a_redirect_to_https_carries_them_too(db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    answer = Client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/")
    assert not missing(answer)
    assert Client().get("/sign-in/", secure=True).headers["Strict-Transport-Security"]


def test_static_files_may_be_kept_and_run_nothing(db: None) -> None:
    answer = Client().get("/static/css/site.css")
    assert answer.status_code == 200
    assert not missing(answer, WANTED | IN_THE_OPEN)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_letters_are_never_kept_and_their_names_say_nothing(enter: Enter, scene: Scene) -> None:
    attorney, account = counsel()
    (notice,) = clients(scene.world, attorney)
    delivery = Delivery.objects.filter(artefact__isnull=False).first()
    assert delivery is not None
    answers = [
        enter(account).post(reverse("portal-open", args=[notice.reference])),
        enter(scene.world.supervisor).post(reverse("delivery-letter", args=[delivery.pk])),
    ]
    for answer in answers:
        assert answer.content.startswith(b"%PDF")
        assert not missing(answer)
        name = re.fullmatch(
            r'inline; filename="(?:notice|letter)-(.+)\.pdf"', answer.headers["Content-Disposition"]
        )
        assert name
        assert Notification.objects.filter(reference=name[1]).exists()


def test_signing_out_clears_what_the_browser_keeps(db: None) -> None:
    user: User = factories.user(Role.CASE_WORKER)
    client = client_of(user)
    assert "Clear-Site-Data" not in client.get(reverse("home")).headers
    answer = client.post(reverse("sign-out"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not missing(answer)


def test_production_ties_its_cookies_to_this_host_and_to_https() -> None:
    names = (
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN",
    )  # fmt: skip
    script = (
        "import json; from django.conf import settings;"
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True,
        env={**os.environ, "DEBUG": "0", "DEMO": "0", "HTTPS": "1", "DJANGO_SETTINGS_MODULE": "breach.settings"},
    )  # fmt: skip
    said = json.loads(ended.stdout)
    assert {name: said[name] for name in names[:3]} == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "LANGUAGE_COOKIE_NAME": "__Host-language",
    }
    assert all(said[name] for name in names[3:10])
    assert (said["SESSION_COOKIE_PATH"], said["SESSION_COOKIE_DOMAIN"]) == ("/", None)
