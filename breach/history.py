"""Reading the audit history: walking a chain from its first link, trusting nothing but SHA-256."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from breach.models import AuditEvent

COLUMNS = ("actor_label", "actor_role", "action", "subject_type", "subject_id", "reason", "changes")


@dataclass(frozen=True)
class ChainFinding:
    """One stream: how many events, how many places do not hold, and where the first is (a sequence number)."""

    stream: str
    events: int
    breaks: int
    first_break: int | None
    last_hash: str

    @property
    def holds(self) -> bool:
        return self.breaks == 0


def streams() -> list[str]:
    """Every chain there is."""
    return list(AuditEvent.objects.order_by("stream").values_list("stream", flat=True).distinct())


def verify(stream: str) -> ChainFinding:
    """Walk one chain: no gap, each link names its predecessor, each hash and each column is what was hashed."""
    breaks, first, count, previous, expected = 0, None, 0, "", 1
    rows = AuditEvent.objects.filter(stream=stream, seq__isnull=False).order_by("seq")
    for event in rows.iterator(2000):
        count += 1
        if event.seq != expected or event.prev_hash != previous or not _is_itself(event):
            breaks += 1
            first = first if first is not None else expected
        previous, expected = event.hash, (event.seq or 0) + 1
    # A committed event always has its place in the chain.
    breaks += AuditEvent.objects.filter(stream=stream, seq=None).count()
    return ChainFinding(stream, count, breaks, first, previous)


def _is_itself(event: AuditEvent) -> bool:
    if hashlib.sha256((event.prev_hash + event.body).encode()).hexdigest() != event.hash:
        return False
    told = json.loads(event.body)
    actor = str(event.actor_id) if event.actor_id else None
    return (
        told["seq"] == event.seq
        and told["stream"] == event.stream
        and told["actor_id"] == actor
        and event.at is not None
        and told["at"] == event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        and all(told[name] == getattr(event, name) for name in COLUMNS)
    )
