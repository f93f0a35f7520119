"""Somebody of each desk in front of the pages, and an incident in which some letters have left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from breach.core.roles import Role
from breach.models import User
from notifications.models import Delivery
from notifications.services import preparing
from tests import factories
from tests.notifications.factories import clients, counsel, newcomers, send_out
from tests.notifications.outbox_world import World
from tests.signing_in import client_of

Enter = Callable[[User | Role], Client]


@pytest.fixture
def enter(db: None) -> Enter:
    """A signed-in visitor: this user, or somebody new of this desk."""

    def signed_in(who: User | Role) -> Client:
        user = factories.user(who) if isinstance(who, Role) else who
        return client_of(user)

    return signed_in


@dataclass
class Scene:
    """Two people told through counsel, two in custody of whom one's letter has left, one nobody can find."""

    world: World
    hand: list[Delivery]

    @property
    def slug(self) -> str:
        return self.world.incident.slug


@pytest.fixture
def scene(world: World) -> Scene:
    attorney, _account = counsel()
    clients(world, attorney, 2)
    hand = world.detained(2)
    send_out(world, hand[:1])
    newcomers(world, 1)
    preparing.prepare(actor=world.system, incident=world.incident)
    return Scene(world, hand)
