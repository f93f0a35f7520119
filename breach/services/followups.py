"""Next actions: one open per person and kind, moved when the same happens again, closed with a reason.

Reasons are kept in the source language; pages translate them for the reader.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from breach.access import follow_ups_visible_to
from breach.core.errors import Refused
from breach.core.roles import Capability, can, require, require_any
from breach.models import (
    Exposure,
    FollowUp,
    FollowUpKind,
    Hold,
    Incident,
    RiskTier,
    Roster,
    User,
)
from breach.models.followups import FollowUpState
from breach.queries import has_undecided_rows

from . import audit, clock, due_dates
from .assignment import Staff, languages_of
from .priorities import desk_of, priority_of
from .worded import Asked, facts_of, plain

# What these people do has consequences for the worklists, e.g. an attorney's "not my client".
CAUSES = (
    Capability.WORK_FOLLOW_UPS, Capability.HANDLE_MAIL, Capability.USE_PORTAL, Capability.SIGN_OFF,
)  # fmt: skip
WORKS = (Capability.WORK_FOLLOW_UPS, Capability.HANDLE_MAIL, Capability.SIGN_OFF)


class AlreadyClosed(Refused):
    """Somebody closed the follow-up in the meantime."""


class LastNextAction(Refused):
    """Closing it would leave a person who has not been told without a next action."""


class CannotOwn(Refused):
    """The user cannot be given follow-ups."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """A follow-up to be opened for one exposure. Desk and owner are found when not given."""

    exposure_id: UUID
    kind: str
    reason: Asked
    due_on: date
    desk: str = ""
    owner_id: UUID | None = None


@transaction.atomic
def open_follow_up(
    *,
    actor: User,
    incident: Incident,
    kind: str,
    reason: Asked,
    due_on: date,
    exposure: Exposure | None = None,
    roster: Roster | None = None,
    owner: User | None = None,
    desk: str | None = None,
) -> FollowUp:
    """Open a next action for an exposure, a roster, or the incident itself.

    When one of this kind is open already it is moved instead: the earlier due date wins and the
    new reason stands.
    """
    require_any(actor, *CAUSES)
    due_on = due_dates.at_most(due_on)
    _lock(exposure or roster or incident)
    found = FollowUp.objects.select_for_update().filter(
        incident=incident, exposure=exposure, roster=roster, kind=kind, state=FollowUpState.OPEN
    )
    if follow_up := found.first():
        return _moved(actor, follow_up, reason, due_on, owner)
    tier = exposure.risk_tier if exposure else RiskTier.STANDARD
    follow_up = FollowUp(
        incident=incident, exposure=exposure, roster=roster, kind=kind, reason=plain(reason),
        reason_facts=facts_of(reason), due_on=due_on, desk=desk or desk_of(kind),
        priority=priority_of(kind, tier), owner=owner,
    )  # fmt: skip
    if owner is None:
        spoken = languages_of([exposure.person_id])[exposure.person_id] if exposure else []
        assigned = exposure.caseworker_id if exposure else None
        follow_up.owner_id = Staff(incident).pick(follow_up.desk, spoken, assigned)
    follow_up.save(force_insert=True)
    _record(actor, "follow_up.opened", follow_up, due_on=due_on, owner=follow_up.owner_id)
    return follow_up


@transaction.atomic
def open_many(*, actor: User, incident: Incident, rows: Iterable[NextAction]) -> int:
    """Open thousands of next actions at once; a kind already open for an exposure is left as it is.

    Returns how many were opened. One audit event tells the counts by kind.
    """
    require_any(actor, *CAUSES)
    wanted = {(row.exposure_id, row.kind): row for row in rows}
    exposures = {
        pk: (person, tier, caseworker)
        for pk, person, tier, caseworker in Exposure.objects.filter(
            incident=incident, pk__in={pk for pk, _kind in wanted}
        ).values_list("pk", "person_id", "risk_tier", "caseworker_id")
    }
    already = set(
        FollowUp.objects.filter(
            exposure__in=exposures.keys(), state=FollowUpState.OPEN
        ).values_list("exposure_id", "kind")
    )
    fresh = [
        row for key, row in wanted.items() if key not in already and row.exposure_id in exposures
    ]
    spoken = languages_of({exposures[row.exposure_id][0] for row in fresh})
    staff, last = Staff(incident), due_dates.at_most(date.max)
    follow_ups = []
    for row in fresh:
        person, tier, caseworker = exposures[row.exposure_id]
        desk = row.desk or desk_of(row.kind)
        follow_ups.append(
            FollowUp(
                incident=incident, exposure_id=row.exposure_id, kind=row.kind,
                reason=plain(row.reason), reason_facts=facts_of(row.reason), due_on=min(row.due_on, last), desk=desk,
                priority=priority_of(row.kind, tier),
                owner_id=row.owner_id or staff.pick(desk, spoken.get(person, ()), caseworker),
            )
        )  # fmt: skip
    # Two runs at once may both find a kind missing: the constraint lets one of them through.
    FollowUp.objects.bulk_create(follow_ups, ignore_conflicts=True, batch_size=2000)
    if follow_ups:
        _record_counts(actor, "follow_ups.opened", incident, [row.kind for row in follow_ups])
    return len(follow_ups)


@transaction.atomic
def close(
    *, actor: User, follow_up: FollowUp, reason: str | Promise, then: NextAction | None = None
) -> FollowUp:
    """Close a next action by hand. `then` opens the following one in the same step.

    Raises LastNextAction when nothing else is open for a person who has no proof of notice yet.
    """
    _lock(
        follow_up.exposure or follow_up.roster or follow_up.incident
    )  # of two who close the last two, the second one sees it
    current = _open_and_mine(actor, follow_up)
    if then is not None:
        due_dates.check(then.due_on)
        if then.kind == current.kind:
            return _rescheduled(actor, current, then.due_on, then.reason)
        open_follow_up(
            actor=actor, incident=current.incident, exposure=current.exposure,
            roster=current.roster, kind=then.kind, reason=then.reason, due_on=then.due_on,
        )  # fmt: skip
    elif current.exposure_id and not _may_be_left(current):
        raise LastNextAction(
            _("This person has not been told yet: say what happens next, and when, to close this.")
        )
    elif current.kind == FollowUpKind.ROSTER_ROWS and has_undecided_rows(current.roster_id):
        raise LastNextAction(
            _(
                "Rows of this roster are still undecided. Decide each of them; the last one closes this."
            )
        )
    return _closed(actor, current, FollowUpState.DONE, plain(reason))


@transaction.atomic
def reschedule(
    *, actor: User, follow_up: FollowUp, due_on: date, reason: str | Promise = ""
) -> FollowUp:
    """Move the due date, within FURTHEST_DAYS; an empty reason keeps the one it has.

    Raises DueInThePast and DueTooLate.
    """
    current = _open_and_mine(actor, follow_up)
    due_dates.check(due_on)
    return _rescheduled(actor, current, due_on, reason)


@transaction.atomic
def take(*, actor: User, follow_up: FollowUp) -> FollowUp:
    """Make the actor the owner of a follow-up of the own desk."""
    current = _open_and_mine(actor, follow_up)
    before = current.owner_id
    current.owner = actor
    current.save(update_fields=["owner"])
    _record(actor, "follow_up.taken", current, before=before)
    return current


@transaction.atomic
def assign(*, actor: User, follow_ups: Iterable[FollowUp], owner: User | None) -> int:
    """Give open follow-ups to one user, or back to their desks. Closed ones are skipped."""
    require(actor, Capability.ASSIGN)
    if owner is not None and not (
        owner.is_active and any(can(owner, capability) for capability in WORKS)
    ):
        raise CannotOwn(
            _("%(name)s does not work on follow-ups. Choose somebody of a desk.")
            % {"name": owner.label}
        )
    ids = [follow_up.pk for follow_up in follow_ups]
    chosen = list(
        FollowUp.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, state=FollowUpState.OPEN)
        .select_related("incident")
        .order_by("pk")
    )
    FollowUp.objects.filter(pk__in=[follow_up.pk for follow_up in chosen]).update(owner=owner)
    to = owner.pk if owner else None
    for incident in {follow_up.incident for follow_up in chosen}:
        audit.record_many(
            actor=actor,
            incident=incident,
            happenings=[
                audit.Happening(
                    "follow_up.assigned", follow_up, {"before": follow_up.owner_id, "owner": to}
                )
                for follow_up in chosen
                if follow_up.incident == incident
            ],
        )
    return len(chosen)


def close_kinds(
    *, actor: User, exposure: Exposure, kinds: Collection[str], reason: str | Promise
) -> int:
    """Close the open follow-ups of these kinds after an event; returns how many there were."""
    return close_many(
        actor=actor,
        incident=exposure.incident,
        exposure_ids=[exposure.pk],
        kinds=kinds,
        reason=reason,
    )


@transaction.atomic
def close_many(
    *,
    actor: User,
    incident: Incident,
    exposure_ids: Iterable[UUID],
    kinds: Collection[str],
    reason: str | Promise,
) -> int:
    """As close_kinds, for many exposures; the caller has seen to what happens next."""
    require_any(actor, *CAUSES)
    return _end_many(actor, incident, exposure_ids, kinds, FollowUpState.DONE, plain(reason))


@transaction.atomic
def supersede(
    *,
    actor: User,
    exposure: Exposure,
    reason: str | Promise,
    kinds: Collection[str] = tuple(FollowUpKind.values),
) -> int:
    """Set aside what nobody has to do any more, by default of every kind; returns how many."""
    require_any(actor, *CAUSES)
    return _end_many(
        actor, exposure.incident, [exposure.pk], kinds, FollowUpState.SUPERSEDED, plain(reason)
    )


def _end_many(
    actor: User,
    incident: Incident,
    exposure_ids: Iterable[UUID],
    kinds: Collection[str],
    state: str,
    reason: str,
) -> int:
    ending: QuerySet[FollowUp] = FollowUp.objects.filter(
        incident=incident, exposure__in=list(exposure_ids), kind__in=kinds, state=FollowUpState.OPEN
    )
    rows = list(ending.select_for_update().order_by("pk"))
    FollowUp.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=state, closed_at=clock.now(), closed_by=actor, closed_reason=reason
    )
    if len(rows) == 1:
        _record(actor, f"follow_up.{state}", rows[0])
    elif rows:
        _record_counts(actor, f"follow_ups.{state}", incident, [row.kind for row in rows])
    return len(rows)


def _lock(about: Exposure | Roster | Incident) -> None:
    """Let only one caller at a time decide whether this has a follow-up of a kind."""
    type(about)._default_manager.select_for_update(no_key=True).only("pk").get(pk=about.pk)


def _open_and_mine(actor: User, follow_up: FollowUp) -> FollowUp:
    """The follow-up as it is now, locked. Raises FollowUp.DoesNotExist when the actor may not see it."""
    require_any(actor, *WORKS)
    current = follow_ups_visible_to(actor).select_for_update(of=("self",)).get(pk=follow_up.pk)
    if current.state != FollowUpState.OPEN:
        raise AlreadyClosed(
            _("This follow-up was closed in the meantime. Reload the page to see by whom.")
        )
    return current


def _may_be_left(follow_up: FollowUp) -> bool:
    others = FollowUp.objects.filter(
        exposure=follow_up.exposure_id, state=FollowUpState.OPEN
    ).exclude(pk=follow_up.pk)
    told = Hold.objects.filter(exposure=follow_up.exposure_id, paused_at=None)
    # Whoever's record was joined to another has the next action there.
    joined = Exposure.objects.filter(follow_ups=follow_up.pk, person__merged_into__isnull=False)
    return others.exists() or told.exists() or joined.exists()


def _moved(
    actor: User, follow_up: FollowUp, reason: Asked, due_on: date, owner: User | None
) -> FollowUp:
    follow_up.due_on = min(follow_up.due_on, due_on)
    follow_up.reason, follow_up.reason_facts = plain(reason), facts_of(reason)
    follow_up.owner = owner or follow_up.owner
    follow_up.save(update_fields=["due_on", "reason", "reason_facts", "owner"])
    _record(actor, "follow_up.moved", follow_up, due_on=follow_up.due_on)
    return follow_up


def _rescheduled(actor: User, follow_up: FollowUp, due_on: date, reason: Asked) -> FollowUp:
    before, follow_up.due_on = follow_up.due_on, due_on
    if reason:
        follow_up.reason, follow_up.reason_facts = plain(reason), facts_of(reason)
    follow_up.save(update_fields=["due_on", "reason", "reason_facts"])
    _record(actor, "follow_up.rescheduled", follow_up, before=before, due_on=due_on)
    return follow_up


def _closed(actor: User, follow_up: FollowUp, state: FollowUpState, reason: str) -> FollowUp:
    follow_up.state, follow_up.closed_at = state, clock.now()
    follow_up.closed_by, follow_up.closed_reason = actor, reason
    follow_up.save(update_fields=["state", "closed_at", "closed_by", "closed_reason"])
    _record(actor, f"follow_up.{state}", follow_up)
    return follow_up


def _record(actor: User, action: str, follow_up: FollowUp, **changes: Any) -> None:
    audit.record(
        actor=actor, action=action, subject=follow_up, incident=follow_up.incident,
        kind=follow_up.kind, exposure=follow_up.exposure_id, **changes,
    )  # fmt: skip


def _record_counts(actor: User, action: str, incident: Incident, kinds: Sequence[str]) -> None:
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    audit.record(
        actor=actor,
        action=action,
        subject=incident,
        incident=incident,
        count=len(kinds),
        kinds=counts,
    )
