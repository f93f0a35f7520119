"""Whose case it is: the case worker of a person in one incident."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import Desk, Exposure, FollowUp, User
from breach.models.followups import FollowUpState

from . import audit, followups


class CannotBeCaseworker(Refused):
    """The user's role does not work with people's cases."""


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
