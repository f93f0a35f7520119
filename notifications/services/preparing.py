"""Prepare: route everybody, make the duties, queue the deliveries, and give the rest a next action.

Idempotent and resumable: it works in chunks, each one transaction, and a second run changes only what changed in
the case file (a transfer, new counsel, a signed letter) since the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from breach.cases import load_cases
from breach.core import keyring
from breach.core.roles import Capability, require
from breach.models import (
    AffectedPerson,
    Attorney,
    Exposure,
    FollowUp,
    FollowUpKind,
    Incident,
    PersonLanguage,
    User,
)
from breach.routing import UNTIL, CaseView, Route
from breach.services import clock
from notifications import joined
from notifications.models import Delivery, LetterVersion, Notification, Progress
from notifications.rendering.wording import standard_wording
from notifications.states import NotificationState as State

from . import letters
from .closing import without_parted
from .duties import DutyBook
from .proving import complete_notice, pause_untold, refresh_progress
from .questions import found_again, open_questions
from .remaining import leave_nobody

CHUNK = 500
OPEN_DUTIES = (State.PENDING, State.READY, State.UNDERWAY)
FINISHED = (State.NOTIFIED, State.UNREACHABLE)
ProgressCallback = Callable[[int, int], None]


@dataclass
class PrepareReport:
    """What a run did. Counts only; `blocked` counts exposures by the kind of follow-up they wait for."""

    exposures: int = 0
    routed: int = 0
    queued: int = 0
    cancelled: int = 0
    blocked: Counter[str] = field(default_factory=Counter)


def prepare(
    *,
    actor: User,
    incident: Incident,
    exposures: Sequence[UUID] | None = None,
    progress: ProgressCallback | None = None,
) -> PrepareReport:
    """Route and queue all exposures of the incident (or just these). Safe to run at any time, by several at once."""
    require(actor, Capability.NOTIFY)
    report = PrepareReport()
    version = letters.approved_version(incident)
    wanted = list(exposures) if exposures is not None else stale_exposures(incident, version)
    for chunk in _chunks(wanted):
        with transaction.atomic():
            _prepare_chunk(actor, incident, version, chunk, report)
        keyring.forget()
        if progress:
            progress(report.exposures, len(wanted))
    return report


def stale_exposures(incident: Incident, version: LetterVersion | None) -> list[UUID]:
    """Exposures to be routed again, the most at risk first.

    Never routed, routed before the case file changed, told to be prepared anew, waiting for the letter that is now
    signed, for a language it now has, or for a day that has come.
    """
    current = Progress.objects.filter(
        incident=incident, routed_version=F("exposure__person__routing_version")
    ).values("exposure")
    waiting = FollowUp.objects.filter(exposure=OuterRef("pk"), state="open")
    stale = ~Q(pk__in=current) | Q(Exists(waiting.filter(kind=FollowUpKind.PREPARE)))
    stale |= Q(Exists(_answers_that_are_over())) | joined.not_settled()
    if version is not None:
        languages = letters.reviewed_languages(version)
        outdated = Delivery.objects.filter(notification__exposure=OuterRef("pk"), state="queued")
        stale |= Q(Exists(waiting.filter(kind=FollowUpKind.SIGN_OFF)))
        stale |= Q(Exists(outdated.exclude(letter_version=version)))
        stale |= Q(
            Exists(waiting.filter(kind=FollowUpKind.NO_TRANSLATION)), Exists(_readers(languages))
        )
    withdrawn = Progress.objects.filter(incident=incident, state=State.WITHDRAWN)
    return list(
        Exposure.objects.filter(stale, incident=incident, person__merged_into=None)
        .exclude(pk__in=withdrawn.values("exposure"))
        .order_by("risk_tier", "created_at", "id")
        .values_list("pk", flat=True)
    )


def _answers_that_are_over() -> QuerySet[Notification]:
    """Duties whose route held until a day that has passed."""
    return Notification.objects.filter(
        exposure=OuterRef("pk"), state__in=OPEN_DUTIES, **{f"rests_on__{UNTIL}__lt": clock.today().isoformat()}
    )  # fmt: skip


def _readers(languages: Iterable[str]) -> QuerySet[PersonLanguage]:
    """Languages of the exposure's person that one of these letters serves (es-MX is served by es)."""
    served = Q(tag__in=languages)
    for language in languages:
        served |= Q(tag__startswith=f"{language}-")
    theirs = Q(person=OuterRef("person")) | Q(person__merged_into=OuterRef("person"))
    spoken = PersonLanguage.objects.filter(served, theirs)
    return spoken.exclude(reads=False)


