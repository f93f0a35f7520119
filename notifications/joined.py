"""One human being, one incident, two records: what was sent or proven under the record joined to another counts for it.

Duties stay with the record they were made for. Whoever is told under one of the records is told; while a notice to
the other record may still arrive, nothing goes to this one beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from breach.models import Exposure, FollowUp, FollowUpKind, Hold
from breach.reasons import Reason
from breach.routing import CaseView, Route, routes
from notifications.models import Delivery, Notification
from notifications.states import DeliveryState, NotificationState

# Nobody knows yet whether these leave, or have left.
UNDECIDED = (DeliveryState.SENDING, DeliveryState.AMBIGUOUS)
WAITS = Reason("joined_underway")
Plan = dict[UUID, list[Route]]


def told_elsewhere(exposures: Iterable[UUID]) -> dict[UUID, Hold]:
    """Exposures whose person was told of the same incident under a joined record, with the hold that runs there."""
    siblings = _siblings(exposures)
    found: dict[UUID, Hold] = {}
    for hold in Hold.objects.filter(exposure__in=siblings, paused_at=None).order_by("until"):
        found[siblings[hold.exposure_id]] = hold  # the one that protects longest
    return found


def plans(exposures: Iterable[Exposure], cases: Mapping[str, CaseView], today: date) -> Plan:
    """The routes of each exposure; none for whoever is told under a joined record, a wait while a notice is out."""
    ids = [exposure.pk for exposure in exposures]
    several = [pk for pk in ids if cases[str(pk)].joined]
    told = told_elsewhere(several) if several else {}
    waiting = _out_elsewhere(_siblings(several)) if several else set()
    found: Plan = {}
    for pk in ids:
        wanted = [] if pk in told else routes(cases[str(pk)], today)
        found[pk] = [_waits(route) for route in wanted] if pk in waiting else wanted
    return found


def not_settled() -> Q:
    """Exposures to be looked at again because of a joined record: told there now, or still waiting for it."""
    there = Hold.objects.filter(
        paused_at=None,
        exposure__incident=OuterRef("incident"),
        exposure__person__merged_into=OuterRef("person"),
    )
    here = Hold.objects.filter(paused_at=None, exposure=OuterRef("pk"))
    waiting = FollowUp.objects.filter(
        exposure=OuterRef("pk"), state="open", kind=FollowUpKind.BLOCKED, reason=WAITS.text
    )
    return (Q(Exists(there)) & ~Q(Exists(here))) | Q(Exists(waiting))


def kept_exposures(exposure: Exposure) -> QuerySet[Exposure]:
    """The exposure that goes on for this one, in the same incident, where its record was joined to another."""
    return Exposure.objects.filter(
        incident=exposure.incident_id, person__merged_from=exposure.person_id
    ).select_related("incident", "person")


def _siblings(exposures: Iterable[UUID]) -> dict[UUID, UUID]:
    """Exposures of joined records in the same incident, each with the one of these it stands beside."""
    pairs = Exposure.objects.filter(
        pk__in=list(exposures), person__merged_from__isnull=False
    ).values_list("pk", "incident", "person")
    kept = {(incident, person): pk for pk, incident, person in pairs}
    if not kept:
        return {}
    joined = Exposure.objects.filter(
        person__merged_into__in=[person for _incident, person in kept],
        incident__in=[incident for incident, _person in kept],
    ).values_list("pk", "incident", "person__merged_into")
    return {
        pk: kept[incident, person]
        for pk, incident, person in joined
        if person is not None and (incident, person) in kept
    }


def _out_elsewhere(siblings: Mapping[UUID, UUID]) -> set[UUID]:
    """Those beside whom a notice that counts is out, unless something of their own is out as well."""
    beside = {siblings[sibling] for sibling in _with_something_out(siblings)}
    return beside - _with_something_out(beside)


def _with_something_out(exposures: Iterable[UUID]) -> set[UUID]:
    duties = Notification.objects.filter(exposure__in=list(exposures), is_required=True)
    leaving = Delivery.objects.filter(notification=OuterRef("pk"), state__in=UNDECIDED)
    out = duties.filter(Q(state=NotificationState.UNDERWAY) | Q(Exists(leaving)))
    return set(out.values_list("exposure", flat=True))


def _waits(route: Route) -> Route:
    if route.is_open_question:
        return route
    return replace(
        route, channel="", language="", address_version="", needs_interpreter=False,
        problem=FollowUpKind.BLOCKED, reasons=(*route.reasons, WAITS),
    )  # fmt: skip
