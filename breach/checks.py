"""System checks: what must not be true of a running installation."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Sequence
from typing import Any

import dj_database_url
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from breach.boot.keys import made_here

# What PostgreSQL must not write into its log, and the values that keep it from it: our driver writes values into the
# statement, so a logged statement is a logged row. https://www.postgresql.org/docs/current/runtime-config-logging.html
QUIET_SERVER = {
    "log_statement": {"none"},
    "log_min_duration_statement": {"-1"},
    "log_min_duration_sample": {"-1"},
    "log_transaction_sample_rate": {"0"},
    "log_parameter_max_length": {"0"},
    "log_parameter_max_length_on_error": {"0"},
    "log_error_verbosity": {"terse"},
    "log_min_error_statement": {"log", "fatal", "panic"},
    "log_min_messages": {"log", "fatal", "panic"},
    "auto_explain.log_min_duration": {"-1"},
}


@register(Tags.security)
def root_key_is_usable(**_kwargs: Any) -> list[CheckMessage]:
    """Every root key must be 32 random bytes in base64; without it no identity opens."""
    keys = [
        ("ROOT_KEY", settings.ROOT_KEY),
        *(("ROOT_KEY_OLD", key) for key in settings.ROOT_KEY_OLD),
    ]
    return [
        Error(
            f"{variable} must be 32 random bytes in base64.",
            hint="openssl rand -base64 32",
            id="breach.E001",
        )
        for variable, key in keys
        if not _is_usable(key)
    ]


@register(Tags.database, deploy=True)
def server_log_is_quiet(
    databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """With `check --deploy --database default`: each setting by which the server would log rows."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(QUIET_SERVER)]
            )
            found += [
                Warning(
                    f"The database server has {name} = {setting}: rows may stand in its log.",
                    hint=f"ALTER SYSTEM SET {name} = '{min(QUIET_SERVER[name])}'; SELECT pg_reload_conf();",
                    id="breach.W001",
                )
                for name, setting in cursor.fetchall()
                if setting not in QUIET_SERVER[name]
            ]
    return found


@register(Tags.security, deploy=True)
def keys_are_our_own(**_kwargs: Any) -> list[CheckMessage]:
    """What the demonstration and the tests made for themselves protects nobody."""
    return [
        Error(
            f"{variable} was made by the embedded set-up; it may not protect real people.",
            hint="Set a key of your own in the environment (docs/operations.md).",
            id="breach.E002",
        )
        for variable in embedded_keys()
    ]


def embedded_keys() -> list[str]:
    """The names of the keys in use that the embedded set-up has made."""
    return [
        variable
        for variable in ("SECRET_KEY", "ROOT_KEY")
        if made_here(getattr(settings, variable), settings.DATA_DIR)
    ]


def refuse_embedded_keys() -> None:
    """For servers: with such keys, start only while demonstrating or debugging. Raises ImproperlyConfigured."""
    found = [] if settings.DEBUG or settings.DEMO else embedded_keys()
    if found:
        # Said here, because the text of an exception is withheld: it may be somebody's data.
        sys.stderr.write(
            f"{' and '.join(found)} made by the embedded set-up: this server does not start with it. Set keys of your "
            "own (docs/operations.md), or DEBUG=1 to try things out on this machine only.\n"
        )
        raise ImproperlyConfigured("keys of the embedded set-up")


@register(Tags.security, deploy=True)
def the_program_does_not_own_its_tables(**_kwargs: Any) -> list[CheckMessage]:
    """With one role for everything, whoever takes the program over may also rewrite the history it wrote."""
    owner = settings.DATABASE_OWNER_URL
    if owner and dj_database_url.parse(owner)["USER"] != settings.DATABASES["default"]["USER"]:
        return []
    return [
        Warning(
            "The program runs as the role that owns its tables, so it could change or remove audit events.",
            hint="Make a second role, set DATABASE_OWNER_URL beside DATABASE_URL, and run migrate"
            " (docs/operations.md, Two roles in the database).",
            id="breach.W002",
        )
    ]


def _is_usable(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 32
    except binascii.Error:
        return False
