"""Two people, neither of them the author, approve exactly one content."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import Incident, SignOff, User

from . import audit


class OwnWork(Refused):
    """An author does not approve the own words."""


class SignedAlready(Refused):
    """The second signature must be somebody else's."""


@transaction.atomic
def sign(
    *,
    actor: User,
    incident: Incident,
    subject: str,
    subject_id: UUID,
    content_sha256: str,
    author: User,
) -> SignOff:
    """Approve the content with this SHA-256. `queries.is_approved` says when two people have.

    Raises OwnWork and SignedAlready.
    """
    require(actor, Capability.SIGN_OFF)
    if actor.pk == author.pk:
        raise OwnWork(_("You wrote this yourself: two other people have to sign it."))
    sign_off, created = SignOff.objects.get_or_create(
        incident=incident, subject=subject, subject_id=subject_id, content_sha256=content_sha256,
        signed_by=actor, defaults={"author": author},
    )  # fmt: skip
    if not created:
        raise SignedAlready(
            _("You have signed this already: the second signature must be somebody else's.")
        )
    audit.record(
        actor=actor, action="sign_off.signed", subject=sign_off, incident=incident,
        about=subject, about_id=subject_id, content_sha256=content_sha256,
    )  # fmt: skip
    return sign_off
