"""The embedded database: shared by its users, gone with the last one, back after every crash."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import dj_database_url
import psycopg2
import pytest

from breach.boot.locks import is_free
from breach.boot.postgres import Postgres, embedded_postgres
from breach.boot.processes import is_running
from tests.boot.conftest import Joined, has_stopped, wait_until


@pytest.fixture
def postgres(data_dir: Path) -> Postgres:
    return embedded_postgres(data_dir, durable=False)


def connect(url: str) -> psycopg2.extensions.connection:
    known = dj_database_url.parse(url)
    connection = psycopg2.connect(
        host=known["HOST"], user=known["USER"], password=known["PASSWORD"], dbname=known["NAME"]
    )
    connection.autocommit = True
    return connection


def ask(url: str, sql: str, *values: object) -> object:
    connection = connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def place(postgres: Postgres) -> Path:
    return Path((postgres.home / "place").read_text())


def postmaster(postgres: Postgres) -> int:
    return int((place(postgres) / "data" / "postmaster.pid").read_text().split()[0])


def keeper(postgres: Postgres) -> int:
    return int(postgres.keeper_lock.read_text())


def test_it_knows_letters_beyond_ascii(postgres: Postgres) -> None:
    with postgres as url:
        assert ask(url, "SELECT lower('ÑÄÉ')") == "ñäé"
        assert ask(url, "SHOW server_encoding") == "UTF8"


def test_nothing_is_left_running(postgres: Postgres) -> None:
    with postgres:
        pid, keeper_pid = postmaster(postgres), keeper(postgres)
    assert not is_running(pid)
    assert not is_running(keeper_pid)


def test_two_users_share_one_server_and_the_last_one_stops_it(
    postgres: Postgres, data_dir: Path, another_user: Joined
) -> None:
    user = another_user(data_dir)
    with postgres as url:
        assert ask(url, "SELECT 1") == 1
        pid = postmaster(postgres)
    assert is_running(pid)
    user.communicate()  # closes its input, so it leaves
    assert not is_running(pid)


def test_a_killed_user_leaves_no_server_behind(
    postgres: Postgres, data_dir: Path, another_user: Joined
) -> None:
    user = another_user(data_dir)
    pid = postmaster(postgres)
    user.kill()
    wait_until(lambda: has_stopped(postgres))
    assert not is_running(pid)


def test_a_killed_server_comes_back_with_every_acknowledged_row(data_dir: Path) -> None:
    postgres = embedded_postgres(data_dir)
    with postgres as url:
        ask(url, "CREATE TABLE promise (id int)")
        for number in range(3):
            ask(url, "INSERT INTO promise VALUES (%s)", number)
            pid = postmaster(postgres)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda old=pid: postgres.is_ready() and postmaster(postgres) != old)
        assert ask(url, "SELECT count(*) FROM promise") == 3


def test_a_killed_keeper_takes_the_server_along_and_the_next_user_starts_anew(
    postgres: Postgres, data_dir: Path, another_user: Joined
) -> None:
    user = another_user(data_dir)
    pid = postmaster(postgres)
    os.kill(keeper(postgres), signal.SIGKILL)
    wait_until(lambda: not is_running(pid))
    with postgres as url:
        assert ask(url, "SELECT 1") == 1
    user.kill()


def test_everything_killed_at_once_is_mended_by_the_next_user(
    postgres: Postgres, data_dir: Path, another_user: Joined
) -> None:
    user = another_user(data_dir)
    ask(postgres.url(), "CREATE TABLE kept AS SELECT 7 AS seven")
    for pid in (user.pid, keeper(postgres), postmaster(postgres)):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_free(postgres.keeper_lock))
    with postgres as url:
        assert ask(url, "SELECT seven FROM kept") == 7


def test_lock_files_of_a_dead_server_are_removed_even_when_its_number_is_taken(
    postgres: Postgres,
) -> None:
    with postgres:
        pass
    stale = place(postgres) / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n/nowhere\n\n1 1\nready\n")
    with postgres as url:
        assert ask(url, "SELECT 1") == 1


def test_a_half_made_cluster_is_made_again(postgres: Postgres) -> None:
    with postgres:
        pass
    data = place(postgres) / "data"
    data.rename(place(postgres) / "draft")
    with postgres as url:
        assert ask(url, "SELECT 1") == 1


def test_a_deep_data_folder_gets_a_short_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    with embedded_postgres(deep, durable=False) as url:
        assert len(dj_database_url.parse(url)["HOST"]) < 90
        assert ask(url, "SELECT 1") == 1


def test_folders_and_password_are_private(postgres: Postgres) -> None:
    with postgres as url:
        socket_folder = Path(dj_database_url.parse(url)["HOST"])
        for path, mode in (
            (socket_folder, 0o700),
            (place(postgres) / "data", 0o700),
            (postgres.home / "password", 0o600),
            (postgres.log, 0o600),
        ):
            assert stat.S_IMODE(path.stat().st_mode) == mode, path
        if os.geteuid() == 0:
            assert socket_folder.stat().st_uid != 0


def test_a_wrong_password_is_refused_and_there_is_no_network(postgres: Postgres) -> None:
    with postgres as url:
        assert ask(url, "SHOW listen_addresses") == ""
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            connect(url.replace(postgres.secret(), "wrong"))


def test_the_application_is_no_superuser(postgres: Postgres) -> None:
    with postgres as url:
        assert ask(url, "SELECT usesuper FROM pg_user WHERE usename = current_user") is False


def test_the_server_log_keeps_no_values_of_failed_statements(postgres: Postgres) -> None:
    with postgres as url:
        ask(url, "CREATE TABLE person (name text UNIQUE)")
        ask(url, "INSERT INTO person VALUES ('Ofelia Invented')")
        with pytest.raises(psycopg2.errors.UniqueViolation):
            ask(url, "INSERT INTO person VALUES ('Ofelia Invented')")
    log = postgres.log.read_text()
    assert "ready to accept connections" in log  # it is the server's log that was read
    assert "Ofelia" not in log


def test_a_cluster_from_before_there_were_two_roles_gets_the_second_one(postgres: Postgres) -> None:
    with postgres as url:
        ask(url, "CREATE TABLE kept AS SELECT 7 AS seven")
    # As an earlier version left it: no record, no password, no such role.
    (postgres.home / "application-role").unlink()
    (postgres.home / "application-password").unlink()
    (postgres.home / "migrated").touch()
    with postgres as url:
        assert ask(url, "SELECT seven FROM kept") == 7
        assert ask(postgres.application_url(), "SELECT current_user") == "breach_app"
        # Whatever was migrated before is granted by the next command.
        assert not (postgres.home / "migrated").exists()


def test_the_programs_role_may_make_nothing(postgres: Postgres) -> None:
    with postgres:
        rights = "rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        application = postgres.application_url()
        assert (
            ask(application, f"SELECT {rights} FROM pg_roles WHERE rolname = current_user") is False
        )
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(application, "CREATE TABLE mine (id int)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(application, "SET ROLE breach")
