"""Signing in tells nobody whether an account exists: not by words, not by the work it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AuditEvent, User
from tests import factories
from tests.signing_in import app_of

pytestmark = pytest.mark.django_db

KINDS = ("unknown", "wrong", "closed", "closed-right", "never-set", "with-factor")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every time the expensive function runs."""
    ran: list[str] = []
    for name in ("encode", "verify"):
        plain = getattr(Argon2PasswordHasher, name)

        def counted(self, *args, _plain=plain, _name=name, **kwargs):  # type: ignore[no-untyped-def]
            ran.append(_name)
            return _plain(self, *args, **kwargs)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    yield ran


def attempt(kind: str) -> tuple[str, str]:
    """A user name of always the same length, and a password."""
    name = f"{kind:x<20}"
    if kind != "unknown":
        has = None if kind == "never-set" else factories.PASSWORD
        user = factories.user(Role.CASE_WORKER, password=has, is_active="closed" not in kind)
        User.objects.filter(pk=user.pk).update(username=name)
        if kind == "with-factor":
            user.refresh_from_db()
            app_of(user)
    right = factories.PASSWORD if kind == "closed-right" else "not the right sentence at all"
    return name, right


def answer_to(name: str, password: str) -> bytes:
    answer = Client().post(reverse("sign-in"), {"login": name, "password": password})
    assert answer.status_code == 200
    without_token = re.sub(
        rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")\w+', b"", answer.content
    )
    return without_token.replace(name.encode(), b"NAME")


def test_every_refusal_is_the_same_bytes() -> None:
    answers = {kind: answer_to(*attempt(kind)) for kind in KINDS}
    assert {kind for kind, body in answers.items() if body != answers["unknown"]} == set()
    assert b"do not match" in answers["unknown"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_is_the_same_work(kind: str, hashed: list[str]) -> None:
    given = attempt(kind)
    hashed.clear()
    answer_to(*given)
    assert len(hashed) == 1, hashed


def test_what_strangers_type_is_kept_nowhere_in_the_history() -> None:
    answer_to("somebody-elses-secret", "x" * 20)
    event = AuditEvent.objects.get(action="user.sign_in_failed")
    assert "somebody-elses-secret" not in str(AuditEvent.objects.values().get(pk=event.pk))
    assert event.changes == {}


def test_guessing_slows_the_guesser_and_not_the_person_somewhere_else() -> None:
    user = factories.user(Role.CASE_WORKER, password=factories.PASSWORD)
    here, there = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    given = {"login": user.username, "password": "a wrong sentence"}
    answers = [here.post(reverse("sign-in"), given).status_code for _attempt in range(11)]
    assert answers[-1] == 429
    right = given | {"password": factories.PASSWORD}
    assert here.post(reverse("sign-in"), right).status_code == 429
    assert there.post(reverse("sign-in"), right).status_code == 302
