"""How many people a user may open per hour and per day, by role; a warning before the limit, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from .roles import Role

HOUR, DAY = "hour", "day"
WARNING_PERCENT = 80
# People an hour and a day: identities, letters, rows, and searches for a name. REVEAL_BUDGETS replaces some of them.
BUDGETS: dict[str, tuple[int, int]] = {
    Role.CASE_WORKER: (60, 300),
    Role.SUPERVISOR: (60, 300),
    Role.PRIVACY_OFFICER: (60, 300),
}
# They open nobody by themselves, print sealed letters by the batch, or see own clients by right.
WITHOUT_LIMIT = frozenset({Role.SYSTEM, Role.MAIL_ROOM, Role.ATTORNEY})


@dataclass(frozen=True)
class Standing:
    """What a user has opened in the last hour and day, and how much that may be; `granted` is part of both limits."""

    spent_hour: int = 0
    spent_day: int = 0
    limit_hour: int | None = None
    limit_day: int | None = None
    granted: int = 0

    @property
    def is_limited(self) -> bool:
        return self.limit_hour is not None and self.limit_day is not None

    def windows(self) -> Iterator[tuple[str, int, int]]:
        """Each window with what is spent and allowed in it; empty for a user without a limit."""
        if self.limit_hour is not None and self.limit_day is not None:
            yield HOUR, self.spent_hour, self.limit_hour
            yield DAY, self.spent_day, self.limit_day

    def lacks(self, openings: int) -> str:
        """The window that has no room for so many more, the longer one first; empty when both have."""
        short = [window for window, spent, limit in self.windows() if spent + openings > limit]
        return short[-1] if short else ""

    def warned_by(self, openings: int) -> str:
        """The window that so many more bring to its warning; empty when none does."""
        for window, spent, limit in self.windows():
            if spent < warning_at(limit) <= spent + openings:
                return window
        return ""

    @property
    def is_near_the_end(self) -> bool:
        return any(spent >= warning_at(limit) for _window, spent, limit in self.windows())

    @property
    def is_at_the_end(self) -> bool:
        return bool(self.lacks(1))


def warning_at(limit: int) -> int:
    """From how many on the user and the supervisors are told, rounded up."""
    return -(-limit * WARNING_PERCENT // 100)


def limits_of(role: str) -> tuple[int, int] | None:
    """Openings per hour and per day; None for roles without a limit. A role that is not listed may open nothing."""
    found = {**BUDGETS, **settings.REVEAL_BUDGETS}
    if role in found:
        return found[role]
    return None if role in WITHOUT_LIMIT else (0, 0)
