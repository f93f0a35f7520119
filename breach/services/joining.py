"""What a join of two records carries over, and what taking it back gives back: exposures, next actions, the hold."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as N_

from breach.models import (
    AffectedPerson,
    Desk,
    Exposure,
    FollowUp,
    FollowUpKind,
    Hold,
    User,
)
from breach.models.followups import FollowUpState
from breach.reasons import is_question

from . import audit, clock, followups, holds
from .built_on import pointed_to
from .worded import plain

JOINED = gettext_lazy("The record was joined to another: what is to be done stands there.")
PARTED = gettext_lazy(
    "The records were separated again: what is to be done stands at the other one."
)
PREPARE_JOINED = N_("Prepare the notice: the person's two records were joined")
PREPARE_PARTED = N_("Prepare the notice: the record stands for itself again")
NOT_THEIRS = gettext_lazy(
    "The records were separated again: this disclosure may not be this person's. Nothing more is sent about it; "
    "if a notice went out or the person was told, see to it."
)
THEIRS_AGAIN = gettext_lazy(
    "The records are joined again, and the notice of this disclosure was withdrawn meanwhile: take it up again."
)
# The outcome of that record's own letter is still to be found out, so this one stays where it is.
STAYS = FollowUpKind.AMBIGUOUS
# Routing or sending asks these anew for the record that goes on.
ASKED_ANEW = (
    FollowUpKind.PREPARE, FollowUpKind.SIGN_OFF, FollowUpKind.BLOCKED, FollowUpKind.AWAIT_PROOF,
    FollowUpKind.TRANSFERRED, FollowUpKind.SEND_FAILED, FollowUpKind.NO_TRANSLATION, FollowUpKind.DUPLICATE,
)  # fmt: skip


def take_over(actor: User, keep: AffectedPerson, other: AffectedPerson) -> None:
    """Give the kept record the exposures it lacks, and the next actions that only a person can close."""
    mine = {row.incident_id: row for row in Exposure.objects.filter(person=keep)}
    for theirs in Exposure.objects.filter(person=other).select_related("incident"):
        exposure = mine.get(theirs.incident_id)
        if exposure is None:
            exposure = Exposure.objects.create(
                incident_id=theirs.incident_id, person=keep, elements=theirs.elements, posture=theirs.posture,
                risk_tier=theirs.risk_tier, risk_reason=theirs.risk_reason, caseworker=theirs.caseworker,
                taken_over_from=other,
            )  # fmt: skip
            audit.record(
                actor=actor, action="exposure.taken_over", subject=exposure, incident=theirs.incident,
                person=keep.pk, before=other.pk, incident_id=theirs.incident_id,
            )  # fmt: skip
            _ask(actor, exposure, FollowUpKind.PREPARE, PREPARE_JOINED)
        elif exposure.taken_over_from_id == other.pk:
            _ask(actor, exposure, FollowUpKind.OTHER, THEIRS_AGAIN)
        _carry_over(actor, theirs, exposure)


def give_back(
    actor: User, keep: AffectedPerson, other: AffectedPerson, *, joined_at: datetime
) -> None:
    """Undo `take_over`: what nothing was built on goes, the rest is on a supervisor's desk."""
    proofs = Hold.objects.filter(exposure__person=other).values("evidence_id")
    held = Hold.objects.filter(exposure__person=keep, evidence_id__in=proofs)
    for hold in held.select_related("exposure__incident"):
        holds.pause_hold(actor=actor, exposure=hold.exposure)
    for theirs in Exposure.objects.filter(person=other).select_related("incident"):
        exposure = Exposure.objects.filter(person=keep, incident=theirs.incident).first()
        _bring_back(actor, theirs, exposure, joined_at)
        _ask(actor, theirs, FollowUpKind.PREPARE, PREPARE_PARTED)
    gained = list(
        Exposure.objects.filter(person=keep, taken_over_from=other).select_related("incident")
    )
    worked_on = pointed_to(Exposure, [exposure.pk for exposure in gained])
    for exposure in gained:
        _give_back(actor, exposure, other, kept=exposure.pk in worked_on)


def parted() -> QuerySet[Exposure]:
    """Exposures a person has only from a record that is not theirs after all."""
    taken = Exposure.objects.filter(taken_over_from__isnull=False)
    return taken.exclude(taken_over_from__merged_into=F("person"))


def stays_with(*, actor: User, exposure: Exposure) -> None:
    """Part of a verb that finds the person affected all the same, whatever record said so first."""
    if parted().filter(pk=exposure.pk).update(taken_over_from=None):
        audit.record(
            actor=actor, action="exposure.kept", subject=exposure, incident=exposure.incident,
            person=exposure.person_id,
        )  # fmt: skip


def _give_back(actor: User, exposure: Exposure, other: AffectedPerson, *, kept: bool) -> None:
    audit.record(
        actor=actor, action="exposure.given_back", subject=exposure, incident=exposure.incident,
        person=exposure.person_id, before=other.pk, kept=kept,
    )  # fmt: skip
    if kept:
        _ask(actor, exposure, FollowUpKind.OTHER, NOT_THEIRS, desk=Desk.SUPERVISOR)
    else:
        FollowUp.objects.filter(exposure=exposure).delete()
        exposure.delete()


def _carry_over(actor: User, theirs: Exposure, exposure: Exposure) -> None:
    """What only a person can close goes along, unless the kept record has one of the kind: both stay then."""
    there = set(_open(exposure).values_list("kind", flat=True))
    going = [row for row in _open(theirs) if row.kind != STAYS]
    carried = [row for row in going if row.kind not in ASKED_ANEW and not is_question(row.reason)]
    stay = {row.kind for row in carried if row.kind in there}
    followups.supersede(
        actor=actor, exposure=theirs, reason=JOINED,
        kinds=[row.kind for row in going if row.kind not in stay],
    )  # fmt: skip
    for row in carried:
        if row.kind not in stay:
            _open_as(actor, exposure, row)


def _bring_back(
    actor: User, theirs: Exposure, exposure: Exposure | None, joined_at: datetime
) -> None:
    """The other way round: what was carried over is the other record's again."""
    ended = FollowUp.objects.filter(
        exposure=theirs, state=FollowUpState.SUPERSEDED, closed_reason=plain(JOINED),
        closed_at__gte=joined_at,
    )  # fmt: skip
    for row in ended.exclude(kind__in=ASKED_ANEW).select_related("owner"):
        if is_question(row.reason):
            continue
        if exposure and _open(exposure).filter(kind=row.kind, reason=row.reason).exists():
            followups.supersede(actor=actor, exposure=exposure, reason=PARTED, kinds=[row.kind])
        _open_as(actor, theirs, row)


def _open(exposure: Exposure) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(exposure=exposure, state=FollowUpState.OPEN)


def _open_as(actor: User, exposure: Exposure, row: FollowUp) -> None:
    followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, kind=row.kind, reason=row.reason,
        due_on=row.due_on, desk=row.desk, owner=row.owner,
    )  # fmt: skip


def _ask(
    actor: User, exposure: Exposure, kind: str, reason: str | Promise, desk: str | None = None
) -> None:
    followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, kind=kind, reason=reason,
        due_on=clock.today(), desk=desk,
    )  # fmt: skip
