"""Who gets the next piece of work: somebody of the desk and team who speaks the language and has least to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Count, Q

from breach.access import staff_who_have
from breach.models import Desk, Incident, PersonLanguage, User

# Everybody at a desk works in it; anything else a user lists.
OFFICE_LANGUAGE = "en"


def primary(tag: str) -> str:
    """A tag's language without script and region: who speaks ``zh`` speaks with ``zh-Hans``."""
    return tag.split("-")[0].lower()


class Staff:
    """The active users of every desk who have the incident, their languages and open work; counted once."""

    def __init__(self, incident: Incident) -> None:
        have = staff_who_have(list(incident.teams.values_list("pk", flat=True)))
        having = set(have.values_list("pk", flat=True))
        self.load: dict[UUID, int] = {}
        self._present: set[tuple[str, UUID]] = set()
        self._desks: dict[str, list[UUID]] = defaultdict(list)
        self._speakers: dict[tuple[str, str], list[UUID]] = defaultdict(list)
        open_work = Count("follow_ups", filter=Q(follow_ups__state="open"))
        people = User.objects.filter(is_active=True, role__in=Desk.values).annotate(load=open_work)
        for pk, role, languages, load in people.order_by("username").values_list(
            "pk", "role", "languages", "load"
        ):
            self.load[pk] = load
            self._present.add((role, pk))
            if pk not in having:
                continue
            self._desks[role].append(pk)
            for language in {OFFICE_LANGUAGE, *map(primary, languages)}:
                self._speakers[role, language].append(pk)

    def pick(
        self, desk: str, languages: Sequence[str], assigned: UUID | None = None
    ) -> UUID | None:
        """The owner for one more follow-up, counted as theirs; None leaves it to the desk.

        `assigned` is the person's own case worker, who comes first while at the desk, of whatever team. `languages` are
        the person's, best first; only case workers are chosen by them: other desks talk to nobody.
        """
        mine = assigned is not None and (desk, assigned) in self._present
        owner = assigned if mine else self._least_busy(desk, languages)
        if owner is not None:
            self.load[owner] += 1
        return owner

    def _least_busy(self, desk: str, languages: Sequence[str]) -> UUID | None:
        candidates = self._desks[desk]
        if desk == Desk.CASE_WORKER and languages:
            spoken = (self._speakers.get((desk, primary(tag))) for tag in languages)
            candidates = next(filter(None, spoken), [])
        return min(candidates, key=lambda pk: self.load[pk], default=None)


def languages_of(people: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The language tags of each person, best first."""
    found: dict[UUID, list[str]] = defaultdict(list)
    rows = PersonLanguage.objects.filter(person__in=list(people)).order_by("person", "rank")
    for person, tag in rows.values_list("person_id", "tag"):
        found[person].append(tag)
    return found
