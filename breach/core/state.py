"""State machines as data. A move is one compare-and-set UPDATE, so of two callers exactly one wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet


class IllegalMove(ValueError):
    """The machine has no such arrow."""


@dataclass(frozen=True)
class Machine:
    """Which state may follow which. `field` is the column that holds the state."""

    name: str
    moves: Mapping[str, frozenset[str]]
    field: str = "state"

    def allows(self, before: str, after: str) -> bool:
        return after in self.moves.get(before, frozenset())

    def move(
        self,
        model: type[Model],
        pk: object,
        *,
        before: str,
        after: str,
        where: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> bool:
        """Move one row if it still is in `before` (and matches `where`).

        Returns whether this caller won. Raises IllegalMove for an arrow the machine does not have.
        """
        if not self.allows(before, after):
            raise IllegalMove(f"{self.name}: {before} -> {after}")
        rows = model._default_manager.filter(pk=pk, **{self.field: before}, **(where or {}))
        return rows.update(**{self.field: after}, **changes) == 1

    def move_many(self, rows: QuerySet[Any], *, before: str, after: str, **changes: Any) -> int:
        """Move those of `rows` that still are in `before`; returns how many moved."""
        if not self.allows(before, after):
            raise IllegalMove(f"{self.name}: {before} -> {after}")
        return rows.filter(**{self.field: before}).update(**{self.field: after}, **changes)
