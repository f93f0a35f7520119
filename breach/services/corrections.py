"""What was recorded by mistake: a death, removal, release or transfer is taken back while it is the last word.

The latest comes first: under a later fact or stay nothing is taken away. The history keeps what was recorded, that it
was a mistake, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from breach.core.deadlines import add_business_days
from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import AffectedPerson, AuditEvent, Exposure, FollowUpKind, Hold, Placement, User
from breach.one_human import all_records

from . import audit, clock, followups
from .rerouting import locked_person, reroute

LOOK_AGAIN_DAYS = (
    2  # business days in which somebody sees that the person is on the way to being told
)
NOT_DEAD = _lazy("The death was recorded by mistake: see that the person is told.")
NOT_REMOVED = _lazy("The removal was recorded by mistake: see that the person is told.")


class Fact(models.TextChoices):
    """What can be taken back."""

    TRANSFER = "transfer", _lazy("The last transfer")
    RELEASED = "released", _lazy("The release")
    REMOVED = "removed", _lazy("The removal")
    DECEASED = "deceased", _lazy("The death")


@dataclass(frozen=True)
class _Dated:
    """Where the day of a fact is kept, and the next action of whoever is to be told after all."""

    column: str
    look_again: Promise | None = None


# By the reason with which each ends a stay.
DATED: dict[str, _Dated] = {
    Fact.RELEASED: _Dated("released_on"),
    Fact.REMOVED: _Dated("removed_on", NOT_REMOVED),
    Fact.DECEASED: _Dated("died_on", NOT_DEAD),
}
TRANSFERRED = "transferred"


class CorrectionRefused(Refused):
    """Nothing of the kind is on record, something later rests on it, or a supervisor must do it."""


@transaction.atomic
def take_back(*, actor: User, person: AffectedPerson, fact: str, reason: str) -> AffectedPerson:
    """Take back a fact that was recorded by mistake; the stay it ended goes on, and the route is decided anew.

    A death and a removal are taken back by who assigns work: they have stopped letters, or raised an alarm. What a
    release brought along (address, phone) stays on the file. Raises CorrectionRefused.
    """
    require(actor, Capability.EDIT_PERSON)
    wrong = Fact(fact)
    if wrong in (Fact.DECEASED, Fact.REMOVED) and not can(actor, Capability.ASSIGN):
        raise CorrectionRefused(_("Only a supervisor takes back a death or a removal."))
    if not reason.strip():
        raise CorrectionRefused(_("The reason is empty. Write one sentence for the history."))
    current = locked_person(person.pk)
    if wrong == Fact.TRANSFER:
        on, gone = _undo_transfer(current)
    else:
        on, gone = _undo_dated(current, wrong), None
    reroute(current)
    if look_again := wrong in DATED and DATED[wrong].look_again:
        _look_again(actor, current, look_again)
    audit.record(
        actor=actor, action="person.fact_taken_back", subject=current, reason=reason, fact=wrong.value, on=on,
        placement=gone,
    )  # fmt: skip
    return current


def _undo_dated(person: AffectedPerson, wrong: Fact) -> date:
    """Clear the day; the stay that ended then goes on, or ended for what else is recorded of that day."""
    column = DATED[wrong].column
    on: date | None = getattr(person, column)
    if on is None:
        raise CorrectionRefused(
            _("Nothing of the kind is on record, so there is nothing to take back.")
        )
    others = {other: getattr(person, DATED[other].column) for other in DATED if other != wrong}
    if any(day and day > on for day in others.values()) or _begun_since(person, on).exists():
        _refuse_under_later()
    setattr(person, column, None)
    if not any(others.values()):
        person.fact_source = ""
    person.save(update_fields=[column, "fact_source"])
    same_day = next((other for other, day in others.items() if day == on), None)
    for stay in _ended(person, on, wrong):
        _reopen(stay) if same_day is None else _relabel(stay, same_day)
    return on


def _undo_transfer(person: AffectedPerson) -> tuple[date, UUID]:
    """Strike out the last stay, where it was recorded as a transfer; the stay or the release before it holds again."""
    stay = person.placements.order_by("-period").first()
    if stay is None or stay.period.lower is None or not _is_transfer(person, stay):
        raise CorrectionRefused(
            _("The last stay on record did not begin with a recorded transfer.")
        )
    on = stay.period.lower
    if stay.period.upper is not None or _begun_since(person, on).exclude(pk=stay.pk).exists():
        _refuse_under_later()
    stay.mistaken_at = clock.now()
    stay.save(update_fields=["mistaken_at"])
    before = _ended(person, on, TRANSFERRED)
    for one in before:
        _reopen(one)
    if not before:
        last = person.placements.order_by("-period").first()
        if last and last.ended_reason == Fact.RELEASED:
            person.released_on = last.period.upper
            person.save(update_fields=["released_on"])
    return on, stay.pk


def _is_transfer(person: AffectedPerson, stay: Placement) -> bool:
    recorded = AuditEvent.objects.filter(
        subject_type="affectedperson", subject_id=str(person.pk), action="placement.transferred"
    )
    return recorded.filter(changes__placement=str(stay.pk)).exists()


def _stays(person: AffectedPerson) -> models.QuerySet[Placement]:
    """Under every record of this human being: a fact ends the stay of a joined record as well."""
    return Placement.objects.filter(person__in=all_records(person))


def _ended(person: AffectedPerson, on: date, why: str) -> list[Placement]:
    """The stays that the fact ended, at most one a record."""
    return list(_stays(person).filter(period__endswith=on, ended_reason=why))


def _begun_since(person: AffectedPerson, on: date) -> models.QuerySet[Placement]:
    return _stays(person).filter(period__startswith__gte=on)


def _reopen(stay: Placement) -> None:
    stay.period, stay.ended_reason = DateRange(stay.period.lower, None), ""
    stay.save(update_fields=["period", "ended_reason"])


def _relabel(stay: Placement, why: str) -> None:
    stay.ended_reason = why
    stay.save(update_fields=["ended_reason"])


def _refuse_under_later() -> None:
    raise CorrectionRefused(
        _("Something later is on record. Take that back first: the latest comes first.")
    )


def _look_again(actor: User, person: AffectedPerson, reason: Promise) -> None:
    """Instead of the alarm of a removal, and until the new route is found, somebody has a next action."""
    told = Q(pk__in=Hold.objects.filter(paused_at=None).values("exposure"))
    for exposure in Exposure.objects.filter(~told, person=person).select_related("incident"):
        followups.open_follow_up(
            actor=actor, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.OTHER, reason=reason,
            due_on=add_business_days(clock.today(), LOOK_AGAIN_DAYS),
        )  # fmt: skip
        followups.supersede(
            actor=actor, exposure=exposure, reason=reason, kinds=[FollowUpKind.REMOVED_UNTOLD]
        )
