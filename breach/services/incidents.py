"""Opening an incident, changing its policy, and the switch that stops every letter of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from breach.core.collisions import again_after_a_collision
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import (
    AffectedPerson,
    Disclosure,
    DisclosurePurpose,
    EvidenceKind,
    Incident,
    User,
)

from . import audit
from .rerouting import locked_people, reroute

POLICY = frozenset({
    "summary", "contained_at", "data_elements", "forum", "copy_to_person", "copy_required", "sufficient_evidence",
    "hold_days", "attorney_days", "proof_days", "retention_years", "agency_name", "signatory_name", "signatory_title",
    "contact_phone", "contact_email", "contact_address",
})  # fmt: skip
# What of it decides who is told, and how: everybody's route is asked anew.
ROUTES = frozenset({"forum", "copy_to_person", "copy_required"})
# What happened; printed in letters or naming the incident. Corrected with a reason while nobody was told.
FACTS = frozenset({"title", "occurred_at", "discovered_at", "extract_as_of"})
AT_OPENING = POLICY | {"is_drill"}
# Free text may name people: history says that it changed, not how.
TEXTS = frozenset({
    "summary", "agency_name", "signatory_name", "signatory_title", "contact_phone", "contact_email", "contact_address",
})  # fmt: skip


class IncidentRefused(Refused):
    """The incident cannot be opened or changed like that; its text says what to correct."""


@transaction.atomic
def open_incident(
    *,
    actor: User,
    slug: str,
    title: str,
    occurred_at: datetime,
    discovered_at: datetime,
    contained_at: datetime | None = None,
    extract_as_of: date | None = None,
    **policy: Any,
) -> Incident:
    """Open an incident. `policy` takes any field of AT_OPENING; the rest keeps its usual value."""
    require(actor, Capability.OPEN_INCIDENT)
    _only_known(policy, AT_OPENING)
    if Incident.objects.filter(slug=slug).exists():
        raise IncidentRefused(
            _("There is already an incident “%(slug)s”. Choose another short name.")
            % {"slug": slug}
        )
    incident = Incident(
        slug=slug, title=title, occurred_at=occurred_at, discovered_at=discovered_at,
        contained_at=contained_at, extract_as_of=extract_as_of, opened_by=actor, **policy,
    )  # fmt: skip
    _only_recordable(incident.sufficient_evidence)
    _check(incident)
    incident.save(force_insert=True)
    audit.record(
        actor=actor, action="incident.opened", subject=incident, incident=incident, slug=slug,
        occurred_at=occurred_at, discovered_at=discovered_at, is_drill=incident.is_drill,
    )  # fmt: skip
    return incident


@again_after_a_collision
@transaction.atomic
def change_policy(*, actor: User, incident: Incident, **changes: Any) -> Incident:
    """Change fields of POLICY. What runs already is asked again before it is sent, under the new policy."""
    require(actor, Capability.CHANGE_POLICY)
    _only_known(changes, POLICY)
    # Weaker than stop_sending's lock, for it is held while people are locked; a sender's it excludes as well.
    current = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    differing = {name: value for name, value in changes.items() if getattr(current, name) != value}
    if not differing:
        return current
    history: dict[str, Any] = {
        name: True if name in TEXTS else {"from": getattr(current, name), "to": value}
        for name, value in differing.items()
    }
    if "sufficient_evidence" in differing:
        _only_recordable(differing["sufficient_evidence"])
    for name, value in differing.items():
        setattr(current, name, value)
    _check(current)
    current.save(update_fields=list(differing))
    if ROUTES & differing.keys():
        reroute(*locked_people(AffectedPerson.objects.filter(exposures__incident=current)))
    audit.record(
        actor=actor, action="incident.policy_changed", subject=current, incident=current, **history
    )
    return current


def a_notice_has_left(incident: Incident) -> bool:
    """Whether anybody was sent, handed or shown a notice: from then on what it says of the incident stands."""
    told = Disclosure.objects.filter(incident=incident, purpose=DisclosurePurpose.NOTICE)
    return told.exists()


@again_after_a_collision
@transaction.atomic
def correct_facts(*, actor: User, incident: Incident, reason: str, **facts: Any) -> Incident:
    """Correct FACTS that were entered wrong, until the first notice has left.

    Letters print them, so what was signed before must be signed again. Raises IncidentRefused.
    """
    require(actor, Capability.CHANGE_POLICY)
    _only_known(facts, FACTS)
    # As for a policy; no sender is between asking its guards and noting that it sends.
    current = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    if a_notice_has_left(current):
        raise IncidentRefused(
            _(
                "A notice with these facts has left already. They stay as they were told; write what was wrong "
                "in a new letter version."
            )
        )
    differing = {name: value for name, value in facts.items() if getattr(current, name) != value}
    if not differing:
        raise IncidentRefused(_("Nothing differs from what is recorded."))
    history: dict[str, Any] = {
        name: True if name == "title" else {"from": getattr(current, name), "to": value}
        for name, value in differing.items()
    }
    for name, value in differing.items():
        setattr(current, name, value)
    _check(current)
    current.save(update_fields=list(differing))
    # Whether somebody was removed before or after it decides who is told.
    if "occurred_at" in differing:
        reroute(*locked_people(AffectedPerson.objects.filter(exposures__incident=current)))
    audit.record(
        actor=actor, action="incident.facts_corrected", subject=current, incident=current,
        reason=_given(reason), **history,
    )  # fmt: skip
    return current


@transaction.atomic
def stop_sending(*, actor: User, incident: Incident, reason: str) -> None:
    """Stop: from this commit on nothing of the incident may leave. Stopping twice keeps the first time."""
    require(actor, Capability.STOP_SENDING)
    # Wait for intents under way first: the stop is dated after every one of them.
    Incident.objects.select_for_update().get(pk=incident.pk)
    stopped = Incident.objects.filter(pk=incident.pk, sending_stopped_at=None).update(
        sending_stopped_at=Now(), sending_stopped_reason=_given(reason)
    )
    if stopped:
        audit.record(
            actor=actor,
            action="incident.sending_stopped",
            subject=incident,
            incident=incident,
            reason=reason,
        )


@transaction.atomic
def resume_sending(*, actor: User, incident: Incident, reason: str) -> None:
    """Let letters leave again, after asking every guard anew."""
    require(actor, Capability.STOP_SENDING)
    resumed = Incident.objects.filter(pk=incident.pk, sending_stopped_at__isnull=False).update(
        sending_stopped_at=None, sending_stopped_reason=""
    )
    if resumed:
        audit.record(
            actor=actor, action="incident.sending_resumed", subject=incident, incident=incident,
            reason=_given(reason),
        )  # fmt: skip


def _only_known(fields: dict[str, Any], allowed: frozenset[str]) -> None:
    if unknown := fields.keys() - allowed:
        raise TypeError(f"not a setting of an incident: {', '.join(sorted(unknown))}")


def _given(reason: str) -> str:
    if not reason.strip():
        raise IncidentRefused(_("The reason is empty. Write one sentence for the history."))
    return reason.strip()[:300]


def _only_recordable(kinds: Iterable[str]) -> None:
    if EvidenceKind.COURT_STAMP in kinds:
        raise IncidentRefused(
            _("A court's stamped copy cannot be recorded yet, so it cannot prove notice. Choose other evidence.")
        )  # fmt: skip


def _check(incident: Incident) -> None:
    """The model's own rules, said in one sentence."""
    if incident.discovered_at < incident.occurred_at:
        raise IncidentRefused(_("It cannot be discovered before it occurred; check both times."))
    if incident.contained_at and incident.contained_at < incident.occurred_at:
        raise IncidentRefused(_("It cannot be contained before it occurred; check both times."))
    if not incident.sufficient_evidence:
        raise IncidentRefused(
            _("No evidence would prove notice. Choose at least one kind that does.")
        )
    try:
        incident.full_clean(
            validate_unique=False, validate_constraints=False, exclude=["opened_by"]
        )
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise IncidentRefused(f"{field}: {messages[0]}") from None
