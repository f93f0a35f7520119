"""The servers of a real installation: their PostgreSQL, their broker, Celery workers that are killed while sending."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from breach.boot.service import CHECKOUT
from notifications import mailsink, tasks
from notifications.models import Delivery
from notifications.services import resolving
from tests.faults.aftermath import each_exactly_once, let_leases_run_out, states
from tests.faults.conftest import Relay
from tests.notifications.outbox_world import World

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

PEOPLE = 60
Hire = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def hire(world: World, relay: Relay) -> Iterator[Hire]:
    """Starts a Celery worker with two processes on the broker of this run; whatever still runs is ended."""
    hired: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DATABASE_URL": address_of_the_database(), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(relay.port),
        "BREACH_SETUP": "off",
    }  # fmt: skip

    def start() -> subprocess.Popen[bytes]:
        command = [
            sys.executable, "-m", "celery", "-A", "breach.celery", "worker", "--concurrency", "2",
            "--queues", "send,housekeeping", "--loglevel", "WARNING",
        ]  # fmt: skip
        hired.append(
            subprocess.Popen(command, cwd=CHECKOUT, env=environment, start_new_session=True)
        )
        return hired[-1]

    yield start
    for worker in hired:
        kill(worker)


def address_of_the_database() -> str:
    """The test database, for another process."""
    its = connection.settings_dict
    user = quote(its["USER"]) + (f":{quote(its['PASSWORD'])}" if its["PASSWORD"] else "")
    return f"postgres://{user}@{its['HOST']}:{its['PORT'] or 5432}/{its['NAME']}"


def kill(worker: subprocess.Popen[bytes]) -> None:
    """SIGKILL for the worker and its children at once: nobody can tidy up."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def until(happened: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for the workers; the clock strikes for them meanwhile, as Celery's beat does."""
    limit = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < limit, f"the workers did not get there: {states()}"
        tasks.tick.delay()
        time.sleep(0.5)


@pytest.mark.django_db
def test_the_models_are_migrated_on_this_postgresql() -> None:
    assert connection.pg_version >= 150000
    call_command("migrate", check_unapplied=True, verbosity=0)
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_celery_workers_killed_three_times_on_this_broker_lose_and_double_nothing(
    world: World, relay: Relay, hire: Hire
) -> None:
    assert not settings.CELERY_BROKER_URL.startswith("memory"), "a real broker, or nothing is shown"
    world.represented(PEOPLE)
    for kill_number in range(1, 4):
        worker = hire()
        until(lambda: mailsink.count(relay.maildir) >= kill_number * 8)  # noqa: B023  # called at once
        kill(worker)
        assert max(Counter(relay.recipients()).values()) == 1
        assert Delivery.objects.exclude(state="sent").exists(), "killed too late to show anything"
        let_leases_run_out()
    hire()
    until(lambda: not Delivery.objects.exclude(state__in=["sent", "ambiguous"]).exists())
    resolving.resolve_by_relay_log(
        actor=world.system, incident=world.incident, accepted=relay.message_ids(), complete=True
    )
    until(lambda: states() == {"sent": PEOPLE})
    each_exactly_once(world, relay)
