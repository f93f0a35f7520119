"""The stage of the stories: a browser, a relay that keeps every mail, and a worker with its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from pytest_django import Settings

from breach.celery import app
from notifications import mailsink


@pytest.fixture
def mailbox(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A real SMTP server; the Maildir it writes to."""
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.MAILDIR = tmp_path / "mail"
    with mailsink.serving(settings.MAILDIR) as port:
        settings.SMTP = {**settings.SMTP, "port": port}
        yield settings.MAILDIR


@pytest.fixture
def worker(site: str, mailbox: Path) -> Iterator[None]:
    """A Celery worker on the run's own broker, listening to every queue."""
    queues = "import,render,send,housekeeping"
    with start_worker(app, perform_ping_check=False, pool="solo", concurrency=1, queues=queues):
        yield
