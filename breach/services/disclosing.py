"""Writing the disclosure ledger, 5 USC 552a(c): a row a person, in the transaction of what discloses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from breach.core import keyring
from breach.models import Disclosure, DisclosureNature, DisclosurePurpose, RecipientKind, User


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One disclosure about one person, before it becomes a row."""

    incident_id: UUID
    person_id: UUID
    nature: DisclosureNature
    purpose: DisclosurePurpose
    kind: RecipientKind
    name: str
    address: str
    source_type: str
    source_id: UUID
    recipient_id: UUID | None = None


def record_disclosures(*, actor: User, rows: Iterable[Disclosed]) -> int:
    """Part of a verb that discloses, in its transaction; the same disclosure twice is one row. Returns how many."""
    ledger = [
        Disclosure(
            incident_id=row.incident_id, person_id=row.person_id, made_by=actor, nature=row.nature,
            purpose=row.purpose, recipient_kind=row.kind, recipient_id=row.recipient_id,
            recipient=_sealable(row), source_type=row.source_type,
            source_id=row.source_id,
        )
        for row in rows
    ]  # fmt: skip
    Disclosure.objects.bulk_create(ledger, ignore_conflicts=True, batch_size=1000)
    return len(ledger)


def _sealable(row: Disclosed) -> dict[str, str] | None:
    """Name and address; nothing where the person's key is destroyed or broken: nothing can be sealed with it."""
    try:
        keyring.data_key(str(row.person_id))
    except keyring.UNREADABLE:
        return None
    return {"name": row.name, "address": row.address}
