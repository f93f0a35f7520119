"""Faults need real commits and real processes: a database seen by both, a relay outside, workers to kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django import Settings

from breach.boot.service import CHECKOUT
from notifications import mailsink
from tests.notifications.outbox_world import World, make_world


@pytest.fixture
def world(transactional_db: None, settings: Settings, tmp_path: Path) -> World:
    settings.SPOOL_DIR = tmp_path / "data" / "spool"
    return make_world("faults")


@dataclass
class Relay:
    """A mail sink that outlives every worker."""

    maildir: Path
    port: int

    def recipients(self) -> list[str]:
        return sorted(message.to for message in mailsink.messages(self.maildir))

    def message_ids(self) -> set[str]:
        return {message.message_id for message in mailsink.messages(self.maildir)}


@pytest.fixture
def relay(settings: Settings, tmp_path: Path) -> Iterator[Relay]:
    maildir = tmp_path / "mail"
    with mailsink.serving(maildir) as port:
        settings.SMTP = {**settings.SMTP, "host": "127.0.0.1", "port": port}
        yield Relay(maildir, port)


@dataclass
class Crew:
    """Worker processes of this test; whatever still runs at its end is ended."""

    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
        )
        self.running.append(worker)
        return worker

    def run_until_killed(self, *arguments: str) -> None:
        assert self.start(*arguments).wait(timeout=60) == -signal.SIGKILL

    def end(self) -> None:
        for worker in self.running:
            worker.kill()
            worker.wait()


@pytest.fixture
def crew(world: World, relay: Relay, tmp_path: Path) -> Iterator[Crew]:
    name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    crew = Crew(
        {
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "breach.settings",
            "DATA_DIR": str(tmp_path / "data"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(relay.port),
            "DEMO": "1",
        }
    )
    yield crew
    crew.end()
