"""Gives the suite its services and keys before Django's settings are read.

A pytest plugin, named in pyproject.toml because conftest.py would come too late. Without
DATABASE_URL it joins a throw-away cluster of the data folder; without CELERY_BROKER_URL each run
gets a Valkey of its own. Workers of pytest-xdist inherit what the first process has set.
"""

from __future__ import annotations

import atexit
import base64
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from breach.boot.console import SetupError, say
from breach.boot.locks import open_lock, try_exclusive, wait_exclusive
from breach.boot.postgres import APPLICATION, embedded_postgres
from breach.boot.service import CHECKOUT
from breach.boot.valkey import embedded_valkey


def _prepare() -> None:
    """Fill what the environment leaves open; given back when this process ends."""
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("ROOT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    data_dir = Path(os.environ.get("DATA_DIR") or CHECKOUT / "var").absolute() / "test"
    (data_dir / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where it is absent
    os.environ["DATA_DIR"] = str(data_dir)  # no test touches real data
    if not os.environ.get("DATABASE_URL"):
        _only_one_run(data_dir)
        postgres = embedded_postgres(data_dir, durable=False)
        # The owner makes the test databases; tests of privileges connect as the application.
        os.environ["DATABASE_URL"] = postgres.join()
        os.environ["DATABASE_APPLICATION_ROLE"] = APPLICATION
        os.environ["APPLICATION_URL_OF_TESTS"] = postgres.application_url()
    if not os.environ.get("CELERY_BROKER_URL"):
        os.environ["CELERY_BROKER_URL"] = _broker_of_this_run()


def _only_one_run(data_dir: Path) -> None:
    """Two runs would drop each other's test databases: the second one waits."""
    lock = open_lock(data_dir / "run.lock")  # open until this process ends
    if not try_exclusive(lock):
        say("another test run uses the embedded database; waiting for it to end")
        wait_exclusive(lock)


def _broker_of_this_run() -> str:
    folder = Path(tempfile.mkdtemp(prefix="breach-test-"))
    broker = embedded_valkey(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the broker has stopped
    return broker.join()


def _own_queue_per_worker(worker: str) -> None:
    """Workers share the broker, each with a database number of its own."""
    url = os.environ["CELERY_BROKER_URL"]
    number = int("".join(filter(str.isdigit, worker)) or 0) % 15 + 1
    if url.startswith("redis+socket:") and "virtual_host" not in url:
        os.environ["CELERY_BROKER_URL"] = f"{url}?virtual_host={number}"


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    _own_queue_per_worker(worker)
else:
    try:
        _prepare()
    except SetupError as error:
        sys.exit(str(error))
