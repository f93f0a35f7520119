"""Reading the audit history: walking a chain from its first link, trusting nothing but SHA-256 and checkpoints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F

from breach.core.checkpoints import Checkpoint, parse
from breach.models import AuditEvent

COLUMNS = ("actor_label", "actor_role", "action", "subject_type", "subject_id", "reason", "changes")
EXPORTED = (
    "stream", "seq", "at", "actor_id", *COLUMNS, "transaction", "body", "prev_hash", "hash",
)  # fmt: skip


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


def last_links() -> list[tuple[str, int, str]]:
    """Stream, sequence number and hash of the last event of every chain."""
    chained = AuditEvent.objects.filter(seq__isnull=False).order_by("stream", "-seq")
    return [
        (stream, seq, link)
        for stream, seq, link in chained.distinct("stream").values_list("stream", "seq", "hash")
        if seq is not None
    ]


def kept_checkpoints() -> list[Checkpoint]:
    """What was written down outside the database. Raises NotACheckpoint."""
    path = Path(settings.CHECKPOINTS)
    return parse(path.read_text("utf-8")) if path.exists() else []


def verify(stream: str, checkpoints: Iterable[Checkpoint] = ()) -> ChainFinding:
    """Walk one chain: no gap, each link names its predecessor, each hash and each column is what was hashed.

    Where a checkpoint of this stream was made, the chain must still have the same link.
    """
    promised: dict[int, set[str]] = {}
    for checkpoint in checkpoints:
        if checkpoint.stream == stream:
            promised.setdefault(checkpoint.seq, set()).add(checkpoint.hash)
    broken: list[int] = []
    count, previous, expected = 0, "", 1
    rows = AuditEvent.objects.filter(stream=stream, seq__isnull=False).order_by("seq")
    for event in rows.iterator(2000):
        count += 1
        held = promised.pop(event.seq or 0, {event.hash}) == {event.hash}
        if (
            not held
            or event.seq != expected
            or event.prev_hash != previous
            or not _is_itself(event)
        ):
            broken.append(expected)
        previous, expected = event.hash, (event.seq or 0) + 1
    broken += sorted(promised)  # links that were there once
    # A committed event always has its place in the chain.
    lost = AuditEvent.objects.filter(stream=stream, seq=None).count()
    return ChainFinding(stream, count, len(broken) + lost, min(broken, default=None), previous)


def export() -> Iterator[str]:
    """The whole history as JSON lines in the order of the chains, for a verifier that is not ours."""
    rows = AuditEvent.objects.order_by("stream", F("seq").asc(nulls_last=True), "id")
    for row in rows.values(*EXPORTED).iterator(2000):
        row |= {"at": _moment(row["at"]), "actor_id": _text(row["actor_id"])}
        if not row["transaction"]:  # events from before there was such a column do not hash it
            del row["transaction"]
        yield json.dumps(row, sort_keys=True) + "\n"


def _is_itself(event: AuditEvent) -> bool:
    if hashlib.sha256((event.prev_hash + event.body).encode()).hexdigest() != event.hash:
        return False
    columns: dict[str, Any] = {name: getattr(event, name) for name in COLUMNS}
    columns |= {"stream": event.stream, "seq": event.seq}
    columns |= {"at": _moment(event.at), "actor_id": _text(event.actor_id)}
    if event.transaction:
        columns["transaction"] = event.transaction
    try:
        told = json.loads(event.body)
    except ValueError:
        return False
    # Compared as text: for Python 1 equals true, for a court it does not.
    return json.dumps(told, sort_keys=True) == json.dumps(columns, sort_keys=True)


def _moment(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def _text(value: object) -> str | None:
    return str(value) if value else None
