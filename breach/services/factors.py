"""Second factors: passkeys, an authenticator app, recovery codes. Kept by django-allauth, changed only here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import User

from . import audit
from .users import end_sessions

APP, PASSKEY, CODES = (
    Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES,
)  # fmt: skip
PASSKEYS_AT_MOST = 10


class FactorRefused(Refused):
    """The second factor cannot be added or removed like that."""


@transaction.atomic
def add_app(*, actor: User, secret: str) -> Authenticator:
    """Take on an authenticator app that has shown a right code of this secret. Raises FactorRefused."""
    _lock(actor)
    if Authenticator.objects.filter(user=actor, type=APP).exists():
        raise FactorRefused(_("You have an authenticator app already. Remove it first."))
    return _added(actor, TOTP.activate(actor, secret).instance)


@transaction.atomic
def add_passkey(*, actor: User, name: str, credential: dict[str, Any]) -> Authenticator:
    """Take on a passkey whose answer has been checked. Raises FactorRefused."""
    _lock(actor)
    if Authenticator.objects.filter(user=actor, type=PASSKEY).count() >= PASSKEYS_AT_MOST:
        raise FactorRefused(_("You have ten passkeys already. Remove one first."))
    return _added(actor, WebAuthn.add(actor, name[:60], credential).instance)


@transaction.atomic
def renew_codes(*, actor: User) -> None:
    """Make new recovery codes; the old ones open nothing any more. Raises FactorRefused."""
    _lock(actor)
    if not factors_of(actor):
        raise FactorRefused(_("Set up a second factor first."))
    Authenticator.objects.filter(user=actor, type=CODES).delete()
    RecoveryCodes.activate(actor)
    audit.record(actor=actor, action="user.recovery_codes_renewed", subject=actor)


@transaction.atomic
def remove(*, actor: User, factor: Authenticator, session: UUID | None) -> None:
    """Take one of the own factors away; every other session ends. The last one stays. Raises FactorRefused."""
    _lock(actor)
    own = factors_of(actor)
    if factor.pk not in {one.pk for one in own}:
        raise FactorRefused(_("This second factor is not there any more."))
    if len(own) == 1:
        raise FactorRefused(_("This is your only second factor. Add another one first."))
    kind = factor.type
    Authenticator.objects.filter(pk=factor.pk, user=actor).delete()
    ended = end_sessions(actor, but=session)
    audit.record(
        actor=actor, action="user.second_factor_removed", subject=actor, kind=kind, sessions=ended
    )


@transaction.atomic
def reset(*, actor: User, user: User, reason: str) -> int:
    """Take all second factors of somebody away who has lost them: every session ends, and new ones are set up.

    The effect of an approval (`resetting`), `actor` is who approved. How many there were, recovery codes included.
    """
    require(actor, Capability.APPROVE_ACCOUNTS)
    User.objects.select_for_update().get(pk=user.pk)
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    ended = end_sessions(user)
    audit.record(
        actor=actor, action="user.second_factors_reset", subject=user, reason=reason,
        factors=removed, sessions=ended,
    )  # fmt: skip
    return removed


@transaction.atomic
def used(*, actor: User, factor: Authenticator) -> None:
    """A factor has just shown, in a session that is open, that its owner is still there."""
    require(actor, Capability.SIGNED_IN)
    factor.record_usage()
    audit.record(actor=actor, action="user.shown_again", subject=actor, kind=factor.type)


def factors_of(user: User) -> list[Authenticator]:
    """What this person can show beside the password; recovery codes alone are none."""
    rows = Authenticator.objects.filter(user=user, type__in=[APP, PASSKEY])
    return list(rows.order_by("created_at", "pk"))


def unused_codes(user: User) -> list[str]:
    """The recovery codes that still open."""
    kept = Authenticator.objects.filter(user=user, type=CODES).first()
    return list(kept.wrap().get_unused_codes()) if kept else []


def _lock(actor: User) -> None:
    require(actor, Capability.SIGNED_IN)
    User.objects.select_for_update().get(pk=actor.pk)


def _added(actor: User, factor: Authenticator) -> Authenticator:
    RecoveryCodes.activate(actor)  # once: later factors find them made
    audit.record(actor=actor, action="user.second_factor_added", subject=actor, kind=factor.type)
    return factor
