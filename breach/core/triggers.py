"""Triggers that nobody can bypass: those of pgtrigger yield to a session that sets `pgtrigger.ignore`."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db.models import Model
from pgtrigger import compiler

# What names a transaction for good: its number, and when it began (numbers start anew in a restored database).
THIS_TRANSACTION = (
    "pg_current_xact_id()::text || '@' ||"
    " (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint::text"
)


class UnavoidableSql(compiler.UpsertTriggerSql):
    """Runs as the owner of the schema, whoever fires it; its names mean what they meant here; nobody else may use it.

    Landed migrations refer to this template: a change of it must leave their SQL as it is.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

            REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Unavoidable(pgtrigger.Trigger):
    """A trigger whose function cannot be ignored, called otherwise, or led astray by a search path."""

    def compile(self, model: Model) -> compiler.Trigger:
        usual: Any = super().compile(model)
        return compiler.Trigger(name=usual.name, sql=UnavoidableSql(**usual.sql.kwargs))


def never(
    operation: pgtrigger.Operation, name: str, level: pgtrigger.Level = pgtrigger.Row
) -> Unavoidable:
    """Refuse an operation on every row, whoever asks."""
    return Unavoidable(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        level=level,
        func="RAISE EXCEPTION 'this table is append-only';",
    )


def append_only() -> list[Unavoidable]:
    """Rows come, and stay as they are."""
    return [
        never(pgtrigger.Update, "no_update"),
        never(pgtrigger.Delete, "no_delete"),
        never(pgtrigger.Truncate, "no_truncate", pgtrigger.Statement),
    ]
