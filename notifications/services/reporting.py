"""What a page reports beyond the funnel: languages still without a letter, and how fast letters leave. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import Now

from breach.models import Exposure, Incident
from breach.routing import DEFAULT_LANGUAGE, ORAL_LANGUAGES, RELAY_LANGUAGE
from notifications.models import Attempt, AttemptOutcome, LetterVersion
from notifications.queries import JobProgress

from . import letters

RECENT = timedelta(seconds=20)


@dataclass(frozen=True)
class Coverage:
    """How many people use a language, and the reviewed letter that serves them ("" when none does)."""

    language: str
    people: int
    served_by: str
    by_call: bool = False

    @property
    def is_gap(self) -> bool:
        return not self.served_by


def coverage(incident: Incident, version: LetterVersion | None) -> list[Coverage]:
    """The languages of the incident's people, the gaps first, then by number of people.

    Whoever has no language on record is counted too, under "": the rows sum to everybody.
    """
    reviewed = letters.reviewed_languages(version)
    everybody = Exposure.objects.filter(incident=incident, person__merged_into=None)
    known = dict(
        everybody.filter(person__languages__rank=1)
        .values_list("person__languages__tag")
        .annotate(people=Count("pk"))
        .order_by()
    )
    found = [_covered(tag, people, reviewed) for tag, people in known.items()]
    if unknown := everybody.count() - sum(known.values()):
        found.append(replace(_covered(DEFAULT_LANGUAGE, unknown, reviewed), language=""))
    return sorted(found, key=lambda row: (not row.is_gap, -row.people, row.language))


def _covered(tag: str, people: int, reviewed: frozenset[str]) -> Coverage:
    primary = tag.split("-")[0]
    served_by = next((language for language in (tag, primary) if language in reviewed), "")
    if not served_by and primary in ORAL_LANGUAGES and RELAY_LANGUAGE in reviewed:
        return Coverage(tag, people, RELAY_LANGUAGE, by_call=True)
    return Coverage(tag, people, served_by)


def letters_per_second(incident: Incident) -> float:
    """What channels accepted in the last twenty seconds, per second."""
    accepted = Attempt.objects.filter(
        delivery__incident=incident,
        outcome=AttemptOutcome.ACCEPTED,
        outcome_at__gte=Now() - RECENT,
    )
    return accepted.count() / RECENT.total_seconds()


def seconds_left(job: JobProgress, speed: float) -> int | None:
    """Time until the waiting letters have left, at this speed; None while nothing moves."""
    return round(job.waiting_to_send / speed) if speed and job.waiting_to_send else None
