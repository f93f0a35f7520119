"""The outbox's world for every test that needs one, with a spool and a mail sink of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from notifications import mailsink

from .outbox_world import World, make_world


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    settings.SPOOL_DIR = tmp_path / "spool"
    return make_world()


@pytest.fixture
def sink(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A real mail server for this test; gives its Maildir."""
    maildir = tmp_path / "mail"
    with mailsink.serving(maildir) as port:
        settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": port}
        yield maildir
