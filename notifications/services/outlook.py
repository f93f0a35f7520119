"""What preparing would do now, without doing it: how many people by which way, and what stands in the way of whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from breach.cases import load_cases
from breach.models import Exposure, FollowUpKind, Incident
from breach.reasons import explain
from breach.routing import Route
from breach.services import clock
from notifications import joined
from notifications.queries import unprepared
from notifications.rendering.wording import standard_wording

from . import letters

CHUNK = 1000


@dataclass
class Outlook:
    """People by the channel of their required notice, and open questions by kind and sentence."""

    people: int = 0
    by_channel: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    calls: int = 0
    questions: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def can_go(self) -> int:
        return sum(self.by_channel.values())


def outlook(incident: Incident) -> Outlook:
    """Route everybody who is not in the funnel yet as of today; nothing is written."""
    version, today = letters.approved_version(incident), clock.today()
    languages = letters.reviewed_languages(version) or frozenset(standard_wording())
    found, wanted = Outlook(), list(unprepared(incident).values_list("pk", flat=True))
    for start in range(0, len(wanted), CHUNK):
        exposures = _exposures(wanted[start : start + CHUNK])
        cases = load_cases(exposures, today, languages)
        for plan in joined.plans(exposures, cases, today).values():
            _count(found, plan)
    return found


def _exposures(ids: Sequence[UUID]) -> list[Exposure]:
    return list(Exposure.objects.filter(pk__in=ids).select_related("incident", "person"))


def _count(found: Outlook, plan: Sequence[Route]) -> None:
    if not plan:  # told under a record that was joined
        return
    found.people += 1
    required = [route for route in plan if route.required]
    problem = next((route for route in required if route.is_open_question), None)
    if problem is not None:
        sentence = explain(problem.reasons[-1].as_dict())
        found.questions[str(FollowUpKind(problem.problem).label), sentence] += 1
    elif required:
        found.by_channel[required[0].channel] += 1
    found.copies += sum(not route.required and not route.is_open_question for route in plan)
    found.calls += any(route.needs_interpreter for route in plan)
