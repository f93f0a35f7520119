"""`manage.py grant_privileges`: watch every table, and give the application's role what it needs and no more."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from breach.core.privileges import NoSuchRole, guard_schema


class Command(BaseCommand):
    help = "As the owner of the tables: install the watching triggers and grant the application's role its rights."

    def handle(self, *args: Any, **options: Any) -> None:
        guard()
        role = settings.DATABASE_APPLICATION_ROLE
        said = f"{role} may work with the tables" if role else "no other role is named"
        self.stdout.write(f"The schema is guarded; {said}.")


def guard() -> None:
    """What `migrate` does at its end. Raises CommandError."""
    try:
        with transaction.atomic():
            guard_schema(settings.DATABASE_APPLICATION_ROLE)
    except NoSuchRole as role:
        raise CommandError(
            f"The role {role} does not exist; make it first (docs/operations.md)."
        ) from None
