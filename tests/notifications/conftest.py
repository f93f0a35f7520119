"""The outbox's world for every test that needs one, with a spool and a mail sink of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from notifications import mailsink

from .outbox_world import World, make_world


@pytest.fixture(scope="module")
def world_once(request: pytest.FixtureRequest, around_the_module: bool) -> World | None:
    """None where a test of the module commits, or counts rows in a database that has no world in it."""
    asked = [
        set(getattr(item, "fixturenames", ()))
        for item in request.session.items
        if getattr(item, "module", None) is request.module
    ]
    alone = all("world" in names or "db" not in names for names in asked)
    return make_world() if around_the_module and alone else None


@pytest.fixture
def world(world_once: World | None, db: None, settings: Settings, tmp_path: Path) -> World:
    """The world as it was made; made anew for each test where it cannot be shared."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return copy.deepcopy(world_once) if world_once else make_world()


@pytest.fixture
def sink(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A real mail server for this test; gives its Maildir."""
    maildir = tmp_path / "mail"
    with mailsink.serving(maildir) as port:
        settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": port}
        yield maildir
