"""Who speaks for a person: claimed, verified, disputed, withdrawn, replaced. Each step asks the route anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from breach.core.deadlines import add_business_days
from breach.core.errors import Refused
from breach.core.roles import Capability, Role, require, require_any
from breach.models import (
    AffectedPerson,
    Attorney,
    Exposure,
    FollowUpKind,
    Forum,
    Representation,
    User,
)
from breach.models.representation import AppearanceEvidence, RepresentationStatus
from breach.one_human import all_records

from . import audit, clock, followups
from .attorneys import add_attorney, change_email, invite, mark_email_bad, suspend
from .rerouting import locked_person, reroute

__all__ = [
    "add_attorney", "change_email", "claim", "dispute", "invite", "mark_email_bad", "replace_counsel",
    "suspend", "verify", "withdraw",
]  # fmt: skip

VERIFY_DAYS = 2  # business days
VERIFY = gettext_lazy(
    "An attorney claims to represent this person: verify the entry of appearance."
)
TWO_CLAIMS = gettext_lazy("Two attorneys claim to represent this person: find out who does.")


class RepresentationRefused(Refused):
    """The step does not fit the state of the representation, or lacks its evidence."""


class CounselOnRecord(RepresentationRefused):
    """Somebody else is lead counsel in this forum at that time; `counsel` is that representation."""

    def __init__(self, counsel: Representation) -> None:
        self.counsel = counsel
        super().__init__(
            _(
                "%(attorney)s is attorney of record there already. Withdraw that first, or replace counsel."
            )
            % {"attorney": counsel.attorney.name}
        )


@transaction.atomic
def claim(
    *,
    actor: User,
    person: AffectedPerson,
    attorney: Attorney,
    forum: str,
    on: date,
    is_lead: bool = True,
) -> Representation:
    """Note that an attorney claims to represent the person. Nothing is disclosed on a claim.

    Somebody gets the task to verify it; a second claim in the same forum makes it a dispute to settle.
    """
    require(actor, Capability.EDIT_PERSON)
    _not_to_come(on)
    current = locked_person(person.pk)
    others = Representation.objects.filter(
        person__in=all_records(current), forum=forum, status=RepresentationStatus.CLAIMED
    ).exclude(attorney=attorney)
    reason = TWO_CLAIMS if others.exists() else VERIFY
    representation = Representation(
        person=current,
        attorney=attorney,
        forum=Forum(forum),
        is_lead=is_lead,
        period=DateRange(on, None),
        claimed_on=clock.today(),
    )
    representation.save(force_insert=True)
    due_on = add_business_days(clock.today(), VERIFY_DAYS)
    for exposure in Exposure.objects.filter(person=current).select_related("incident"):
        followups.open_follow_up(
            actor=actor, incident=exposure.incident, exposure=exposure, reason=reason,
            kind=FollowUpKind.DISPUTED_COUNSEL, due_on=due_on,
        )  # fmt: skip
    _changed(actor, "representation.claimed", representation, current, on=on)
    return representation


@transaction.atomic
def verify(
    *, actor: User, representation: Representation, evidence: str, on: date
) -> Representation:
    """Make a claimed, disputed or suspended representation active on the strength of filed evidence.

    `on` is the day of the evidence. Raises CounselOnRecord when another lead is active in the forum.
    """
    require(actor, Capability.EDIT_PERSON)
    _not_to_come(on)
    current, found = _locked(representation)
    _needs_evidence(evidence)
    if found.status in (RepresentationStatus.ACTIVE, RepresentationStatus.WITHDRAWN):
        raise RepresentationRefused(
            _("This representation is %(state)s: only one that is claimed or in doubt is verified.")
            % {"state": RepresentationStatus(found.status).label.lower()}
        )
    if found.is_lead:
        _nobody_else(found)
    before, found.status, found.status_reason = found.status, RepresentationStatus.ACTIVE, ""
    found.evidence, found.evidence_on = AppearanceEvidence(evidence), on
    found.save(update_fields=["status", "status_reason", "evidence", "evidence_on"])
    _changed(actor, "representation.verified", found, current, before=before, evidence=evidence)
    return found


@transaction.atomic
def withdraw(
    *, actor: User, representation: Representation, on: date, reason: str
) -> Representation:
    """End a representation on a day that has come: from then on this attorney is told nothing more."""
    require(actor, Capability.EDIT_PERSON)
    _not_to_come(on)
    current, found = _locked(representation)
    if found.status == RepresentationStatus.WITHDRAWN:
        raise RepresentationRefused(_("This representation was withdrawn already."))
    _end(actor, current, found, on, reason)
    return found


@transaction.atomic
def dispute(*, actor: User, representation: Representation, reason: str) -> Representation:
    """Say that it is unclear whether this attorney represents the person: nobody is written to meanwhile.

    An attorney may say so of the own representations only. Raises Representation.DoesNotExist otherwise.
    """
    require_any(actor, Capability.EDIT_PERSON, Capability.USE_PORTAL)
    current, found = _locked(representation)
    if actor.role == Role.ATTORNEY and found.attorney.user_id != actor.pk:
        raise Representation.DoesNotExist
    if found.status == RepresentationStatus.WITHDRAWN:
        raise RepresentationRefused(_("This representation was withdrawn already."))
    before, found.status, found.status_reason = (
        found.status, RepresentationStatus.DISPUTED, str(reason)[:200],
    )  # fmt: skip
    found.save(update_fields=["status", "status_reason"])
    _changed(actor, "representation.disputed", found, current, before=before)
    return found


@transaction.atomic
def replace_counsel(
    *,
    actor: User,
    person: AffectedPerson,
    attorney: Attorney,
    forum: str,
    on: date,
    evidence: str,
) -> Representation:
    """A new lead counsel has filed an appearance: the one before ends on that day, what is open is re-routed."""
    require(actor, Capability.EDIT_PERSON)
    _not_to_come(on)
    _needs_evidence(evidence)
    current = locked_person(person.pk)
    leads = Representation.objects.select_related("attorney").filter(
        person__in=all_records(current),
        forum=forum,
        is_lead=True,
        status=RepresentationStatus.ACTIVE,
    )
    for lead in leads.filter(period__overlap=DateRange(on, None)):
        if lead.attorney_id == attorney.pk:
            raise RepresentationRefused(
                _("%(attorney)s is attorney of record there already.") % {"attorney": attorney.name}
            )
        _end(actor, current, lead, on, _("counsel replaced"))
    representation = Representation(
        person=current, attorney=attorney, forum=Forum(forum), period=DateRange(on, None), evidence_on=on,
        evidence=AppearanceEvidence(evidence), status=RepresentationStatus.ACTIVE,
    )  # fmt: skip
    representation.save(force_insert=True)
    _changed(actor, "representation.replaced", representation, current, on=on, evidence=evidence)
    return representation


def _not_to_come(on: date) -> None:
    """Until the day comes counsel of today is counsel: a change noted early would tell the person past them."""
    if on > clock.today():
        raise RepresentationRefused(
            _("The date is in the future. Record a change of counsel on the day it happens.")
        )


def _locked(representation: Representation) -> tuple[AffectedPerson, Representation]:
    """The person first, then the representation as it is now."""
    person = locked_person(representation.person_id)
    return person, Representation.objects.select_related("attorney").get(pk=representation.pk)


def _needs_evidence(evidence: str) -> None:
    if evidence not in AppearanceEvidence.values or evidence == AppearanceEvidence.NONE:
        raise RepresentationRefused(
            _(
                "An active representation needs evidence: choose the form or statement that was filed."
            )
        )


def _nobody_else(representation: Representation) -> None:
    other = (
        Representation.objects.select_related("attorney")
        .filter(
            person__in=all_records(representation.person), forum=representation.forum, is_lead=True,
            status=RepresentationStatus.ACTIVE, period__overlap=representation.period,
        )
        .exclude(pk=representation.pk)
        .first()
    )  # fmt: skip
    if other is not None:
        raise CounselOnRecord(other)


def _end(
    actor: User, person: AffectedPerson, representation: Representation, on: date, reason: str
) -> None:
    begins = representation.period.lower
    if begins and on < begins:
        raise RepresentationRefused(
            _("The representation began on %(day)s, after that day. Check the date.")
            % {"day": begins}
        )
    # One that began on the very day it ended still covered that day.
    ends = max(on, begins + timedelta(days=1)) if begins else on
    before, representation.status = representation.status, RepresentationStatus.WITHDRAWN
    representation.status_reason = reason[:200]
    representation.period = DateRange(begins, ends)
    representation.save(update_fields=["status", "status_reason", "period"])
    _changed(actor, "representation.withdrawn", representation, person, before=before, on=on)


def _changed(
    actor: User,
    action: str,
    representation: Representation,
    person: AffectedPerson,
    **changes: Any,
) -> None:
    reroute(person)
    audit.record(
        actor=actor, action=action, subject=representation, person=person.pk,
        attorney=representation.attorney_id, forum=representation.forum, **changes,
    )  # fmt: skip
