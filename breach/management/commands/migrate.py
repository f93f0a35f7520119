"""Django's `migrate`, and then the guards of the schema: watching triggers, and the program's privileges."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS

from breach.management.commands.grant_privileges import guard


class Command(Migrate):
    help = Migrate.help + " Then grants the application's role what it needs (grant_privileges)."

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        looks_only = options["plan"] or options["check_unapplied"]
        if not looks_only and options["database"] == DEFAULT_DB_ALIAS:
            guard()
