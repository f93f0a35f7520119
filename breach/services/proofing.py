"""Proofing counsel: the portal opens for an attorney only after two people compared licence and filed appearance.

Against the impostor attorney: one records what the register and the file say, another confirms it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from breach.core.roles import Capability, require
from breach.models import Approval, Attorney, AttorneyKind, Licence, Representation, User
from breach.models.representation import AppearanceEvidence, RepresentationStatus

from . import approvals, attorneys, audit, clock
from .approval_kinds import ApprovalKind, Described
from .attorneys import AttorneyRefused

ATTORNEY_PROOFING = "attorney_proofing"


@transaction.atomic
def ask_for_account(
    *, actor: User, attorney: Attorney, username: str, jurisdiction: str, number: str, checked_on: date,
    reason: str,
) -> Approval:  # fmt: skip
    """Record the licence as the register shows it, and ask another person to open the portal for this attorney."""
    require(actor, Capability.EDIT_PERSON)
    if checked_on > clock.today():
        raise AttorneyRefused(_t("The register cannot have been looked at in the future."))
    licence, _made = Licence.objects.update_or_create(
        attorney=attorney, jurisdiction=jurisdiction.strip(), number=number.strip(),
        defaults={"verified_on": checked_on},
    )  # fmt: skip
    audit.record(
        actor=actor, action="attorney.licence_checked", subject=attorney, licence=licence.pk, on=checked_on
    )  # fmt: skip
    return approvals.ask(
        actor=actor, kind=ATTORNEY_PROOFING, subject=attorney, payload={"username": username.strip()},
        reason=reason,
    )  # fmt: skip


class AttorneyProofing(ApprovalKind):
    """An account for the portal. Bound to the attorney's record, licences and appearances as they were compared."""

    code = ATTORNEY_PROOFING
    label = _("Portal account of an attorney")
    requested_with = Capability.EDIT_PERSON
    approved_with = Capability.SIGN_OFF

    def lock(self, approval: Approval) -> None:
        Attorney.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)

    def content(self, approval: Approval) -> dict[str, Any]:
        attorney = Attorney.objects.get(pk=approval.subject_id)
        username = approval.payload["username"]
        appearances = _filed(attorney)
        licences = list(attorney.licences.filter(verified_on__isnull=False).order_by("pk"))
        if attorney.user_id:
            raise AttorneyRefused(_t("This attorney has an account already."))
        if attorney.is_suspended:
            raise AttorneyRefused(_t("This attorney is suspended from practice."))
        if not username or User.objects.filter(username__iexact=username).exists():
            raise AttorneyRefused(_t("This user name is taken. Choose another."))
        if not appearances:
            raise AttorneyRefused(
                _t("There is no filed appearance of this attorney. Verify one on a client's file first.")
            )  # fmt: skip
        if not licences:
            raise AttorneyRefused(
                _t("No license of this attorney was looked up. Look into the register first.")
            )
        return {
            "attorney": str(attorney.pk),
            "version": attorney.routing_version,
            "record_sha256": _digest(attorney, licences),
            "username": username,
            "licences": [
                {"id": str(one.pk), "checked_on": str(one.verified_on)} for one in licences
            ],
            "appearances": [
                {"id": str(one.pk), "forum": one.forum, "evidence": one.evidence, "on": str(one.evidence_on or "")}
                for one in appearances
            ],
        }  # fmt: skip

    def describe(self, approval: Approval) -> Described:
        content = approval.content
        attorney = Attorney.objects.select_related("firm").get(pk=approval.subject_id)
        licences = Licence.objects.filter(pk__in=[one["id"] for one in content["licences"]])
        filed = [
            f"{AppearanceEvidence(one['evidence']).label} {_day(one['on'])}".strip()
            for one in content["appearances"]
        ]
        return Described(
            question=_("Is this person the attorney on record?"),
            facts=[
                (_("Attorney"), attorney.name),
                (_("Kind"), AttorneyKind(attorney.kind).label),
                (_("Law firm"), attorney.firm.name if attorney.firm else ""),
                (_("E-mail"), attorney.email),
                (_("EOIR ID"), attorney.eoir_id),
                (_("Licenses looked up"), " · ".join(_shown(one) for one in licences)),
                (_("Filed appearances"), " · ".join(filed)),
                (_("Clients whose notices open"), len(filed)),
                (_("User name"), content["username"]),
            ],
            effect=_("The account is made; the password is handed over another way."),
            warnings=[
                _("Look the license up yourself, and call the office by the number in the register."),
                _("A claim to represent somebody opens nothing; only a filed appearance does."),
            ],
        )  # fmt: skip

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        attorneys.invite(
            actor=actor,
            attorney=Attorney.objects.get(pk=approval.subject_id),
            username=approval.payload["username"],
        )


def _filed(attorney: Attorney) -> list[Representation]:
    """Appearances in force that rest on something filed."""
    rows = Representation.objects.filter(
        attorney=attorney, status=RepresentationStatus.ACTIVE, period__contains=clock.today()
    )
    return list(rows.exclude(evidence=AppearanceEvidence.NONE).order_by("pk"))


def _shown(licence: Licence) -> str:
    return f"{licence.jurisdiction} {licence.number} ({_day(str(licence.verified_on or ''))})"


def _day(iso: str) -> str:
    return date_format(date.fromisoformat(iso), "DATE_FORMAT") if iso else ""


def _licence(licence: Licence) -> str:
    """As it is hashed; readers get `_shown`."""
    return f"{licence.jurisdiction} {licence.number} ({licence.verified_on})"


def _digest(attorney: Attorney, licences: list[Licence]) -> str:
    """Over everything the approver compares, so that a changed e-mail or number voids the request."""
    told = [attorney.name, attorney.kind, attorney.email, attorney.eoir_id, str(attorney.firm_id)]
    told += [_licence(licence) for licence in licences]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
