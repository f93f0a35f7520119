"""Attorneys and accredited representatives: recorded, invited to the portal, reached or not reached."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from breach.core import normalize
from breach.core.consulates import names_a_consulate
from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require, require_any
from breach.models import AffectedPerson, Attorney, AttorneyKind, LawFirm, User

from . import audit
from .rerouting import locked_people, reroute


class AttorneyRefused(Refused):
    """The attorney cannot be recorded or invited like that."""


@transaction.atomic
def add_attorney(
    *,
    actor: User,
    name: str,
    kind: str = AttorneyKind.ATTORNEY,
    firm: LawFirm | None = None,
    email: str = "",
    email_verified: bool = False,
    phone: str = "",
    address: str = "",
    eoir_id: str = "",
) -> Attorney:
    """Record an attorney. Raises AttorneyRefused: no name, an unreadable e-mail, the EOIR ID of another."""
    require(actor, Capability.EDIT_PERSON)
    if not name.strip():
        raise AttorneyRefused(_("The attorney's name is empty. Enter it as on the appearance."))
    if any(names_a_consulate(text) for text in (name, address, email)):
        raise AttorneyRefused(_("A consulate or embassy cannot be counsel. Enter another contact."))
    attorney = Attorney(
        name=name.strip(), kind=AttorneyKind(kind), firm=firm, email=_email(email) if email else "",
        email_verified=email_verified, email_typed=True, phone=phone, address=address, eoir_id=eoir_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            attorney.save(force_insert=True)
    except IntegrityError:
        raise AttorneyRefused(
            _("This EOIR ID is on record for somebody else. Check it, or choose that attorney.")
        ) from None
    audit.record(actor=actor, action="attorney.recorded", subject=attorney, kind=kind)
    return attorney


@transaction.atomic
def invite(*, actor: User, attorney: Attorney, username: str, password: str | None = None) -> User:
    """Give an attorney an account for the portal; without a password it cannot sign in until one is set.

    The effect of an approval (`proofing.py`); alone only on the operator's command line, who has proofed the attorney.
    """
    require_any(actor, Capability.SIGN_OFF, Capability.MANAGE_ACCOUNTS)
    current = Attorney.objects.select_for_update(of=("self",)).get(pk=attorney.pk)
    if current.user_id:
        raise AttorneyRefused(_("This attorney has an account already."))
    if User.objects.filter(username=username).exists():
        raise AttorneyRefused(_("This user name is taken. Choose another."))
    first, _space, last = current.name.partition(" ")
    user = User(
        username=username,
        role=Role.ATTORNEY,
        first_name=first[:150],
        last_name=last[:150],
        email=current.email,
    )
    user.set_password(password)
    user.save(force_insert=True)
    current.user = user
    current.save(update_fields=["user"])
    audit.record(actor=actor, action="attorney.invited", subject=current, user=user.pk)
    return user


@transaction.atomic
def change_email(*, actor: User, attorney: Attorney, email: str, verified: bool) -> Attorney:
    """Write to another e-mail address from now on; what is prepared for the clients is looked at again."""
    require(actor, Capability.EDIT_PERSON)
    email = _email(email)
    if names_a_consulate(email):
        raise AttorneyRefused(_("A consulate or embassy cannot be counsel. Enter another contact."))
    return _changed(
        actor,
        attorney,
        "attorney.email_changed",
        email=email,
        email_verified=verified,
        email_typed=True,
        email_bad_reason="",
    )


@transaction.atomic
def mark_email_bad(*, actor: User, attorney: Attorney, reason: str) -> Attorney:
    """Remember that mail to counsel does not arrive; it is not tried there again."""
    require_any(actor, Capability.EDIT_PERSON, Capability.IMPORT_RECEIPTS)
    return _changed(
        actor, attorney, "attorney.email_bad", email_bad_reason=reason[:120] or _("does not arrive")
    )


@transaction.atomic
def suspend(*, actor: User, attorney: Attorney, value: bool, reason: str) -> Attorney:
    """Record a suspension from practice, or its end: a suspended attorney is told nothing."""
    require(actor, Capability.EDIT_PERSON)
    if not reason.strip():
        raise AttorneyRefused(_("The reason is empty. Write one sentence for the history."))
    return _changed(actor, attorney, "attorney.suspended", reason=reason, is_suspended=value)


def _changed(
    actor: User, attorney: Attorney, action: str, *, reason: str = "", **fields: str | bool
) -> Attorney:
    """Change an attorney with all clients locked first, in one order, and have them routed anew."""
    clients = locked_people(
        AffectedPerson.objects.filter(
            representations__attorney=attorney, representations__status="active"
        ).distinct()
    )
    Attorney.objects.filter(pk=attorney.pk).update(
        routing_version=F("routing_version") + 1, **fields
    )
    reroute(*clients)
    attorney.refresh_from_db()
    audit.record(
        actor=actor, action=action, subject=attorney, reason=reason, clients=len(clients),
        fields=sorted(fields), is_suspended=attorney.is_suspended,
    )  # fmt: skip
    return attorney


def _email(raw: str) -> str:
    try:
        return normalize.email(raw)
    except normalize.Unreadable as unreadable:
        problem = normalize.REASONS[unreadable.code]
        raise AttorneyRefused(_("The e-mail") + f" {problem}.") from None
