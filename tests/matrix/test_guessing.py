"""An attorney who guesses: hundreds of addresses of notices, some of which exist, all answer in the same bytes.

`GUESSES=10000 python3 manage.py test tests/matrix/test_guessing.py` guesses longer.
"""

from __future__ import annotations

import hashlib
import logging
import os
import random

import pytest
from django.test import Client
from django.urls import reverse

from breach.core.references import new_reference
from breach.core.roles import Role
from notifications.models import Notification
from tests import factories
from tests.notifications.factories import clients
from tests.notifications.outbox_world import World, make_world
from tests.signing_in import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(900)]

GUESSES, REAL = int(os.environ.get("GUESSES", "300")), 20
ABOUT_THE_ANSWER = ("Content-Type", "Content-Length", "Vary", "Cache-Control", "Location", "Allow")


@pytest.fixture
def foreign() -> tuple[World, list[Notification]]:
    """Notices that have left for somebody else's clients."""
    world = make_world("theirs")
    other = factories.attorney(account=factories.user(Role.ATTORNEY))
    return world, clients(world, other, REAL)


def fingerprint(client: Client, method: str, url: str) -> str:
    answer = getattr(client, method)(url)
    told = [answer.status_code, *(answer.headers.get(name) for name in ABOUT_THE_ANSWER)]
    return hashlib.sha256(repr(told).encode() + answer.content).hexdigest()


def test_all_guesses_answer_alike(foreign: tuple[World, list[Notification]]) -> None:
    world, notices = foreign
    guesser = factories.user(Role.ATTORNEY)
    own = clients(world, factories.attorney(account=guesser), 1)[0]
    client = client_of(guesser, ago=-36_000)
    guesses = [new_reference("N") for _ in range(GUESSES - REAL)]
    guesses += [notice.reference for notice in notices]
    random.shuffle(guesses)
    logging.disable(logging.CRITICAL)
    try:
        seen = {fingerprint(client, "get", reverse("portal-notice", args=[one])) for one in guesses}
        opened = {
            fingerprint(client, "post", reverse(name, args=[one]))
            for name in ("portal-open", "portal-not-my-client")
            for one in guesses[:30] + [notice.reference for notice in notices]
        }
        attested = {
            fingerprint(client, "get", f"{reverse('portal-attest')}?notice={own.reference}&notice={one}")
            for one in guesses[:30] + [notice.reference for notice in notices]
        }  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
    assert seen == opened == attested
    assert len(seen) == 1
    assert client.get(reverse("portal-notice", args=[own.reference])).status_code == 200
