"""Signing in and out, and ending sessions: one's own, somebody else's. What ends holds from the next request on."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import SignIn, User
from breach.queries import open_sign_ins

from . import audit
from .users import end_sessions, system_user


class SessionRefused(Refused):
    """The session cannot be ended by this person."""


@transaction.atomic
def begin(*, actor: User, browser: str, means: Iterable[str]) -> SignIn:
    """Somebody has signed in. `means`: how they showed who they are, e.g. password and mfa."""
    require(actor, Capability.SIGNED_IN)
    sign_in = SignIn.objects.create(user=actor, browser=browser[:60])
    audit.record(
        actor=actor, action="user.signed_in", subject=actor, means=list(means), session=sign_in.pk
    )
    return sign_in


@transaction.atomic
def end(*, actor: User, sign_in: UUID) -> None:
    """End one of the own sessions: this one, by signing out, or one left open elsewhere. Raises SessionRefused."""
    require(actor, Capability.SIGNED_IN)
    if not open_sign_ins(actor).filter(pk=sign_in).update(ended_at=Now()):
        raise SessionRefused(_("This session has ended already."))
    audit.record(actor=actor, action="user.signed_out", subject=actor, session=sign_in)


@transaction.atomic
def end_others(*, actor: User, but: UUID | None) -> int:
    """End all the own sessions but this one; how many there were."""
    require(actor, Capability.SIGNED_IN)
    ended = end_sessions(actor, but=but)
    audit.record(actor=actor, action="user.sessions_ended", subject=actor, sessions=ended)
    return ended


@transaction.atomic
def end_all(*, actor: User, user: User, reason: str) -> int:
    """End every session of somebody, e.g. when their computer is lost; how many there were."""
    require(actor, Capability.MANAGE_ACCOUNTS)
    ended = end_sessions(user)
    audit.record(
        actor=actor, action="user.sessions_ended", subject=user, reason=reason, sessions=ended
    )
    return ended


@transaction.atomic
def failed(*, actor: User | None = None) -> None:
    """Somebody did not get in. Without an actor not even the name is known, and what was typed is not kept."""
    who = actor or system_user()
    action = "user.second_factor_failed" if actor else "user.sign_in_failed"
    audit.record(actor=who, action=action, subject=who)
