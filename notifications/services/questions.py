"""Whoever cannot be told yet gets a next action with an owner and a date: what routing left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_noop as N_

from breach.core.deadlines import add_business_days
from breach.models import Exposure, FollowUpKind, Incident, User
from breach.routing import Route
from breach.services import followups

# Business days until somebody must have acted. Returned mail's five days come from class-notice practice.
DUE_DAYS: dict[str, int] = {
    FollowUpKind.REMOVED_UNTOLD: 0,
    FollowUpKind.DISPUTED_COUNSEL: 2,
    FollowUpKind.NO_ROUTE: 3,
    FollowUpKind.NO_TRANSLATION: 5,
    FollowUpKind.SIGN_OFF: 1,
}
# What a route answers: such a follow-up is closed as soon as the exposure has one.
ANSWERED_BY_A_ROUTE = (
    FollowUpKind.REMOVED_UNTOLD, FollowUpKind.DISPUTED_COUNSEL, FollowUpKind.NO_ROUTE,
    FollowUpKind.NO_TRANSLATION, FollowUpKind.SIGN_OFF, FollowUpKind.PREPARE,
)  # fmt: skip
UNSIGNED = N_("The letter waits for two signatures; nothing goes out before.")
ROUTED_NOW = N_("Answered: the person has a route now")


def open_questions(
    actor: User,
    incident: Incident,
    exposures: Sequence[Exposure],
    plans: Mapping[UUID, Sequence[Route]],
    *,
    signed: bool,
    today: date,
) -> Counter[str]:
    """Open what each exposure waits for and close what is answered. Returns how many wait, by kind."""
    found = {exposure.pk: _question(plans[exposure.pk], signed) for exposure in exposures}
    for kind in ANSWERED_BY_A_ROUTE:
        answered = [pk for pk, question in found.items() if question is None or question[0] != kind]
        followups.close_many(
            actor=actor, incident=incident, exposure_ids=answered, kinds=[kind], reason=ROUTED_NOW
        )
    rows = [
        followups.NextAction(
            exposure_id=pk, kind=question[0], reason=question[1],
            due_on=add_business_days(today, DUE_DAYS[question[0]]),
        )
        for pk, question in found.items()
        if question is not None
    ]  # fmt: skip
    followups.open_many(actor=actor, incident=incident, rows=rows)
    return Counter(row.kind for row in rows)


def _question(plan: Sequence[Route], signed: bool) -> tuple[str, str] | None:
    for route in plan:
        if route.required and route.is_open_question:
            return route.problem, route.reasons[-1].text
    return None if signed else (FollowUpKind.SIGN_OFF, UNSIGNED)
