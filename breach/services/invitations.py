"""One-time links: the person of an account opens one and chooses a password that nobody else ever knew."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require, require_any
from breach.models import User

from . import audit
from .users import end_sessions


class InvitationRefused(Refused):
    """No link can be made, or the link opens nothing any more."""


class _Links(PasswordResetTokenGenerator):
    """Signed with the account's state: a new password, or another link, makes every earlier one worthless."""

    key_salt = "breach.invitation"


_links = _Links()


@transaction.atomic
def issue(*, actor: User, user: User) -> str:
    """Make a link for this account, good for three days; earlier links, the password and open sessions end.

    Gives the whole address, to be handed over in a way by which its owner is known. Also for a forgotten password.
    The first one for an attorney may be made by whoever assigns the work; all others are the administrators'.
    Raises InvitationRefused.
    """
    if user.role == Role.ATTORNEY and not (user.has_usable_password() or user.last_login):
        require_any(actor, Capability.ASSIGN, Capability.MANAGE_ACCOUNTS)
    else:
        require(actor, Capability.MANAGE_ACCOUNTS)
    if user.pk == actor.pk:
        raise InvitationRefused(_("Change your own password on the page of your account."))
    if user.role == Role.SYSTEM:
        raise InvitationRefused(_("Nobody can sign in as the system itself."))
    current = User.objects.select_for_update().get(pk=user.pk)
    current.set_password(None)  # another unusable one each time: it is part of what a link signs
    current.save(update_fields=["password"])
    end_sessions(current)
    audit.record(actor=actor, action="user.invited", subject=current)
    path = reverse("invitation", args=[current.pk, _links.make_token(current)])
    return f"{settings.PUBLIC_URL}{path}"


@transaction.atomic
def accept(*, actor: User, token: str, password: str) -> None:
    """The person of the account chooses a password; the link is used up. Raises InvitationRefused."""
    current = User.objects.select_for_update().get(pk=actor.pk)
    if invited(current.pk, token) is None:
        raise InvitationRefused(_("This link opens nothing any more. Ask for a new one."))
    current.set_password(password)
    current.save(update_fields=["password"])
    audit.record(actor=current, action="user.invitation_accepted", subject=current)


def invited(pk: UUID, token: str) -> User | None:
    """Whose link this is, while it works: an open account, not used, not older than three days."""
    user = User.objects.filter(pk=pk, is_active=True).exclude(role=Role.SYSTEM).first()
    return user if user is not None and _links.check_token(user, token) else None
