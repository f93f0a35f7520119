"""Accounts: made by an administrator or by the system, one role each."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require
from breach.models import SignIn, User
from breach.models.users import SYSTEM_USERNAME

from . import audit


class AccountRefused(Refused):
    """The account cannot be changed like that."""


def system_user() -> User:
    """The account in whose name the program itself acts. It has no password and cannot sign in."""
    user = User.objects.filter(username=SYSTEM_USERNAME).first()
    return user or _make_system_user()


@transaction.atomic
def _make_system_user() -> User:
    user, created = User.objects.get_or_create(
        username=SYSTEM_USERNAME,
        defaults={"role": Role.SYSTEM, "first_name": "System", "password": make_password(None)},
    )
    if created:
        audit.record(actor=user, action="user.created", subject=user, role=Role.SYSTEM)
    return user


@transaction.atomic
def create_user(
    *, actor: User, username: str, role: Role, password: str | None, full_name: str = "", email: str = "",
    languages: list[str] | None = None, is_active: bool = True,
) -> User:  # fmt: skip
    """Make an account. With no password it cannot sign in until one is set.

    Open at once only for the operator's command line; from the pages it is `granting.propose_account`.
    """
    require(actor, Capability.MANAGE_ACCOUNTS)
    first, _space, last = full_name.partition(" ")
    user = User(
        username=username,
        role=role,
        first_name=first,
        last_name=last,
        email=email,
        languages=languages or [],
        is_active=is_active,
    )
    user.set_password(password)
    user.save(force_insert=True)
    audit.record(actor=actor, action="user.created", subject=user, role=role)
    return user


@transaction.atomic
def close(*, actor: User, user: User, reason: str) -> None:
    """Close an account, from the next request on. One person is enough for that; opening takes two."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    if user.pk == actor.pk:
        raise AccountRefused(_("You cannot close your own account. Ask another administrator."))
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)
    audit.record(actor=actor, action="user.closed", subject=user, reason=reason)


@transaction.atomic
def grant(*, actor: User, user: User, role: str, reason: str) -> None:
    """Open an account at this desk: the effect of an approval, `actor` is who approved."""
    require(actor, Capability.APPROVE_ACCOUNTS)
    current = User.objects.select_for_update().get(pk=user.pk)
    before = {"role": current.role, "open": current.is_active}
    current.role, current.is_active = Role(role), True
    current.save(update_fields=["role", "is_active"])
    end_sessions(user)  # whoever is signed in signs in again, with the other desk
    audit.record(
        actor=actor, action="user.granted", subject=user, reason=reason, before=before, role=role
    )


@transaction.atomic
def change_password(*, actor: User, password: str, session: UUID | None) -> User:
    """Set the own password; every other session ends. The account as it is now."""
    require(actor, Capability.SIGNED_IN)
    current = User.objects.select_for_update().get(pk=actor.pk)
    current.set_password(password)
    current.save(update_fields=["password"])
    ended = end_sessions(current, but=session)
    audit.record(actor=actor, action="user.password_changed", subject=current, sessions=ended)
    return current


def end_sessions(user: User, but: UUID | None = None) -> int:
    """Part of a verb that ends sessions for its own reason; it has checked who acts, and records it."""
    rows = SignIn.objects.filter(user=user, ended_at=None)
    if but is not None:
        rows = rows.exclude(pk=but)
    return rows.update(ended_at=Now())
