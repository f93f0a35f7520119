"""The role of the running program, connected for real: it may add to the history, and do nothing else to it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import dj_database_url
import psycopg2
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from psycopg2.errors import InsufficientPrivilege, RaiseException

from breach.core.privileges import NoSuchRole, guard_schema, privileges
from breach.models import AuditEvent, SignOff, TableChange, User
from notifications.models import Receipt

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = (
    "INSERT INTO breach_auditevent (stream, actor_label, actor_role, action, subject_type, subject_id, reason, changes,"
    " transaction, body, prev_hash, hash, seq, at) VALUES ('system', 'x', 'system', 'tried', 'thing', '1', '', '{}',"
    " 'forged', 'forged', 'forged', 'forged', 77, '2001-01-01')"
)


@pytest.fixture
def application() -> Iterator[psycopg2.extensions.connection]:
    """A connection as the application's role."""
    url = os.environ.get("APPLICATION_URL_OF_TESTS")
    if not url:
        pytest.skip("DATABASE_URL names a database of its own, without a second role")
    known = dj_database_url.parse(url)
    made = psycopg2.connect(
        host=known["HOST"],
        user=known["USER"],
        password=known["PASSWORD"],
        dbname=connection.settings_dict["NAME"],
    )
    made.autocommit = True
    yield made
    made.close()


def tell(application: psycopg2.extensions.connection, *statements: str) -> None:
    with application.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_it_adds_an_event_and_the_database_gives_it_its_place(
    application: psycopg2.extensions.connection,
) -> None:
    tell(application, INSERT, INSERT)
    first, second = AuditEvent.objects.order_by("id")
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev_hash == first.hash != "forged"
    assert first.at and first.at.year > 2001
    assert first.transaction != second.transaction != "forged"
    call_command("verify_audit")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE breach_auditevent SET reason = 'another'",
        "UPDATE breach_auditevent SET seq = 5",
        "DELETE FROM breach_auditevent",
        "TRUNCATE breach_auditevent",
        "TRUNCATE breach_affectedperson CASCADE",
        "ALTER TABLE breach_auditevent DISABLE TRIGGER ALL",
        "ALTER TABLE breach_auditevent DISABLE TRIGGER USER",
        "ALTER TABLE breach_user DISABLE TRIGGER USER",
        "ALTER TABLE breach_auditevent OWNER TO CURRENT_USER",
        "DROP TABLE breach_auditevent",
        "DROP FUNCTION breach_table_changed() CASCADE",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int AS 'SELECT 1' LANGUAGE sql",
        "CREATE TRIGGER mine BEFORE INSERT ON breach_auditevent FOR EACH ROW EXECUTE FUNCTION breach_table_changed()",
        "SET session_replication_role = replica",
        "SET ROLE breach",
        "GRANT ALL ON breach_auditevent TO CURRENT_USER",
        "INSERT INTO breach_tablechange (id) VALUES (1)",
        "DELETE FROM breach_tablechange",
        "UPDATE breach_signoff SET content_sha256 = ''",
        "DELETE FROM notifications_receipt",
        "DELETE FROM breach_hold",
        "DELETE FROM django_migrations",
    ],
)
def test_everything_else_is_refused(
    application: psycopg2.extensions.connection, statement: str
) -> None:
    tell(application, INSERT)
    before = list(AuditEvent.objects.values_list("hash", "reason"))
    if statement.startswith("GRANT"):
        tell(application, statement)  # "no privileges were granted" is a mere warning
        statement = "UPDATE breach_auditevent SET reason = ''"
    with pytest.raises(InsufficientPrivilege):
        tell(application, statement)
    assert list(AuditEvent.objects.values_list("hash", "reason")) == before


def test_no_setting_makes_a_trigger_look_away(application: psycopg2.extensions.connection) -> None:
    names = [
        f"{model._meta.db_table}:{trigger.name}"
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
        names += [row[0] for row in cursor.fetchall()]
    tell(application, f"SET pgtrigger.ignore = '{{{','.join(names)}}}'", INSERT)
    assert AuditEvent.objects.get().seq == 1
    with (
        connection.cursor() as cursor
    ):  # the owner has no way around them either, short of switching them off
        cursor.execute(f"SET pgtrigger.ignore = '{{{','.join(names)}}}'")
        try:
            with pytest.raises(Exception, match="append-only"):
                cursor.execute("DELETE FROM breach_auditevent")
        finally:
            cursor.execute("RESET pgtrigger.ignore")


def test_what_a_trigger_refuses_for_every_row_is_no_privilege_either() -> None:
    assert privileges(AuditEvent) == ("SELECT", "INSERT")
    assert privileges(SignOff) == privileges(Receipt) == ("SELECT", "INSERT")
    assert privileges(TableChange) == ("SELECT",)
    assert privileges(User) == ("SELECT", "INSERT", "UPDATE", "DELETE")


def test_a_table_that_comes_later_can_be_read_and_added_to_at_once_and_changed_after_the_grant(
    application: psycopg2.extensions.connection,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id int)")
        try:
            tell(application, "INSERT INTO later VALUES (1)", "SELECT * FROM later")
            with pytest.raises(InsufficientPrivilege):
                tell(application, "TRUNCATE later")
        finally:
            cursor.execute("DROP TABLE later")


def test_granting_twice_changes_nothing_and_a_role_that_is_not_there_is_said() -> None:
    def granted() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, grantee, privilege_type FROM information_schema.table_privileges"
                " WHERE table_schema = 'public' ORDER BY 1, 2, 3"
            )
            return list(cursor.fetchall())

    before = granted()
    call_command("grant_privileges")
    assert granted() == before
    with pytest.raises(NoSuchRole):
        guard_schema("nobody_of_this_name")


def test_the_owner_is_refused_by_the_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT)
        with pytest.raises(Exception, match="append-only") as refused:
            cursor.execute("UPDATE breach_auditevent SET reason = 'another'")
    assert isinstance(refused.value.__cause__, RaiseException)
