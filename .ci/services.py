"""Finds the PostgreSQL, Redis and RabbitMQ of this machine on their standard local ports.

Standard output: one line "DATABASE_URL CELERY_BROKER_URL" for each pair that tests can run on.
Standard error: what was found, and what is skipped with the reason.
"""

from __future__ import annotations

import getpass
import os
import sys
import time

import kombu
import psycopg2

OLDEST_POSTGRES = 15
BROKERS = {"Redis": "redis://127.0.0.1:6379/9", "RabbitMQ": "amqp://guest:guest@127.0.0.1:5672//"}
ATTEMPTS = 3  # a server that just starts deserves a second chance


def find_database() -> tuple[str | None, str]:
    """The URL of a usable PostgreSQL, or None and the reason; PGUSER and PGPASSWORD are honoured."""
    reason = ""
    for user in filter(
        None, dict.fromkeys([os.environ.get("PGUSER"), getpass.getuser(), "postgres"])
    ):
        url = f"postgres://{user}@127.0.0.1:5432"
        try:
            connection = psycopg2.connect(f"{url}/postgres", connect_timeout=3)
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            continue
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = user")
            (may_create,) = cursor.fetchone() or (False,)
        major = connection.server_version // 10000
        connection.close()
        if may_create and major >= OLDEST_POSTGRES:
            return f"{url}/breach", f"PostgreSQL {major}"
        reason = f"it is version {major}" if may_create else f"{user} may not create databases"
    return None, reason


def broker_problem(url: str) -> str | None:
    """Why this broker cannot be used, if so."""
    try:
        with kombu.Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:  # each transport has its own kinds
        return str(error).strip() or type(error).__name__
    return None


def say(message: str) -> None:
    print(f"services: {message}", file=sys.stderr)


def main() -> None:
    for attempt in range(ATTEMPTS):
        time.sleep(attempt)
        database, found = find_database()
        if database:
            break
    else:
        say(f"tests skipped, no usable PostgreSQL on 127.0.0.1:5432 ({found})")
        return
    for name, broker in BROKERS.items():
        if problem := broker_problem(broker):
            say(f"tests skipped on {name}, which does not answer ({problem})")
        else:
            say(f"tests will run on {found} and {name}")
            print(database, broker)


if __name__ == "__main__":
    main()
