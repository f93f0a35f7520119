"""What the running program's role may do with each table: nothing that its triggers would refuse anyway.

The role that owns the tables only migrates. Whoever gets hold of the program's role cannot change the history, nor
switch off what guards it: TRUNCATE, triggers and the tables themselves belong to the owner.
"""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.db import connection
from django.db.models import Model

from breach.core.watching import LOG, watch

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
# Tables only the owner writes: which migrations have run, and what the watching trigger writes as owner.
ONLY_READ = {"django_migrations", LOG}

# pgtrigger's triggers give way to whoever sets `pgtrigger.ignore`. Here nobody may.
NOTHING_IS_IGNORED = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    AS $$ BEGIN RETURN false; END; $$ LANGUAGE plpgsql
"""


class NoSuchRole(Exception):
    """The role to be granted to does not exist in this database server."""


def guard_schema(role: str) -> None:
    """After every migration, as owner: watch all tables, let no trigger be ignored, and grant `role` what it needs.

    Without a role (one role does everything) only the first two. Raises NoSuchRole.
    """
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for statement in (*watch(existing), NOTHING_IS_IGNORED):
            cursor.execute(statement)
        if not role:
            return
        cursor.execute(
            "SELECT current_user, (SELECT count(*) FROM pg_roles WHERE rolname = %s)", [role]
        )
        owner, found = cursor.fetchone()
        if not found:
            raise NoSuchRole(role)
        if role != owner:
            for statement in _grants(connection.ops.quote_name(role), existing):
                cursor.execute(statement)


def privileges(model: type[Model]) -> tuple[str, ...]:
    """What the program may do with a table: what no trigger refuses for every row."""
    if model._meta.db_table in ONLY_READ:
        return ("SELECT",)
    refused = set()
    for trigger in getattr(model._meta, "triggers", ()):
        always = isinstance(trigger, pgtrigger.Protect) and trigger.condition is None
        if always or trigger.name in ("no_update", "no_delete"):
            refused |= set(str(trigger.operation).split(" OR "))
    return tuple(one for one in ALL if one not in refused)


def _grants(role: str, existing: set[str]) -> Iterator[str]:
    name = connection.ops.quote_name
    allowed = {
        model._meta.db_table: privileges(model)
        for model in apps.get_models(include_auto_created=True)
    }
    yield f"REVOKE TEMPORARY ON DATABASE {name(str(connection.settings_dict['NAME']))} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"
    for table in sorted(existing):
        yield f"REVOKE ALL ON TABLE {name(table)} FROM {role}, PUBLIC"
        yield f"GRANT {', '.join(allowed.get(table, ('SELECT',)))} ON TABLE {name(table)} TO {role}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    # For what a later migration brings, until this function comes by at its end.
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO {role}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}"
