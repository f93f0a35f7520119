"""How long identities are kept: when each person's time is over, what stands in the way, and ending it for real.

The time runs for each incident from the proof of notice, or from when the duty ended otherwise, and a person's is over
when it is over in all incidents. The usual five years are those for which an accounting of disclosures is kept at least
(5 USC 552a(c)(3)); what an agency's own records schedule says goes into the incident's policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from breach.core.agency import agency_day
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, Approval, ApprovalState, Delay, Exposure, FollowUp, User
from breach.models.followups import FollowUpState
from breach.services import clock, keys
from notifications.models import Delivery, Progress
from notifications.states import DeliveryState, NotificationState

FINISHED = {NotificationState.NOTIFIED, NotificationState.UNREACHABLE, NotificationState.WITHDRAWN}
ON_ITS_WAY = (
    DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.AMBIGUOUS,
)  # fmt: skip
IN_THE_WAY = {
    "not_told": _("Not told yet, or not proven"),
    "hold": _("The hold still runs"),
    "follow_up": _("A next action is open"),
    "delay": _("A decision to wait is in force"),
    "delivery": _("A delivery is on its way, or its outcome is unknown"),
    "approval": _("A request about the person waits for a second signature"),
}


@dataclass(frozen=True)
class Keeping:
    """One person: until when the identity is kept (None: nobody can say yet), and what is in the way of ending it."""

    person_id: UUID
    reference: str
    incidents: tuple[str, ...]
    until: date | None
    blockers: tuple[str, ...]

    def is_over(self, today: date) -> bool:
        return not self.blockers and self.until is not None and self.until < today


@dataclass
class RetentionReport:
    """What a run ended, and what was over by date but had something in its way meanwhile."""

    destroyed: int = 0
    kept: int = 0


def plan(people: Iterable[UUID] | None = None, *, slug: str = "") -> list[Keeping]:
    """Everybody whose key still exists, who is over first at the top; only people of one incident, or only these."""
    rows = Exposure.objects.filter(person__key__wrapped__isnull=False, person__merged_into=None)
    if people is not None:
        rows = rows.filter(person__in=list(people))
    if slug:
        rows = rows.filter(person__exposures__incident__slug=slug)
    exposures = list(rows.select_related("incident", "person", "hold").distinct())
    blocked = _blockers(exposures)
    places = {
        one.pk: one
        for one in Progress.objects.filter(exposure__in=[exposure.pk for exposure in exposures])
    }
    by_person: dict[UUID, list[Exposure]] = defaultdict(list)
    for exposure in exposures:
        by_person[exposure.person_id].append(exposure)
    found = []
    for person_id, own in by_person.items():
        ends = [_end(exposure, places.get(exposure.pk)) for exposure in own]
        reasons = {reason for exposure in own for reason in blocked[exposure.pk]}
        until = None if None in ends else max(end for end in ends if end)
        found.append(
            Keeping(
                person_id,
                own[0].person.reference,
                tuple(sorted({exposure.incident.slug for exposure in own})),
                until,
                tuple(reason for reason in IN_THE_WAY if reason in reasons),
            )
        )
    return sorted(found, key=lambda one: (one.until or date.max, one.reference))


def end(*, actor: User, second: User, keepings: Iterable[Keeping], reason: str) -> RetentionReport:
    """Destroy the keys of those whose time is over, one transaction each, asked again under the person's lock.

    Two people do it together, as in `keys.destroy`. Raises KeyRefused.
    """
    require(actor, Capability.SIGN_OFF)
    require(second, Capability.SIGN_OFF)
    report = RetentionReport()
    for keeping in keepings:
        if _end_one(actor=actor, second=second, person_id=keeping.person_id, reason=reason):
            report.destroyed += 1
        else:
            report.kept += 1
    return report


@transaction.atomic
def _end_one(*, actor: User, second: User, person_id: UUID, reason: str) -> bool:
    person = AffectedPerson.objects.select_for_update().get(pk=person_id)
    now = plan([person_id])
    if not now or not now[0].is_over(clock.today()):
        return False
    keys.destroy(actor=actor, second=second, person=person, reason=reason)
    return True


def _end(exposure: Exposure, place: Progress | None) -> date | None:
    """The last day the identity is kept for this incident; None while the duty is open."""
    if place is None or place.state not in FINISHED:
        return None
    hold = getattr(exposure, "hold", None)
    proven = hold if hold and hold.paused_at is None else None
    began: datetime = proven.notified_at if proven else place.updated_at
    day, years = agency_day(began), exposure.incident.retention_years
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, month=3, day=1)


def _blockers(exposures: list[Exposure]) -> dict[UUID, set[str]]:
    """What is in the way, by exposure."""
    found: dict[UUID, set[str]] = defaultdict(set)
    today, ids = clock.today(), [exposure.pk for exposure in exposures]
    told = Progress.objects.filter(exposure__in=ids, state__in=FINISHED)
    finished = set(told.values_list("exposure_id", flat=True))
    asked = set(
        Approval.objects.filter(state=ApprovalState.OPEN).values_list("subject_id", flat=True)
    )
    whole = set(
        Delay.objects.filter(exposure=None, ended_at=None, ends_on__gte=today).values_list(
            "incident_id", flat=True
        )
    )
    for exposure in exposures:
        hold = getattr(exposure, "hold", None)
        if exposure.pk not in finished:
            found[exposure.pk].add("not_told")
        if hold and hold.until >= today:
            found[exposure.pk].add("hold")
        if exposure.incident_id in whole:
            found[exposure.pk].add("delay")
        if asked & {exposure.pk, exposure.person_id}:
            found[exposure.pk].add("approval")
    open_ones = (
        ("follow_up", FollowUp.objects.filter(state=FollowUpState.OPEN), "exposure_id"),
        ("delay", Delay.objects.filter(ended_at=None, ends_on__gte=today), "exposure_id"),
        ("delivery", Delivery.objects.filter(state__in=ON_ITS_WAY), "notification__exposure_id"),
    )
    for reason, rows, column in open_ones:
        for pk in rows.filter(**{f"{column.removesuffix('_id')}__in": ids}).values_list(
            column, flat=True
        ):
            found[pk].add(reason)
    return found
