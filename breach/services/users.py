"""Accounts: made by an administrator or by the system, one role each."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require
from breach.models import User
from breach.models.users import SYSTEM_USERNAME

from . import audit


class AccountRefused(Refused):
    """The account cannot be changed like that."""


def system_user() -> User:
    """The account in whose name the program itself acts. It has no password and cannot sign in."""
    user, created = User.objects.get_or_create(
        username=SYSTEM_USERNAME, defaults={"role": Role.SYSTEM, "first_name": "System"}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


@transaction.atomic
def create_user(
    *, actor: User, username: str, role: Role, password: str | None, full_name: str = "", email: str = "",
    languages: list[str] | None = None,
) -> User:  # fmt: skip
    """Make an account. With no password it cannot sign in until one is set."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    first, _space, last = full_name.partition(" ")
    user = User(
        username=username,
        role=role,
        first_name=first,
        last_name=last,
        email=email,
        languages=languages or [],
    )
    user.set_password(password)
    user.save(force_insert=True)
    audit.record(actor=actor, action="user.created", subject=user, role=role)
    return user


@transaction.atomic
def set_active(*, actor: User, user: User, value: bool, reason: str) -> None:
    """Close an account, or open it again. Closing holds from the next request on."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    if user.pk == actor.pk:
        raise AccountRefused(_("You cannot close your own account. Ask another administrator."))
    User.objects.filter(pk=user.pk).update(is_active=value)
    action = "user.opened" if value else "user.closed"
    audit.record(actor=actor, action=action, subject=user, reason=reason)


@transaction.atomic
def set_password(*, actor: User, user: User, password: str) -> None:
    """Set a new password for somebody; every session with the old one ends."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    current = User.objects.select_for_update().get(pk=user.pk)
    current.set_password(password)
    current.save(update_fields=["password"])
    audit.record(actor=actor, action="user.password_set", subject=user)
