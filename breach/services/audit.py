"""The one way a change or a look gets into the audit chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from breach.models import AuditEvent, Incident, User


@dataclass(frozen=True)
class Happening:
    """One thing that happened, before it becomes a row. `changes` holds ids, states and counts only."""

    action: str
    subject: Model
    changes: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def stream_of(incident: Incident | None) -> str:
    """The chain in which what happens here is kept."""
    return f"incident:{incident.pk}" if incident else "system"


def record(
    *,
    actor: User,
    action: str,
    subject: Model,
    incident: Incident | None = None,
    reason: str = "",
    **changes: Any,
) -> AuditEvent:
    """Write one audit event in the current transaction."""
    return record_many(
        actor=actor, incident=incident, happenings=[Happening(action, subject, changes, reason)]
    )[0]


def record_many(
    *, actor: User, incident: Incident | None, happenings: Iterable[Happening]
) -> list[AuditEvent]:
    """Write many audit events at once, in order."""
    stream = stream_of(incident)
    events = [
        AuditEvent(
            stream=stream,
            actor_id=actor.pk,
            actor_label=actor.label,
            actor_role=actor.role,
            action=happening.action,
            subject_type=happening.subject._meta.model_name or "",
            subject_id=str(happening.subject.pk),
            reason=happening.reason[:300],
            changes={key: _plain(value) for key, value in happening.changes.items()},
        )
        for happening in happenings
    ]
    return AuditEvent.objects.bulk_create(events, batch_size=1000)


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
