"""Every change of a table leaves a row, however it was made: statement triggers on all tables of our apps.

They are put up after each `migrate`, so that a table that comes with a later migration is watched as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from breach.core.triggers import THIS_TRANSACTION

LOG = "breach_tablechange"
FEW = 20  # so many ids are written out; beyond that their hash speaks for them
# The chain is its own history; the log would watch itself.
NOT_WATCHED = {LOG, "breach_auditevent"}
# Columns that change without anybody having done anything to the case.
OF_NO_INTEREST = {"breach_user": ("last_login",)}

# Compared without those columns; whether the statement did anything else.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION breach_table_changed() RETURNS trigger AS $$
DECLARE
    n integer;
    listed text;
    found text := CASE TG_OP WHEN 'DELETE' THEN 'old_rows r' ELSE 'new_rows r' END;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 1 THEN
        found := format('new_rows r JOIN old_rows o USING (%1$I)'
            ' WHERE (to_jsonb(r) - %2$L::text[]) IS DISTINCT FROM (to_jsonb(o) - %2$L::text[])',
            TG_ARGV[0], TG_ARGV[1]);
    END IF;
    EXECUTE format('SELECT count(*), string_agg(r.%1$I::text, '','' ORDER BY r.%1$I::text COLLATE "C") FROM ' || found,
        TG_ARGV[0]) INTO n, listed;
    IF n > 0 THEN
        INSERT INTO {LOG} (at, transaction, "table", operation, rows, ids, ids_sha256, role) VALUES (
            clock_timestamp(), {THIS_TRANSACTION}, TG_TABLE_NAME, lower(TG_OP), n,
            CASE WHEN n <= {FEW} THEN to_jsonb(string_to_array(listed, ',')) END,
            encode(sha256(convert_to(listed, 'UTF8')), 'hex'), session_user);
    END IF;
    RETURN NULL;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
REVOKE ALL ON FUNCTION breach_table_changed() FROM PUBLIC;
"""
TABLES_SEEN = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def models_of_ours() -> Iterator[type[Model]]:
    """The models of the apps in this checkout; those of libraries are not the case."""
    for config in apps.get_app_configs():
        if Path(config.path).parent == settings.BASE_DIR:
            yield from config.get_models(include_auto_created=True)


def watched() -> dict[str, str]:
    """The tables that are watched, with the column that names their rows."""
    return {
        model._meta.db_table: str(model._meta.pk.column)
        for model in models_of_ours()
        if model._meta.managed and model._meta.pk and model._meta.db_table not in NOT_WATCHED
    }


def watch(existing: set[str]) -> Iterator[str]:
    """The statements that put the triggers up, on the tables that exist."""
    if LOG not in existing:
        return
    yield FUNCTION
    for table, key in sorted(watched().items()):
        if table not in existing:
            continue
        ignored = OF_NO_INTEREST.get(table)
        arguments = f"'{key}'" + (f", '{{{','.join(ignored)}}}'" if ignored else "")
        for operation, seen in TABLES_SEEN.items():
            yield (
                f"CREATE OR REPLACE TRIGGER watch_{operation} AFTER {operation.upper()} ON {table} {seen}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION breach_table_changed({arguments})"
            )
