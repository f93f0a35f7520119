"""Whoever cannot be told yet gets a next action with an owner and a date: what routing left open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_noop as N_

from breach.core.deadlines import add_business_days
from breach.models import FollowUp, FollowUpKind, Incident, User
from breach.reasons import Reason, is_question
from breach.routing import Route
from breach.services import followups
from breach.services.worded import plain

# Business days until somebody must have acted; 0 is this very day. Returned mail's five days come from class-notice
# practice.
DUE_DAYS: dict[str, int] = {
    FollowUpKind.REMOVED_UNTOLD: 0,
    FollowUpKind.DISPUTED_COUNSEL: 2,
    FollowUpKind.NO_ROUTE: 3,
    FollowUpKind.NO_TRANSLATION: 5,
    FollowUpKind.SIGN_OFF: 1,
    FollowUpKind.BLOCKED: 5,
}
CALL_DAYS = 2  # business days until somebody calls who would otherwise wait for a translation
# Closed as soon as the exposure has a route, or another question. A removal before notice stays an alarm until notice.
ANSWERED_BY_A_ROUTE = (
    FollowUpKind.DISPUTED_COUNSEL, FollowUpKind.NO_ROUTE, FollowUpKind.NO_TRANSLATION,
    FollowUpKind.SIGN_OFF, FollowUpKind.PREPARE, FollowUpKind.BLOCKED,
)  # fmt: skip
UNSIGNED = N_("The letter waits for two signatures; nothing goes out before.")
MEANWHILE = N_(
    "There is no reviewed letter in the person's language yet: call with an interpreter meanwhile."
)
ROUTED_NOW = N_("Answered: the person has a route now")
FOUND = N_("There may be a way to reach the person now: take the notice up again?")
Question = tuple[str, str | Reason]  # kind, reason


def open_questions(
    actor: User,
    incident: Incident,
    plans: Mapping[UUID, Sequence[Route]],
    *,
    signed: bool,
    today: date,
) -> Counter[str]:
    """Open what each exposure waits for and close what is answered. Returns how many wait, by kind."""
    found = {pk: _question(plan, signed) for pk, plan in plans.items()}
    for kind, exposures in _answered(found).items():
        followups.close_many(
            actor=actor, incident=incident, exposure_ids=exposures, kinds=[kind], reason=ROUTED_NOW
        )
    rows = [
        followups.NextAction(exposure_id=pk, kind=kind, reason=reason, due_on=_due(kind, today))
        for pk, (kind, reason) in ((pk, question) for pk, question in found.items() if question)
    ]
    followups.open_many(
        actor=actor, incident=incident, rows=[*rows, *_calls_meanwhile(found, plans, today)]
    )
    return Counter(row.kind for row in rows)


def _calls_meanwhile(
    found: Mapping[UUID, Question | None], plans: Mapping[UUID, Sequence[Route]], today: date
) -> list[followups.NextAction]:
    """Nobody waits for a translation: a case worker calls with an interpreter, unless counsel speaks for the person."""
    return [
        followups.NextAction(pk, FollowUpKind.INTERPRETER_CALL, MEANWHILE, due_on=add_business_days(today, CALL_DAYS))
        for pk, question in found.items()
        if question and question[0] == FollowUpKind.NO_TRANSLATION
        and all(route.recipient_role != "representative" for route in plans[pk])
    ]  # fmt: skip


def found_again(
    actor: User, incident: Incident, plans: Mapping[UUID, Sequence[Route]], *, today: date
) -> None:
    """Somebody who could not be reached has a way now: a person decides whether to take the notice up again."""
    rows = [
        followups.NextAction(exposure_id=pk, kind=FollowUpKind.OTHER, reason=FOUND, due_on=today)
        for pk, plan in plans.items()
        if any(route.required and not route.is_open_question for route in plan)
    ]
    if rows:
        followups.open_many(actor=actor, incident=incident, rows=rows)


def _answered(found: Mapping[UUID, Question | None]) -> dict[str, list[UUID]]:
    """Exposures by the kind of follow-up that a new answer settles.

    What somebody else asked under the same kind (verify a claim, a reported death) stays on the worklist.
    """
    settled = defaultdict(list)
    waiting = FollowUp.objects.filter(
        exposure__in=found,
        state="open",
        kind__in=(*ANSWERED_BY_A_ROUTE, FollowUpKind.INTERPRETER_CALL),
    ).values_list("exposure_id", "kind", "reason")
    for exposure, kind, reason in waiting:
        question = found[exposure]
        if kind == FollowUpKind.INTERPRETER_CALL:
            # A call that somebody asked for otherwise is a contact's to answer.
            if reason == MEANWHILE and (
                question is None or question[0] != FollowUpKind.NO_TRANSLATION
            ):
                settled[kind].append(exposure)
            continue
        ours = kind in (FollowUpKind.SIGN_OFF, FollowUpKind.PREPARE) or is_question(reason)
        if ours and (question is None or (question[0], plain(question[1])) != (kind, reason)):
            settled[kind].append(exposure)
    return settled


def _due(kind: str, today: date) -> date:
    days = DUE_DAYS[kind]
    return add_business_days(today, days) if days else today


def _question(plan: Sequence[Route], signed: bool) -> Question | None:
    for route in plan:
        if route.required and route.is_open_question:
            return route.problem, route.reasons[-1]
    return None if signed else (FollowUpKind.SIGN_OFF, UNSIGNED)
