"""One person in one incident: whose case it is, where it stands, and how endangered the person is by it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import Desk, Exposure, FollowUp, Posture, RiskTier, User
from breach.models.followups import FollowUpState

from . import audit, followups
from .priorities import priority_of
from .rerouting import locked_person, reroute
from .risks import risk_of

LONGEST_RISK_REASON = 200


class CannotBeCaseworker(Refused):
    """The user's role does not work with people's cases."""


class RiskRefused(Refused):
    """A risk set by hand lacks its reason, or neither it nor the posture is of the list."""


@transaction.atomic
def assign_caseworker(*, actor: User, exposure: Exposure, owner: User | None) -> None:
    """Give the person to a case worker, or back to the desk; the desk's open follow-ups go along."""
    require(actor, Capability.ASSIGN)
    if owner is not None and not can(owner, Capability.LOG_CONTACT):
        raise CannotBeCaseworker(
            _("%(name)s does not work with people's cases. Choose a case worker.")
            % {"name": owner.label}
        )
    current = Exposure.objects.select_for_update(of=("self",)).get(pk=exposure.pk)
    before = current.caseworker_id
    Exposure.objects.filter(pk=current.pk).update(caseworker=owner)
    open_ones = FollowUp.objects.filter(
        exposure=current, state=FollowUpState.OPEN, desk=Desk.CASE_WORKER
    )
    followups.assign(actor=actor, follow_ups=open_ones, owner=owner)
    audit.record(
        actor=actor, action="exposure.assigned", subject=current, incident=exposure.incident,
        before=before, owner=owner.pk if owner else None,
    )  # fmt: skip


@transaction.atomic
def set_posture(
    *,
    actor: User,
    exposure: Exposure,
    posture: str,
    risk_tier: int | None = None,
    risk_reason: str = "",
) -> Exposure:
    """Say where the protection case stands. The risk follows by rule, or is set by hand with a reason.

    It decides the paragraphs of letters made from now on, and the order of the worklists. Raises RiskRefused.
    """
    require(actor, Capability.EDIT_PERSON)
    tier, why = risk_of(posture)
    if risk_tier is not None and risk_tier != tier:
        if not risk_reason.strip():
            raise RiskRefused(_("A risk set by hand needs its reason. Write one sentence."))
        tier, why = RiskTier(risk_tier), risk_reason.strip()[:LONGEST_RISK_REASON]
    person = locked_person(exposure.person_id)
    current = Exposure.objects.select_for_update(of=("self",)).get(pk=exposure.pk)
    before, current.posture = current.posture, Posture(posture)
    before_tier, current.risk_tier, current.risk_reason = current.risk_tier, tier, why
    current.save(update_fields=["posture", "risk_tier", "risk_reason"])
    for waiting in FollowUp.objects.filter(exposure=current, state=FollowUpState.OPEN):
        waiting.priority = priority_of(waiting.kind, tier)
        waiting.save(update_fields=["priority"])
    reroute(person)
    audit.record(
        actor=actor, action="exposure.posture_set", subject=current, incident=exposure.incident, before=before,
        posture=current.posture, risk=int(tier), risk_before=before_tier,
    )  # fmt: skip
    return current
