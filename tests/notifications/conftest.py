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
def world_once(around_the_module: bool) -> World | None:
    return make_world() if around_the_module else None


@pytest.fixture
def world(world_once: World | None, db: None, settings: Settings, tmp_path: Path) -> World:
    """The world as it was made; made anew for each test of a module that commits."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return copy.deepcopy(world_once) if world_once else make_world()


@pytest.fixture
def sink(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A real mail server for this test; gives its Maildir."""
    maildir = tmp_path / "mail"
    with mailsink.serving(maildir) as port:
        settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": port}
        yield maildir
