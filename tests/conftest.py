"""What every test may ask for: a browser, the shared example data, a database that can be emptied."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from pytest_django import Settings

from breach.boot import system
from breach.boot.service import CHECKOUT

pytest_plugins = ["tests.browser.windows"]
SHARED_DATA = CHECKOUT.parent / "shared" / "data"


def pytest_report_header() -> list[str]:
    browser = system.browser()
    return [
        "browser: "
        + (browser or "none, so browser tests are skipped (install chromium-headless-shell)"),
        "shared data: " + ("present" if SHARED_DATA.is_dir() else "absent, its tests are skipped"),
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, else in the random order they came: no worker waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What lives for the whole run is not looked at again whenever Python collects its garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def browser_available() -> str:
    """The path of Chromium; skips the test where there is none."""
    browser = system.browser()
    if browser is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium-headless-shell")
    return browser


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the realistic example files; skips the test where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """The hasher of production at its lowest cost: nobody guesses the passwords of a test."""
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 8
    Argon2PasswordHasher.parallelism = 1


@pytest.fixture(autouse=True)
def own_checkpoints(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has a history of its own, and so its own checkpoints; the file is made when one is written."""
    settings.CHECKPOINTS = tmp_path_factory.getbasetemp() / uuid4().hex / "audit.jsonl"


@pytest.fixture(autouse=True)
def no_language_left_over() -> None:
    """A page asked for in Spanish leaves its thread speaking Spanish; the next test begins in the default language."""
    translation.deactivate()


@pytest.fixture(scope="module")
def around_the_module(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[bool]:
    """One transaction around a module's tests, for a world that is made once; each test undoes what it does to it.

    False, and no transaction, where a test of the module commits: it would wait for this one.
    """
    if any(_commits(item) for item in request.session.items if _module(item) is request.module):
        yield False
        return
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        yield True
        transaction.set_rollback(True)


def _module(item: pytest.Item) -> object:
    return getattr(item, "module", None)


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(asked or (marker and marker.kwargs.get("transaction")))


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_triggers() -> None:
    """Let tests with real commits empty the tables: the history refuses TRUNCATE by trigger, as it should.

    Only tables with rows in them are emptied, by DELETE: to TRUNCATE all of them takes many times as long.
    """

    def sql_flush(
        self: DatabaseOperations, _style: object, tables: list[str], **_: bool
    ) -> list[str]:
        quoted = [self.quote_name(table) for table in tables]
        with self.connection.cursor() as cursor:
            asked = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in quoted)
            cursor.execute(" UNION ALL ".join(asked))
            filled = [table for (table,) in cursor.fetchall()]
        off, on = (
            [f"ALTER TABLE {table} {way} TRIGGER USER" for table in filled]
            for way in ("DISABLE", "ENABLE")
        )
        # Our foreign keys are deferred, so rows go in any order; a table cannot be altered while a check is pending.
        emptied = [f"DELETE FROM {table}" for table in filled]
        return [*off, *emptied, "SET CONSTRAINTS ALL IMMEDIATE", *on]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]  # for this test run
