"""A database that takes no row of the history any more, for the rest of a test's transaction."""

from __future__ import annotations

from django.db import connection

SAYS = "Quintanilla cannot be recorded"


def refuse_history() -> None:
    """From now on every insert fails, with a name in its message that must reach nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_history() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{SAYS}'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_history BEFORE INSERT ON breach_auditevent "
            "FOR EACH ROW EXECUTE FUNCTION refuse_history()"
        )


def accept_history() -> None:
    """After a test with real commits."""
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION refuse_history() CASCADE")
