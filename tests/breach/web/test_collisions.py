"""Two people change the same thing at the same moment: whoever comes second is told so in words, never a fault."""

from __future__ import annotations

from typing import NoReturn

import pytest
from django.db import connection, transaction
from django.urls import reverse

from breach.core.roles import Role
from breach.models import Exposure, FollowUp
from breach.services import clock, followups
from tests import factories
from tests.api_calls import post, sentence
from tests.signing_in import client_of

MET = "Somebody else was changing"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def follow_up(db: None) -> FollowUp:
    exposure: Exposure = factories.exposure()
    worker = factories.user(Role.CASE_WORKER)
    return followups.open_follow_up(
        actor=worker, incident=exposure.incident, exposure=exposure, kind="call_back", reason="Call again.",
        due_on=clock.today(), owner=worker,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def ended_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def deadlock(**_facts: object) -> NoReturn:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
        raise AssertionError

    monkeypatch.setattr(followups, "reschedule", deadlock)
    monkeypatch.setattr(followups, "take", deadlock)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_page_says_it_in_words(follow_up: FollowUp, headers: dict[str, str]) -> None:
    client = client_of(follow_up.owner)
    answer = client.post(reverse("follow-up-take", args=[follow_up.pk]), headers=headers)
    assert answer.status_code == 503
    assert MET in answer.content.decode()
    assert answer.headers["Retry-After"] == "1"
    assert ("<html" in answer.content.decode()) is not bool(headers)


def test_the_api_says_it_with_a_code(follow_up: FollowUp) -> None:
    path = f"/api/follow-ups/{follow_up.pk}/reschedule/"
    client = client_of(follow_up.owner)
    client.raise_request_exception = False
    answer = post(client, path, {"due_on": str(clock.today())})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["errors"][0]["code"] == "busy"
    assert sentence(answer).startswith(MET)
