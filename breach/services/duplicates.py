"""Pairs of records that may be one human being: proposed with reasons, decided by people. Nothing merges by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.core.similarity import REASONS, Candidate
from breach.models import (
    AffectedPerson,
    DuplicatePair,
    Incident,
    Roster,
    User,
)
from breach.models.duplicates import PairStatus

from . import audit, clock, joining


class PairRefused(Refused):
    """The pair cannot be decided like that; its text says why and what to do."""


@transaction.atomic
def propose(*, actor: User, incident: Incident, roster: Roster, pairs: Sequence[Candidate]) -> int:
    """Keep candidate pairs for review; pairs that are already known or decided stay as they are.

    Returns how many pairs of this roster are new.
    """
    require(actor, Capability.IMPORT_ROSTER)
    before = DuplicatePair.objects.filter(roster=roster).count()
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(
                first_id=uuid.UUID(pair.first), second_id=uuid.UUID(pair.second), roster=roster,
                score=pair.score, reasons=list(pair.reasons),
            )
            for pair in pairs
        ],
        ignore_conflicts=True, batch_size=1000,
    )  # fmt: skip
    fresh = DuplicatePair.objects.filter(roster=roster).count() - before
    if fresh:
        audit.record(
            actor=actor,
            action="duplicates.proposed",
            subject=roster,
            incident=incident,
            pairs=fresh,
        )
    return fresh


def reasons_of(pair: DuplicatePair) -> list[str]:
    """Why the two look alike, in words."""
    return [str(REASONS.get(reason, reason)) for reason in pair.reasons]


@transaction.atomic
def keep_apart(*, actor: User, pair: DuplicatePair, reason: str) -> None:
    """Decide that the two are different people; the pair is not proposed again."""
    require(actor, Capability.REVIEW_DUPLICATES)
    _decide(actor, pair, PairStatus.DIFFERENT, reason)


@transaction.atomic
def join(*, actor: User, pair: DuplicatePair, keep: AffectedPerson, reason: str) -> AffectedPerson:
    """Decide that the two are one: the other record points to `keep`, which gets its exposures.

    Nothing is deleted, so `part` can undo it. The kept record is routed anew, by what both say: counsel, flags,
    facts, places, addresses (breach.one_human). Whoever was told under the other record is not told again. What was
    prepared for the other is stopped at the gate. Raises PairRefused.
    """
    require(actor, Capability.REVIEW_DUPLICATES)
    locked = _decide(actor, pair, PairStatus.SAME, reason)
    ids = {locked.first_id, locked.second_id}
    if keep.pk not in ids:
        raise PairRefused(_("Choose one of the two records to keep."))
    (other,) = ids - {keep.pk}
    people = _locked(ids)
    if any(person.merged_into_id for person in people.values()):
        raise PairRefused(
            _("One of the two records is already joined with another. Look at that pair first.")
        )
    if AffectedPerson.objects.filter(merged_into=other).exists():
        raise PairRefused(
            _("Another record was joined to the one that would end here. Keep that one, or separate them first.")
        )  # fmt: skip
    AffectedPerson.objects.filter(pk=other).update(
        merged_into=keep, routing_version=F("routing_version") + 1
    )
    AffectedPerson.objects.filter(pk=keep.pk).update(routing_version=F("routing_version") + 1)
    joining.take_over(actor, people[keep.pk], people[other])
    return people[keep.pk]


@transaction.atomic
def part(*, actor: User, pair: DuplicatePair, reason: str) -> None:
    """Undo a join: the two records stand for themselves again, and the pair is open for review.

    What the kept record had from the other goes back, or is withdrawn where something was built on it.
    """
    require(actor, Capability.REVIEW_DUPLICATES)
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if pair.status != PairStatus.SAME:
        raise PairRefused(_("The two records are not joined."))
    ids = {pair.first_id, pair.second_id}
    people = _locked(ids)
    joined = [person for person in people.values() if person.merged_into_id in ids]
    AffectedPerson.objects.filter(pk__in=[person.pk for person in joined]).update(merged_into=None)
    AffectedPerson.objects.filter(pk__in=ids).update(routing_version=F("routing_version") + 1)
    for other in joined:
        (keep,) = ids - {other.pk}
        joining.give_back(actor, people[keep], other, joined_at=pair.decided_at or clock.now())
    DuplicatePair.objects.filter(pk=pair.pk).update(
        status=PairStatus.OPEN, decided_by=None, decided_at=None, decision_reason=""
    )
    audit.record(
        actor=actor, action="duplicates.parted", subject=pair, reason=reason, people=sorted(ids)
    )


def _decide(actor: User, pair: DuplicatePair, status: PairStatus, reason: str) -> DuplicatePair:
    if not reason.strip():
        raise PairRefused(_("The reason is empty. Write one sentence for the history."))
    decided = DuplicatePair.objects.filter(pk=pair.pk, status=PairStatus.OPEN).update(
        status=status,
        decided_by=actor,
        decided_at=clock.now(),
        decision_reason=reason.strip()[:300],
    )
    if not decided:
        raise PairRefused(_("Somebody has already decided this pair. Look at it again."))
    pair.refresh_from_db()
    audit.record(
        actor=actor, action=f"duplicates.{status}", subject=pair, reason=reason,
        first=pair.first_id, second=pair.second_id,
    )  # fmt: skip
    return pair


def _locked(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AffectedPerson]:
    rows = AffectedPerson.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return {person.pk: person for person in rows}
