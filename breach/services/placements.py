"""Custody moves people: a stay ends on the day the next one begins, and every move is asked about again."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Facility, Placement, User
from breach.one_human import all_records

from . import audit, clock
from .rerouting import locked_person, reroute


class PlacementRefused(Refused):
    """The stay does not fit the others, or the day is not possible."""


@transaction.atomic
def transfer(
    *, actor: User, person: AffectedPerson, facility: Facility, on: date, source: str
) -> Placement:
    """Record that the person is held at this facility from a day on; ends the stay that was open.

    Raises PlacementRefused: a day to come, held there already, or a stay recorded for later.
    """
    require(actor, Capability.EDIT_PERSON)
    current = locked_person(person.pk)
    _not_to_come(on)
    before = end_open_stay(current, on, "transferred", to=facility)
    if Placement.objects.filter(person=current, period__overlap=DateRange(on, None)).exists():
        raise PlacementRefused(
            _(
                "A stay on or after that day is on record. Enter the moves in the order they happened."
            )
        )
    placement = Placement(
        person=current, facility=facility, period=DateRange(on, None), source=source[:120]
    )
    placement.save(force_insert=True)
    if current.released_on:
        current.released_on = None
        current.save(update_fields=["released_on"])
    reroute(current)
    audit.record(
        actor=actor, action="placement.transferred", subject=current, placement=placement.pk, on=on,
        facility=facility.code, before=before.facility.code if before else None,
    )  # fmt: skip
    return placement


@transaction.atomic
def end(*, actor: User, person: AffectedPerson, on: date, reason: str) -> Placement:
    """Record that the open stay ended on a day, with the place that follows not known."""
    require(actor, Capability.EDIT_PERSON)
    current = locked_person(person.pk)
    _not_to_come(on)
    placement = end_open_stay(current, on, reason)
    if placement is None:
        raise PlacementRefused(_("No open stay is on record, so there is none to end."))
    reroute(current)
    audit.record(
        actor=actor, action="placement.ended", subject=current, placement=placement.pk, on=on
    )
    return placement


def end_open_stay(
    person: AffectedPerson, on: date, reason: str, to: Facility | None = None
) -> Placement | None:
    """Close the open stay of a locked person, for the verbs that know why it ends; None when there is none.

    The day itself no longer belongs to it. A stay that began on that very day is kept as the day before, which
    is what a list's "held there as of" means: stays are counted in days and none may be empty.
    """
    stays = Placement.objects.select_related("facility").filter(person=person)
    stay = stays.filter(period__upper_inf=True).first()
    elsewhere = Placement.objects.filter(
        person__in=all_records(person), period__upper_inf=True
    ).exclude(person=person)
    others = [other for other in elsewhere if other.period.lower is None or other.period.lower < on]
    for other in (
        others
    ):  # told by a record that was joined: the last word on where the person is holds for all
        _end(other, other.period.lower, on, reason)
    if stay is None:
        return others[0] if others else None
    if to is not None and not others and stay.facility_id == to.pk:
        raise PlacementRefused(_("The person is held at %(facility)s already.") % {"facility": to})
    begins = stay.period.lower
    if begins and begins > on:
        raise PlacementRefused(
            _("The open stay began on %(day)s, after that day. Check the date.") % {"day": begins}
        )
    if begins == on:
        begins = on - timedelta(days=1)
        if stays.filter(period__contains=begins).exists():
            raise PlacementRefused(
                _("One move is on record for that day already. Enter the next with the day after.")
            )
    _end(stay, begins, on, reason)
    return stay


def _end(stay: Placement, begins: date | None, on: date, reason: str) -> None:
    stay.period = DateRange(begins, on)
    stay.ended_reason = reason[:120]
    stay.save(update_fields=["period", "ended_reason"])


def _not_to_come(on: date) -> None:
    if on > clock.today():
        raise PlacementRefused(_("The date is in the future. Record a move on the day it happens."))
