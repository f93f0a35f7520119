"""Table changes made outside the services: their transaction has no audit event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from breach.models import AuditEvent, TableChange


def outside_of_verbs(changes: QuerySet[TableChange] | None = None) -> QuerySet[TableChange]:
    """Those among `changes` (all of them when None) whose transaction says nothing in the history.

    Left out are the working steps that the apps name, as long as the program's own role took them.
    """
    rows = TableChange.objects.all() if changes is None else changes
    told = AuditEvent.objects.filter(transaction=OuterRef("transaction"))
    steps = Q(pk__in=[])
    for table, operations in _steps():
        steps |= Q(table=table, operation__in=operations)
    return rows.exclude(Exists(told)).exclude(steps, role=_own_role())


def summed(changes: QuerySet[TableChange]) -> list[dict[str, Any]]:
    """By table, operation and role: the number of statements and rows, and the time of the first and the last."""
    by = changes.order_by().values("table", "operation", "role")
    rows = by.annotate(
        statements=Count("pk"), rows_changed=Sum("rows"), first=Min("at"), last=Max("at")
    )
    return [dict(row) for row in rows.order_by("table", "operation", "role")]


def _steps() -> Iterator[tuple[str, list[str]]]:
    for app in apps.get_app_configs():
        yield from getattr(app, "changes_without_event", {}).items()


def _own_role() -> str:
    return str(settings.DATABASE_APPLICATION_ROLE or connection.settings_dict["USER"])
