"""The database's own log: ours says nothing of rows, and the check warns of one that would."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from breach import checks
from tests import factories

CANARY = "Quetzalcoatl Zapata"


def warned_of() -> set[str]:
    found = run_checks(tags=["database"], include_deployment_checks=True, databases=["default"])
    return {str(one.msg).split()[4] for one in found if one.id == "breach.W001"}


def is_embedded() -> bool:
    return unquote(urlsplit(os.environ["DATABASE_URL"]).netloc).rpartition("@")[2].startswith("/")


@pytest.mark.django_db
def test_the_embedded_server_logs_no_row() -> None:
    if not is_embedded():
        pytest.skip("this run has a server of its own")
    assert warned_of() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(checks.QUIET_SERVER))
def test_each_setting_that_would_log_rows_is_warned_of(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_settings WHERE name = %s", [name])
        (known,) = cursor.fetchone()
    if not known:
        pytest.skip(f"this server has no {name}")
    # Only a superuser may change them: whatever the server has is taken for wrong instead.
    monkeypatch.setitem(checks.QUIET_SERVER, name, {"something else"})
    assert name in warned_of()


@pytest.mark.django_db
def test_the_check_is_asked_only_with_a_database() -> None:
    assert checks.server_log_is_quiet(databases=None) == []


@pytest.mark.django_db(transaction=True)
def test_a_refused_row_does_not_stand_in_the_servers_log() -> None:
    if not is_embedded():
        pytest.skip("the log of this server is not ours to read")
    log = Path(os.environ["DATA_DIR"]) / "postgres" / "server.log"
    before = log.stat().st_size
    person = factories.person(a_number="000000001")
    for statement in (
        "SELECT %s::date",
        "INSERT INTO breach_facility (id, code, name) VALUES (NULL, %s, '')",
        "SELECT 1 /* for %s */ FROM nowhere",
        "SET LOCAL statement_timeout = 1; SELECT pg_sleep(1), %s",
        "DO $$BEGIN RAISE EXCEPTION 'no letter for %%', %s; END$$",
    ):
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute(statement, [CANARY])
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("INSERT INTO breach_personlanguage SELECT * FROM breach_personlanguage")
    said = log.read_bytes()[before:].decode("utf-8", "replace")
    assert CANARY not in said
    assert str(person.pk) not in said
