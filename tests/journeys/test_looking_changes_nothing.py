"""Every address is looked at, and no table changes; `make get-safety` does it for every desk and every safe method."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import path
from pytest_django import Settings

from breach.models import Incident
from tests import demo_world
from tests.campaigns import watching
from tests.campaigns.addresses import Address, addresses

pytestmark = pytest.mark.slow
DESKS = {"supervisor", "attorney"}


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> Incident:
    settings.SPOOL_DIR, settings.MAILDIR = tmp_path / "spool", tmp_path / "mail"
    settings.DEMO = settings.DEBUG = True  # with the pages that are there only then
    incident = demo_world.build(24)  # of fewer, every counsel may say "not my client" by chance
    demo_world.rare_rows()
    return incident


def test_looking_at_every_address_changes_no_table(world: Incident, settings: Settings) -> None:
    who = [(name, client) for name, client in watching.visitors() if name in DESKS]
    tally = watching.walk(addresses(), who, ["GET"])
    assert not tally.changed
    assert not tally.broken
    assert len(tally.closed) < tally.urls / 2  # most of them have something to show to these few
    settings.ROOT_URLCONF = (path("planted/", watching.writes),)
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    bare = watching.walk([Address("planted", "/planted/")], list(watching.visitors())[:1], ["GET"])
    # The change, and the note that the database itself makes of it.
    assert bare.changed == ["planted changes breach_tablechange", "planted changes breach_user"]
