"""What somebody may do is granted by two people: an account or a change of desk works once another has approved it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_

from breach.core.roles import MATRIX, WHAT_IT_ALLOWS, Capability, Role
from breach.models import Approval, User

from . import approvals, users
from .approval_kinds import ApprovalKind, Described, Page

ROLE_GRANT = "role_grant"
NEW_ACCOUNT = N_("A new account.")


@transaction.atomic
def propose_account(*, actor: User, reason: str = NEW_ACCOUNT, **account: Any) -> User:
    """Make an account that nobody can use yet, and ask for its approval. Takes what `users.create_user` takes."""
    user = users.create_user(actor=actor, is_active=False, **account)
    ask_for_role(actor=actor, user=user, role=user.role, reason=reason)
    return user


def ask_for_role(*, actor: User, user: User, role: str, reason: str) -> Approval:
    """Ask that this account may work at this desk; a closed account is opened by it."""
    return approvals.ask(
        actor=actor,
        kind=ROLE_GRANT,
        subject=user,
        payload={"role": Role(role).value},
        reason=reason,
    )


class RoleGrant(ApprovalKind):
    """An account's desk. Bound to the account as it is: another change in between voids it."""

    code = ROLE_GRANT
    label = _("Account and desk")
    requested_with = Capability.MANAGE_ACCOUNTS
    approved_with = Capability.APPROVE_ACCOUNTS

    def lock(self, approval: Approval) -> None:
        User.objects.select_for_update().get(pk=approval.subject_id)

    def content(self, approval: Approval) -> dict[str, Any]:
        user = User.objects.get(pk=approval.subject_id)
        wanted = approval.payload["role"]
        if user.is_active and user.role == wanted:
            raise users.AccountRefused(str(_("The account is open at this desk already.")))
        if Role.SYSTEM in (user.role, wanted) or (user.role == Role.ATTORNEY) != (
            wanted == Role.ATTORNEY
        ):
            raise users.AccountRefused(
                str(
                    _(
                        "An attorney's account belongs to the attorney's record; it cannot be moved to or from a desk."
                    )
                )
            )
        return {
            "account": str(user.pk),
            "username": user.get_username(),
            "before": user.role,
            "was_open": user.is_active,
            "role": wanted,
            "capabilities": sorted(MATRIX[wanted]),
        }

    def describe(self, approval: Approval) -> Described:
        content = approval.content
        user = User.objects.get(pk=approval.subject_id)
        before = Role(content["before"]).label if content["was_open"] else _("None: it is closed")
        return Described(
            question=_("May this account work at this desk?"),
            facts=[
                (_("Name"), user.label),
                (_("User name"), content["username"]),
                (_("Desk until now"), before),
                (_("Desk asked for"), Role(content["role"]).label),
                (_("May then do"), _in_words(content["capabilities"])),
            ],
            effect=_("The account is open at this desk from then on."),
            warnings=[_("Approve only if you know the person behind it by another way than this page.")],
        )  # fmt: skip

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        user = User.objects.get(pk=approval.subject_id)
        users.grant(actor=actor, user=user, role=approval.payload["role"], reason=approval.reason)

    def page(self, approval: Approval) -> Page | None:
        return Page("account-detail", {"pk": approval.subject_id}, Capability.MANAGE_ACCOUNTS)


def _in_words(capabilities: Iterable[str]) -> str:
    """In the order of the matrix. That somebody signed in may see the own account goes without saying."""
    told = set(capabilities) - {Capability.SIGNED_IN}
    known = [str(words) for code, words in WHAT_IT_ALLOWS.items() if code in told]
    return ", ".join([*known, *sorted(told - set(WHAT_IT_ALLOWS))])
