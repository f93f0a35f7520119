"""How tests speak to the API: as somebody signed in, in JSON."""

from __future__ import annotations

from typing import Any

from django.test import Client

from breach.models import User
from tests.signing_in import client_of


def signed_in(user: User, **how: Any) -> Client:
    """A client with this user's session."""
    return client_of(user, **how)


def post(client: Client, path: str, body: object, **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


def sentence(answer: Any) -> str:
    """What the first error of an answer says."""
    return str(answer.json()["errors"][0]["detail"])
