"""Lost second factors are reset by two people: whoever could do it alone could sign in as anybody else."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from breach.core.roles import Capability
from breach.models import Approval, User

from . import approvals, factors, sessions
from .approval_kinds import ApprovalKind, Described, Page
from .factors import FactorRefused

FACTOR_RESET = "factor_reset"
KINDS = {factors.APP: _("Authenticator app"), factors.PASSKEY: _("Passkey")}


@transaction.atomic
def ask_for_reset(*, actor: User, user: User, reason: str) -> Approval:
    """Ask that somebody's second factors go; every session ends at once, for the lost telephone may be in other hands.

    Raises FactorRefused, and what `approvals.ask` raises.
    """
    if actor.pk == user.pk:
        raise FactorRefused(str(_("Another administrator asks for yours.")))
    approval = approvals.ask(actor=actor, kind=FACTOR_RESET, subject=user, reason=reason)
    sessions.end_all(actor=actor, user=user, reason=approval.reason)
    return approval


class FactorReset(ApprovalKind):
    """Somebody's second factors, all of them. Bound to those there are: a new one set up in between voids it."""

    code = FACTOR_RESET
    label = _("Reset of second factors")
    requested_with = Capability.MANAGE_ACCOUNTS
    approved_with = Capability.APPROVE_ACCOUNTS

    def lock(self, approval: Approval) -> None:
        User.objects.select_for_update().get(pk=approval.subject_id)

    def content(self, approval: Approval) -> dict[str, Any]:
        user = User.objects.get(pk=approval.subject_id)
        found = factors.factors_of(user)
        if not found:
            raise FactorRefused(str(_("This account has no second factor.")))
        return {
            "account": str(user.pk),
            "username": user.get_username(),
            "role": user.role,
            "factors": [factor.pk for factor in found],
            "kinds": sorted(factor.type for factor in found),
        }

    def describe(self, approval: Approval) -> Described:
        content = approval.content
        user = User.objects.get(pk=approval.subject_id)
        return Described(
            question=_("May this person set up new second factors?"),
            facts=[
                (_("Name"), user.label),
                (_("User name"), content["username"]),
                (_("Desk"), user.get_role_display()),
                (
                    _("Second factors that go"),
                    ", ".join(str(KINDS[kind]) for kind in content["kinds"]),
                ),
            ],
            effect=_(
                "All second factors and recovery codes of this account go. New ones are set up at the next sign-in."
            ),
            warnings=[
                _(
                    "Approve only after you have spoken with this person yourself, face to face or at a number you "
                    "knew before: whoever resets the factors of somebody else and has their link can sign in as them."
                )
            ],
        )

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        user = User.objects.get(pk=approval.subject_id)
        factors.reset(actor=actor, user=user, reason=approval.reason)

    def page(self, approval: Approval) -> Page | None:
        return Page("account-detail", {"pk": approval.subject_id}, Capability.MANAGE_ACCOUNTS)