def _chunks(wanted: Sequence[UUID]) -> list[tuple[UUID, ...]]:
    return [tuple(wanted[start : start + CHUNK]) for start in range(0, len(wanted), CHUNK)]


def _prepare_chunk(
    actor: User,
    incident: Incident,
    version: LetterVersion | None,
    chunk: Sequence[UUID],
    report: PrepareReport,
) -> None:
    exposures = without_parted(actor=actor, exposures=_not_withdrawn(_lock(chunk)))
    if not exposures:
        return
    today = clock.today()
    languages = letters.reviewed_languages(version) or frozenset(standard_wording())
    cases = load_cases(exposures, today, languages)
    plans = joined.plans(exposures, cases, today)
    versions = {exposure.pk: cases[str(exposure.pk)].routing_version for exposure in exposures}
    book = DutyBook(actor, incident, version, exposures, plans, versions)
    book.settle()  # first: a route whose address does not open becomes a question in the plans
    _place_in_funnel(incident, exposures, cases, plans)
    places = refresh_progress(plans)
    complete_notice(actor, [pk for pk, state in places.items() if state == State.NOTIFIED])
    pause_untold(actor, [pk for pk, state in places.items() if state != State.NOTIFIED])
    untold = {pk: plan for pk, plan in plans.items() if places[pk] not in FINISHED}
    questions = open_questions(actor, incident, untold, signed=version is not None, today=today)
    found_again(actor, incident, _given_up(plans), today=today)
    leave_nobody(actor=actor, incident=incident, exposures=untold, today=today)
    report.exposures += len(exposures)
    report.routed += len(exposures) - sum(questions.values())
    report.queued += book.queued
    report.cancelled += book.cancelled
    report.blocked.update(questions)


def _lock(chunk: Sequence[UUID]) -> list[Exposure]:
    """The exposures with their people locked: a transfer or change of counsel comes before this or after it.

    The incident is read after the people are locked: a change of policy locks them as well, so that whoever is
    routed by the policy of before is routed again.
    """
    people = {
        person.pk: person
        for person in AffectedPerson.objects.select_for_update(no_key=True)
        .filter(
            pk__in=list(Exposure.objects.filter(pk__in=chunk).values_list("person_id", flat=True))
        )
        .order_by("pk")
    }
    exposures = list(
        Exposure.objects.filter(pk__in=chunk, person__in=people)
        .select_related("incident")
        .order_by("pk")
    )
    for exposure in exposures:
        exposure.person = people[exposure.person_id]
    keyring.preload(str(pk) for pk in people)
    return exposures


def _not_withdrawn(exposures: Sequence[Exposure]) -> list[Exposure]:
    """Those who are affected still, as far as anybody knows; asked with the people locked."""
    rows = Progress.objects.filter(exposure__in=exposures, state=State.WITHDRAWN)
    withdrawn = set(rows.values_list("exposure_id", flat=True))
    return [exposure for exposure in exposures if exposure.pk not in withdrawn]


def _given_up(plans: Mapping[UUID, Sequence[Route]]) -> dict[UUID, list[Route]]:
    """Today's routes to those who could not be reached, also where somebody else of the same notice was."""
    ended = Notification.objects.filter(
        exposure__in=plans, is_required=True, state=State.UNREACHABLE
    ).values_list("exposure_id", "recipient_role")
    return {
        pk: [route for route in plans[pk] if route.recipient_role == role] for pk, role in ended
    }


def _place_in_funnel(
    incident: Incident,
    exposures: Sequence[Exposure],
    cases: Mapping[str, CaseView],
    plans: Mapping[UUID, Sequence[Route]],
) -> None:
    """Give every exposure its row in the funnel, with the dimensions dashboards count by."""
    mains = {e.pk: next(iter(plans[e.pk]), None) for e in exposures}
    counsel = {
        exposure: main.rests_on.get("attorney", "") if main else ""
        for exposure, main in mains.items()
    }
    firms = {
        str(pk): firm
        for pk, firm in Attorney.objects.filter(pk__in=set(counsel.values()) - {""}).values_list(
            "pk", "firm_id"
        )
    }
    rows = []
    for exposure in exposures:
        case, main = cases[str(exposure.pk)], mains[exposure.pk]
        rows.append(
            Progress(
                exposure=exposure,
                incident=incident,
                language=case.languages[0].tag if case.languages else "",
                facility_id=case.facility_id or None,
                firm_id=firms.get(counsel[exposure.pk]),
                channel=main.channel if main else "",
                routed_version=case.routing_version,
            )
        )
    Progress.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["exposure"],
        update_fields=["language", "facility", "firm", "channel", "routed_version", "updated_at"],
    )
