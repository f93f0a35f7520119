"""A browser without pictures: a client that is signed in as one of the cast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from breach.models import User
from tests.signing_in import client_of

SignIn = Callable[[User], Client]


@pytest.fixture
def sign_in() -> SignIn:
    def as_user(user: User) -> Client:
        return client_of(user)

    return as_user
