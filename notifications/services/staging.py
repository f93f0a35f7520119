"""Staged release 10 -> 100 -> all: after each stage somebody looks at what left and says "go on", or does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core import crypto, keyring
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import Incident, User
from breach.services import audit
from notifications import guards
from notifications.models import Delivery, Stage
from notifications.models.stages import STAGES
from notifications.states import DeliveryState as D

from .allowance import hold_stage, limit_of, taken_in
from .reading_back import misread

# As the channels begin such a reason; they are adapters, which only sending and batching may import.
MISREAD = "Read back and refused"


class StageRefused(Refused):
    """The next stage cannot begin; its text says why."""


@dataclass(frozen=True)
class Standing:
    """Where a release is: what the stage allows, what became of what was taken up, and what waits behind it."""

    number: int
    limit: int | None
    taken: int
    left: int
    held_back: int
    failed: int
    came_back: int
    unknown: int
    in_hand: int
    waiting: int
    refused: int  # held back by our own reader, before leaving

    @property
    def is_full(self) -> bool:
        """Whether the stage is over: nothing more may be taken up, and nothing is in anybody's hands."""
        return self.limit is not None and self.taken >= self.limit and not self.in_hand

    @property
    def holds_back(self) -> bool:
        """Whether somebody is waited for: letters are ready to leave and the stage is full."""
        return self.is_full and self.waiting > 0

    @property
    def next_limit(self) -> int | None:
        return STAGES[min(self.number + 1, len(STAGES) - 1)]


@dataclass(frozen=True)
class ReadBack:
    """What another library found in the letters of a stage, read again from the bytes that were kept."""

    letters: int
    faults: int


def standing(incident: Incident) -> Standing:
    """Counted by state; a call is no letter."""
    number, limit = limit_of(incident.pk)
    rows = Delivery.objects.filter(incident=incident)
    states = Counter(taken_in(rows).values_list("state", flat=True))
    gone = (D.SENT, D.DELIVERED, D.BOUNCED, D.RETURNED)
    unready = rows.filter(state=D.QUEUED, first_claimed_at=None, artefact__isnull=False)
    return Standing(
        number=number,
        limit=limit,
        taken=sum(states.values()),
        left=sum(states[state] for state in gone),
        held_back=states[D.QUEUED] + states[D.CANCELLED],
        failed=states[D.FAILED],
        came_back=states[D.BOUNCED] + states[D.RETURNED],
        unknown=states[D.AMBIGUOUS],
        in_hand=states[D.CLAIMED] + states[D.SENDING],
        waiting=unready.exclude(channel=guards.CALL).count(),
        refused=taken_in(rows).filter(state_reason__startswith=MISREAD).count(),
    )


def waiting_behind(incident: Incident) -> int:
    """How many letters wait for somebody to say that the release goes on; cheap, for pages that ask often."""
    if limit_of(incident.pk)[1] is None:
        return 0
    at = standing(incident)
    return at.waiting if at.holds_back else 0


def read_back(incident: Incident) -> ReadBack:
    """Read every letter of the stage again; for the ten or hundred of one, not for thousands."""
    rows = guards.at_the_gate(taken_in(Delivery.objects.filter(incident=incident)))
    letters = faults = 0
    for delivery in rows.filter(artefact__isnull=False):
        try:
            findings = misread(delivery)
        except keyring.KeyDestroyed:
            continue
        except crypto.SealBroken:
            letters, faults = letters + 1, faults + 1
            continue
        kept = delivery.artefact
        letters += 1
        faults += bool(findings) or crypto.sha256_hex(kept.pdf) != kept.sha256
    keyring.forget()
    return ReadBack(letters, faults)


@transaction.atomic
def raise_stage(
    *, actor: User, incident: Incident, despite: str = "", by_itself: bool = False
) -> Stage:
    """Let the next stage begin, after reading every letter of this one again. Raises StageRefused.

    `despite` is why somebody goes on although faults were found. `by_itself`: a program goes on, not a person; then
    whatever our reader held back, and too many failures, are reasons to stop as well.
    """
    require(actor, Capability.NOTIFY)
    hold_stage([incident.pk])
    found = standing(incident)
    if found.limit is None:
        raise StageRefused(_("Everything may leave already."))
    if not found.is_full:
        raise StageRefused(
            _("The stage is not over: %(taken)d of %(limit)d have been taken up. Wait for the rest.")
            % {"taken": found.taken, "limit": found.limit}
        )  # fmt: skip
    again = read_back(incident)
    if again.faults and not despite.strip():
        raise StageRefused(
            _("%(faults)d of %(letters)d letters are not what they should be. Stop sending and look at them.")
            % asdict(again)
        )  # fmt: skip
    if by_itself:
        _fit_for_a_program(found)
    seen: dict[str, Any] = {**asdict(found), **asdict(again), "by_itself": by_itself}
    stage = Stage.objects.create(
        incident=incident, number=found.number + 1, limit=found.next_limit, seen=seen,
        opened_by=actor,
    )  # fmt: skip
    audit.record(
        actor=actor, action="release.stage_raised", subject=stage, incident=incident,
        reason=despite, up_to=stage.limit, **seen,
    )  # fmt: skip
    return stage


def _fit_for_a_program(found: Standing) -> None:
    if found.refused:
        raise StageRefused(
            _("%(refused)d of the stage were read back and refused before they left. A person must look at them.")
            % {"refused": found.refused}
        )  # fmt: skip
    if 2 * (found.failed + found.came_back + found.unknown) > found.taken:
        raise StageRefused(_("More than half of the stage did not arrive. Look at why first."))
