"""Runs the tests marked `services` on the PostgreSQL, Redis and RabbitMQ of this machine.

services.py plan   prints what will run, and what is skipped with the reason
services.py run    runs it: once for each broker that answers, on the same PostgreSQL
"""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import kombu
import psycopg2

CHECKOUT = Path(__file__).resolve().parents[1]
OLDEST_POSTGRES = 15
BROKERS = {"Redis": "redis://127.0.0.1:6379/9", "RabbitMQ": "amqp://guest:guest@127.0.0.1:5672//"}
NOTHING_COLLECTED = 5  # pytest's exit code


def database() -> tuple[str | None, str]:
    """The URL of a usable local PostgreSQL, or None and the reason. PGPASSWORD is honoured."""
    reason = ""
    for user in dict.fromkeys([os.environ.get("PGUSER"), getpass.getuser(), "postgres"]):
        if not user:
            continue
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
        reason = f"{user} may not create databases" if not may_create else f"it is version {major}"
    return None, reason


def broker_problem(url: str) -> str | None:
    """Why this broker cannot be used, if so."""
    try:
        with kombu.Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:  # each transport has its own kinds
        return str(error).strip() or type(error).__name__
    return None


def main() -> int:
    plan_only = sys.argv[1:] == ["plan"]
    url, found = database()
    if url is None:
        if plan_only:
            print(f"services: skipped, no usable PostgreSQL on 127.0.0.1:5432 ({found})")
        return 0
    status = 0
    for name, broker in BROKERS.items():
        problem = broker_problem(broker)
        if plan_only and problem:
            print(f"services: skipped on {name}, which does not answer ({problem})")
        elif plan_only:
            print(f"services: will run on {found} and {name}")
        elif problem is None:
            status = status or run_pytest(url, broker)
    return status


def run_pytest(database_url: str, broker_url: str) -> int:
    environment = {"DATABASE_URL": database_url, "CELERY_BROKER_URL": broker_url}
    command = [sys.executable, "-m", "pytest", "-m", "services"]
    done = subprocess.run(command, cwd=CHECKOUT, env=os.environ | environment)
    return 0 if done.returncode == NOTHING_COLLECTED else done.returncode


if __name__ == "__main__":
    sys.exit(main())
