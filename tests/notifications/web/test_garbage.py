"""Whatever a stranger types into an address or a form, the answer is a page with a sentence, never a crash."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver

from breach.core.roles import Role
from breach.models import (
    Approval,
    ContactLogEntry,
    DuplicatePair,
    FollowUp,
    Representation,
    Roster,
    RosterRow,
)
from breach.services import clock, contacts, followups
from notifications.models import Batch, Delivery
from tests import factories
from tests.architecture.test_urls import paths
from tests.notifications.factories import clients, counsel, newcomers, send_out
from tests.notifications.outbox_world import World
from tests.signing_in import client_of

GARBAGE = (
    "", " ", "\0", "a\0b", "\u202e", "x" * 100_000, "-1", "0", "9" * 30, "1e999", "NaN", "true", "[]", "{}", "%00",
    "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01 00:00", "' OR 1=1 --",
    "../../etc/passwd", "<script>", "\U0001f600", "e\u0301", "not-a-uuid", str(uuid4()), "es", "zz-ZZ-zz", "+1",
    "@", "a@b", "\r\nX: y", "{{ 7*7 }}", "%s",
)  # fmt: skip
POSTS = 2  # of every page, each with other garbage
NOT_PAGES = ("language/", "sign-out/")  # end the session, or set a cookie, and nothing else
FIELD = re.compile(r"""<(?:input|select|textarea|button)\b[^>]*\bname=["']([^"']+)["']""")
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@pytest.fixture
def addresses(world: World) -> dict[str, list[str]]:
    """Values for the parameters of addresses: things that exist, and things that do not."""
    attorney, _account = counsel()
    notices = clients(world, attorney)
    send_out(world, world.detained(1))
    (exposure,) = newcomers(world, 1)
    followups.open_follow_up(
        actor=world.supervisor, incident=world.incident, exposure=exposure, kind="call_back", reason="Call",
        due_on=clock.today(),
    )  # fmt: skip
    contacts.log_contact(
        actor=world.supervisor, exposure=exposure, at=clock.now(), channel="phone", reached="nobody",
        outcome="no_answer",
    )  # fmt: skip
    roster = Roster.objects.create(
        incident=world.incident, sha256="0" * 64, size=1, status="staged", rows=1, imported_by=world.supervisor,
        mapping={"full_name": "Name"},
    )  # fmt: skip
    RosterRow.objects.create(roster=roster, number=1, outcome="rejected", cells={"Name": "x"})
    first, second = sorted([exposure.person, factories.person()], key=lambda person: str(person.pk))
    committed = Roster.objects.create(
        incident=world.incident, sha256="1" * 64, size=1, status="committed", imported_by=world.supervisor
    )  # fmt: skip
    DuplicatePair.objects.create(
        first=first, second=second, roster=committed, score=1.0, reasons=[]
    )
    models = (
        Delivery, FollowUp, Roster, DuplicatePair, Representation, ContactLogEntry, Batch, Approval,
    )  # fmt: skip
    ids = [str(pk) for model in models for pk in model.objects.values_list("pk", flat=True)[:2]]
    return {
        "slug": [world.incident.slug, "nothing-here"],
        "pk": [*ids, str(uuid4())],
        "reference": [exposure.person.reference, notices[0].reference, "N-0000-0000-0000"],
        "number": ["1", "0", "99999999999999999999", "B-NOTHING"],
        "language": ["es", "zz", "%00"],
        "action": ["transfer", "released", "claim", "withdraw", "unreachable", "nothing"],
        "dimension": ["facility", "language", "nothing"],
        "part": ["table", "nothing"],
        "name": ["letters.pdf", "..", "SHA256SUMS"],
    }


def filled(route: str, values: dict[str, list[str]], dice: random.Random) -> str:
    """The address with something for each parameter: an integer where only that can match."""

    def one(found: re.Match[str]) -> str:
        if found[1] == "int":
            return dice.choice(["0", "1", "99999999999999999999"])
        return dice.choice(values.get(found[2], ["nothing-here", "1-2-3"]))

    return "/" + PARAMETER.sub(one, route)


def pages() -> Iterator[str]:
    for route, _pattern in paths(get_resolver()):
        if not route.startswith(("api/", "components/")) and route not in NOT_PAGES:
            yield route


def posted(fields: list[str], dice: random.Random) -> dict[str, object]:
    body: dict[str, object] = {name: dice.choice(GARBAGE) for name in fields}
    if "file" in body and dice.random() < 0.7:
        body["file"] = SimpleUploadedFile("x.csv", dice.randbytes(300))
    return body


@pytest.mark.parametrize(
    ("role", "least"),
    [(Role.SUPERVISOR, 15), (Role.PRIVACY_OFFICER, 8), (Role.MAIL_ROOM, 4), (Role.ATTORNEY, 3)],
)
def test_garbage_is_answered_with_a_page_not_with_a_crash(
    addresses: dict[str, list[str]], role: str, least: int
) -> None:
    dice, client = random.Random(1), _client(role)
    crashed, forms = [], 0
    for route in pages():
        address = filled(route, addresses, dice)
        query = {name: dice.choice(GARBAGE) for name in ("page", "q", "state", "sort")}
        answers = [client.get(address, query), plain := client.get(address)]
        found = plain.content.decode("utf-8", "replace") if plain.status_code == 200 else ""
        fields = FIELD.findall(found)
        forms += bool(fields)
        for _number in range(0 if plain.status_code == 403 else POSTS):  # a shut door reads no form
            body = posted(fields or ["reason", "statement", "password", "file"], dice)
            answers.append(client.post(address, body))
        crashed += [
            f"{route}: {answer.status_code}" for answer in answers if answer.status_code >= 500
        ]
        if SESSION_KEY not in client.session:  # one of them ended it
            client = _client(role)
    assert crashed == []
    assert forms >= least, forms  # or the walk met closed doors only


def _client(role: str) -> Client:
    return client_of(factories.user(role), raise_request_exception=False)
