"""Accounts: made by an administrator or by the system, one role each."""

from __future__ import annotations

from django.db import transaction

from breach.core.roles import Capability, Role, require
from breach.models import User
from breach.models.users import SYSTEM_USERNAME

from . import audit


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
    first, _, last = full_name.partition(" ")
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
