"""Taking a committed roster back: what nobody has touched goes, the rest stays, and each is counted by its reason."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from breach.core.roles import Capability, require
from breach.models import (
    AffectedPerson,
    DuplicatePair,
    Exposure,
    FollowUp,
    FollowUpKind,
    Hold,
    Roster,
    RosterRow,
    User,
)
from breach.models.followups import FollowUpState
from breach.models.rosters import RosterStatus, RowOutcome

from . import audit, followups
from .built_on import OF_PERSON, pointed_to
from .rosters_staging import RosterRefused

Ids = set[uuid.UUID]


@dataclass(frozen=True)
class Reversal:
    """People of the roster by what became of them; the three sum to the people the roster brought in."""

    reversed: int
    kept_edited: int
    kept_served: int


@transaction.atomic
def reverse_roster(*, actor: User, roster: Roster, reason: str) -> Reversal:
    """Take back the exposures (and people) that only this roster made and nobody has worked on since.

    Kept are people with proof of notice, with letters, contacts or changes, and people another roster lists too.
    """
    require(actor, Capability.IMPORT_ROSTER)
    if not reason.strip():
        raise RosterRefused(_("The reason is empty. Write one sentence for the history."))
    locked = (
        Roster.objects.select_for_update()
        .filter(pk=roster.pk, status=RosterStatus.COMMITTED)
        .first()
    )
    if locked is None:
        raise RosterRefused(_("Only a committed roster can be taken back."))
    rows = RosterRow.objects.filter(roster=locked, person__isnull=False)
    listed: Ids = set(rows.values_list("person_id", flat=True))
    exposures = dict(
        Exposure.objects.filter(incident=locked.incident, person__in=listed).values_list(
            "person_id", "pk"
        )
    )
    served = _served(exposures)
    kept = _worked_on(locked, listed, exposures) - served
    going = listed - served - kept
    made_here: Ids = set(rows.filter(Q(outcome=RowOutcome.NEW) | Q(resolved_at__isnull=False)).values_list(
        "person_id", flat=True
    ))  # fmt: skip
    _remove_exposures({exposures[person] for person in going if person in exposures})
    elsewhere: Ids = set(
        Exposure.objects.filter(person__in=going).values_list("person_id", flat=True)
    )
    _remove_people((going & made_here) - elsewhere)
    Roster.objects.filter(pk=locked.pk).update(status=RosterStatus.REVERSED)
    for follow_up in FollowUp.objects.filter(roster=locked, state=FollowUpState.OPEN):
        followups.close(actor=actor, follow_up=follow_up, reason="The roster was taken back")
    result = Reversal(reversed=len(going), kept_edited=len(kept), kept_served=len(served))
    audit.record(
        actor=actor,
        action="roster.reversed",
        subject=locked,
        incident=locked.incident,
        reason=reason,
        **vars(result),
    )
    return result


def _served(exposures: dict[uuid.UUID, uuid.UUID]) -> Ids:
    return set(
        Hold.objects.filter(exposure__in=exposures.values()).values_list(
            "exposure__person_id", flat=True
        )
    )


def _worked_on(roster: Roster, listed: Ids, exposures: dict[uuid.UUID, uuid.UUID]) -> Ids:
    """People who were changed, whom somebody's work points to, or whom another committed roster lists."""
    person_of = {exposure: person for person, exposure in exposures.items()}
    changed = AffectedPerson.objects.filter(pk__in=listed).exclude(
        routing_version=1, merged_into=None
    )
    others = RosterRow.objects.filter(
        person__in=listed, roster__incident=roster.incident, roster__status=RosterStatus.COMMITTED
    ).exclude(roster=roster)
    return (
        set(changed.values_list("pk", flat=True))
        | set(others.values_list("person_id", flat=True))
        | {person_of[exposure] for exposure in pointed_to(Exposure, person_of)}
        | pointed_to(AffectedPerson, listed)
        | set(
            FollowUp.objects.filter(exposure__in=person_of)
            .exclude(state=FollowUpState.OPEN)
            .values_list("exposure__person_id", flat=True)
        )
        | set(
            FollowUp.objects.filter(
                exposure__in=person_of, kind=FollowUpKind.SAFETY_CONCERN
            ).values_list("exposure__person_id", flat=True)
        )
    )


def _remove_exposures(ids: Ids) -> None:
    FollowUp.objects.filter(exposure__in=ids).delete()
    Exposure.objects.filter(pk__in=ids).delete()


def _remove_people(ids: Ids) -> None:
    """With their keys: what was sealed for them cannot be opened from any backup of this database alone."""
    RosterRow.objects.filter(person__in=ids).update(person=None)
    DuplicatePair.objects.filter(Q(first__in=ids) | Q(second__in=ids)).delete()
    for model in OF_PERSON:
        model._default_manager.filter(person__in=ids).delete()
    AffectedPerson.objects.filter(pk__in=ids).delete()
