"""Joining two records takes two people: one who compared them, another who confirms it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from breach.core.roles import Capability
from breach.core.similarity import REASONS
from breach.models import AffectedPerson, Approval, DuplicatePair, Exposure, User
from breach.models.duplicates import PairStatus

from . import approvals, duplicates
from .approval_kinds import ApprovalKind, Described, Page

MERGE = "merge"


def ask_to_join(*, actor: User, pair: DuplicatePair, keep: AffectedPerson, reason: str) -> Approval:
    """Ask another person to confirm that the two records are one, with `keep` going on."""
    if keep.pk not in (pair.first_id, pair.second_id):
        raise duplicates.PairRefused(_("Choose one of the two records to keep."))
    incident = pair.roster.incident if pair.roster else None
    return approvals.ask(
        actor=actor, kind=MERGE, subject=pair, incident=incident, payload={"keep": str(keep.pk)},
        reason=reason,
    )  # fmt: skip


class Merge(ApprovalKind):
    """Two records become one. Bound to both records as they were compared: a change of either voids it."""

    code = MERGE
    label = _("Join two records")
    requested_with = Capability.REVIEW_DUPLICATES
    approved_with = Capability.REVIEW_DUPLICATES

    def lock(self, approval: Approval) -> None:
        pair = DuplicatePair.objects.select_for_update().get(pk=approval.subject_id)
        people = AffectedPerson.objects.filter(pk__in=(pair.first_id, pair.second_id))
        list(people.select_for_update().order_by("pk").values_list("pk"))

    def content(self, approval: Approval) -> dict[str, Any]:
        pair = DuplicatePair.objects.select_related("first", "second").get(pk=approval.subject_id)
        if pair.status != PairStatus.OPEN:
            raise duplicates.PairRefused(
                str(_("Somebody has already decided this pair. Look at it again."))
            )
        keep, other = pair.first, pair.second
        if str(keep.pk) != approval.payload["keep"]:
            keep, other = other, keep
        return {
            "pair": str(pair.pk),
            "score": pair.score,
            "reasons": list(pair.reasons),
            "keep": _as_compared(keep),
            "other": _as_compared(other),
        }

    def describe(self, approval: Approval) -> Described:
        content = approval.content
        return Described(
            question=_("Are these two records one person?"),
            facts=[
                (_("Record that goes on"), content["keep"]["reference"]),
                (_("Record that is joined to it"), content["other"]["reference"]),
                (_("What agrees"), ", ".join(str(REASONS.get(r, r)) for r in content["reasons"])),
                (_("Likeness, of 100"), content["score"]),
                (_("Incidents of the joined record"), len(content["other"]["incidents"])),
            ],
            effect=_("The two records become one. It can be undone."),
            warnings=[_("A wrong join sends one person's notice to another. Compare the records yourself.")],
        )  # fmt: skip

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        duplicates.join(
            actor=actor,
            pair=DuplicatePair.objects.get(pk=approval.subject_id),
            keep=AffectedPerson.objects.get(pk=approval.payload["keep"]),
            reason=approval.reason,
        )

    def page(self, approval: Approval) -> Page | None:
        if approval.incident is None:
            return None
        parts = {"slug": approval.incident.slug, "pk": approval.subject_id}
        return Page("duplicates-review", parts, Capability.REVIEW_DUPLICATES)


def _as_compared(person: AffectedPerson) -> dict[str, Any]:
    """The record's id and how often it has changed; never what stands in it."""
    incidents = Exposure.objects.filter(person=person).order_by("incident")
    return {
        "person": str(person.pk),
        "reference": person.reference,
        "version": person.routing_version,
        "merged_into": str(person.merged_into_id or ""),
        "incidents": [str(pk) for pk in incidents.values_list("incident", flat=True)],
    }
