"""Release an incident's notices: one asks, another approves; it leaves a row for everybody, the tick does the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from breach.core.codes import language_name
from breach.core.errors import Refused
from breach.core.roles import Capability, require, require_any
from breach.models import Approval, EvidenceKind, Incident, User
from breach.services import approvals, audit
from breach.services.approval_kinds import ApprovalKind, Described, Page
from notifications.models import Progress
from notifications.queries import unprepared
from notifications.states import CHANNELS

from . import letters
from .outlook import outlook

SEND_RELEASE = "send_release"


class NobodyToTell(Refused):
    """The incident has no people yet, or everybody is in work."""


class NothingSigned(Refused):
    """A release is bound to the very words that will go out, and there are none."""


def ask_for_release(*, actor: User, incident: Incident, reason: str) -> Approval:
    """Ask another person to release the notices of everybody who is not in the funnel yet."""
    require(actor, Capability.NOTIFY)
    return approvals.ask(
        actor=actor, kind=SEND_RELEASE, subject=incident, incident=incident, reason=reason
    )


@transaction.atomic
def release(*, actor: User, incident: Incident) -> int:
    """Put everybody who is not there yet into the funnel, to be routed and told. Returns how many that were.

    A place that was never routed is what the tick looks for; telling itself happens there. Raises NobodyToTell.
    """
    require_any(actor, Capability.NOTIFY, Capability.SIGN_OFF)
    if not incident.exposures.exists():
        raise NobodyToTell(_t("There is nobody to tell yet: upload and commit the roster first."))
    waiting = list(unprepared(incident).values_list("pk", flat=True))
    Progress.objects.bulk_create(
        [Progress(exposure_id=pk, incident=incident) for pk in waiting],
        ignore_conflicts=True,
        batch_size=1000,
    )
    audit.record(
        actor=actor,
        action="notices.released",
        subject=incident,
        incident=incident,
        people=len(waiting),
    )
    return len(waiting)


class SendRelease(ApprovalKind):
    """Everybody who is not in the funnel yet, by the ways as routed now, with the words two people signed."""

    code = SEND_RELEASE
    label = _("Send release")
    requested_with = Capability.NOTIFY
    approved_with = Capability.SIGN_OFF

    def lock(self, approval: Approval) -> None:
        # Held for update, no roster can add people to the incident and nobody can change its policy.
        Incident.objects.select_for_update().get(pk=approval.subject_id)

    def content(self, approval: Approval) -> dict[str, Any]:
        incident = Incident.objects.get(pk=approval.subject_id)
        people = sorted(str(pk) for pk in unprepared(incident).values_list("pk", flat=True))
        if not incident.exposures.exists():
            raise NobodyToTell(
                _t("There is nobody to tell yet: upload and commit the roster first.")
            )
        if not people:
            raise NobodyToTell(
                _t("Everybody is already being processed: there is nothing to release.")
            )
        version = letters.approved_version(incident)
        if version is None:
            raise NothingSigned(
                _t("No letter is signed off. A release is for exact words: sign the letter first.")
            )
        found = outlook(incident)
        return {
            "people": len(people),
            "people_sha256": hashlib.sha256("\n".join(people).encode()).hexdigest(),
            "ways": dict(sorted(found.by_channel.items())),
            "copies": found.copies,
            "calls": found.calls,
            "questions": sum(found.questions.values()),
            "letter": {
                "version": str(version.pk),
                "number": version.number,
                "content_sha256": version.content_sha256,
                "languages": sorted(letters.reviewed_languages(version)),
            },
            "policy": _policy(incident),
        }

    def describe(self, approval: Approval) -> Described:
        content = approval.content
        letter, policy = content["letter"], content["policy"]
        ways = [(CHANNELS.get(way, way), people) for way, people in content["ways"].items()]
        evidence = [str(EvidenceKind(kind).label) for kind in policy["sufficient_evidence"]]
        return Described(
            question=_("Release these notices?"),
            facts=[
                (_("People"), content["people"]),
                *ways,
                (_("Copies to represented people"), content["copies"]),
                (_("Calls with an interpreter"), content["calls"]),
                (_("Cannot be told yet"), content["questions"]),
                (_("Letter version"), letter["number"]),
                (_("Hash of the letter"), letter["content_sha256"]),
                (_("Languages"), _languages(letter["languages"])),
                (_("Copy to a represented person"), _yes(policy["copy_to_person"])),
                (_("Evidence that suffices"), ", ".join(evidence)),
                (_("Hold, days"), policy["hold_days"]),
                (_("Drill"), _yes(policy["is_drill"])),
            ],
            effect=_("Everybody is routed, letters are made and go out from the next minute on."),
            warnings=[_("What was sent cannot be called back. The stop switch stops what has not left.")],
        )  # fmt: skip

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        release(actor=actor, incident=Incident.objects.get(pk=approval.subject_id))

    def page(self, approval: Approval) -> Page | None:
        if approval.incident is None:
            return None
        return Page("notify", {"slug": approval.incident.slug}, Capability.NOTIFY)


def _policy(incident: Incident) -> dict[str, Any]:
    return {
        "copy_to_person": incident.copy_to_person,
        "copy_required": incident.copy_required,
        "sufficient_evidence": sorted(incident.sufficient_evidence),
        "hold_days": incident.hold_days,
        "forum": incident.forum,
        "is_drill": incident.is_drill,
    }


def _languages(tags: Sequence[str]) -> str:
    return ", ".join(language_name(tag, get_language() or "en") for tag in tags)


def _yes(value: bool) -> str:
    return _t("Yes") if value else _t("No")
