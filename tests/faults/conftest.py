"""Faults need real commits and real processes: a database seen by both, a relay outside, workers to kill."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from notifications import mailsink
from tests.faults.worker import work
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
    """Worker processes of this test, forked; whatever still runs at its end is ended."""

    running: list[BaseProcess] = field(default_factory=list)

    def start(
        self, channel: str, lease: timedelta, step: str = "", occurrence: int = 1
    ) -> BaseProcess:
        """A process that sends until nothing is due, or kills itself at the n-th coming of a step."""
        connections.close_all()  # a connection must not be shared with a forked child
        process = multiprocessing.get_context("fork").Process(
            target=work, args=(channel, lease, step, occurrence)
        )
        process.start()
        self.running.append(process)
        return process

    def run_until_killed(
        self, channel: str, lease: timedelta, step: str, occurrence: int = 1
    ) -> None:
        process = self.start(channel, lease, step, occurrence)
        process.join(timeout=60)
        assert process.exitcode == -signal.SIGKILL

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.join()


@pytest.fixture
def crew(world: World, relay: Relay) -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.end()
