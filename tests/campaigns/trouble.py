"""Trouble in the database with somebody's values in hand: constraints, casts, time-outs, lost connections."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

import psycopg2
from django.db import connections
from django.urls import reverse

from tests.campaigns.planted import EVERYBODY, PEOPLE
from tests.campaigns.stage import Stage
from tests.campaigns.story import SLUG
from tests.campaigns.walking import Desk

STATEMENTS = (
    "SELECT %(text)s::uuid",
    "SELECT %(text)s::date",
    "SELECT %(text)s::int",
    "INSERT INTO breach_user (id, username) VALUES (gen_random_uuid(), %(text)s)",
    "UPDATE breach_incident SET slug = repeat(%(text)s, 99)",
    "SELECT 1 /* looking for %(text)s */ FROM nowhere",
    "SET statement_timeout = 1; SELECT pg_sleep(1), %(text)s",
    "DO $$BEGIN RAISE WARNING 'no letter for %%', %(text)s; RAISE EXCEPTION 'none for %%', %(text)s; END$$",
    "CREATE TEMP TABLE found (name text PRIMARY KEY) ON COMMIT DROP;"
    " INSERT INTO found VALUES (%(text)s), (%(text)s)",
)


def statements_that_fail() -> None:
    """Each with each person's values; the server refuses all and logs what it likes."""
    for one in EVERYBODY:
        for statement in STATEMENTS:
            connection = psycopg2.connect(os.environ["DATABASE_URL"])
            with suppress(psycopg2.Error), connection.cursor() as cursor:
                cursor.execute(statement, {"text": f"{one.family_name} {one.note}"})
            connection.close()  # and nothing is committed


def time_out(stage: Stage, desk: Desk) -> None:
    """Searches and looks while no statement may take long, and while the server's connections are cut."""
    paths = [reverse("people-search", args=[SLUG]), reverse("people-list", args=[SLUG])]
    stage.as_superuser("ALTER DATABASE breach SET statement_timeout = '1ms';", _cut())
    for one in PEOPLE:
        desk.send(paths[0], {"text": one.family_name})
        desk.get(paths[1])
    stage.as_superuser("ALTER DATABASE breach RESET statement_timeout;", _cut())
    threads = [
        threading.Thread(target=lambda one=one: _quietly(desk, paths[0], one.family_name))
        for one in PEOPLE
    ]
    for thread in threads:
        thread.start()
    for _turn in range(5):
        stage.as_superuser(_cut())
    for thread in threads:
        thread.join()
    connections.close_all()  # ours was cut as well


def _quietly(desk: Desk, path: str, text: str) -> None:
    with suppress(OSError):
        desk.send(path, {"text": text})


def _cut() -> str:
    return (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = 'breach' AND pid <> pg_backend_pid();"
    )
