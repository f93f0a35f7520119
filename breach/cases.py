"""Exposures as routing sees them: a handful of queries for any number of people, nothing decrypted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import translation

from breach.contradictions import best_address, contradiction, each_once, two_leads
from breach.core.codes import language_name
from breach.core.crypto import SealBroken
from breach.core.dates import is_minor
from breach.core.deadlines import add_business_days
from breach.models import (
    AffectedPerson,
    ContactPoint,
    Exposure,
    Forum,
    Guardian,
    PersonKey,
    PersonLanguage,
    Placement,
    Representation,
)
from breach.models.people import ContactKind
from breach.models.representation import AppearanceEvidence, RepresentationStatus
from breach.one_human import joined_to, records_of
from breach.routing import CaseView, CounselView, LanguageView

M = TypeVar("M", bound=Model)
CLAIM_DAYS = 2  # business days in which a claimed appearance is asked about before the person is told directly


def load_cases(
    exposures: Iterable[Exposure], on: date, letter_languages: Iterable[str]
) -> dict[str, CaseView]:
    """Case views by exposure id. `on` is the database's date; exposures need `incident` and `person` joined.

    Records that were joined to a person's are read with it. Where they contradict each other the view says so.
    """
    chosen = list(exposures)
    owners = records_of(exposure.person_id for exposure in chosen)
    joined = joined_to(set(owners.values())) if len(owners) > len(set(owners.values())) else {}
    people = list(owners)
    languages = frozenset(letter_languages)
    counsel = _by_person(
        owners,
        Representation.objects.filter(person__in=people, period__contains=on)
        .exclude(status="withdrawn")
        .select_related("attorney__firm")
        .order_by("-is_lead", "created_at"),
    )
    placements = _by_person(
        owners,
        Placement.objects.filter(person__in=people, period__contains=on).select_related("facility"),
    )
    addresses = _by_person(owners, _addresses(people))
    spoken = _by_person(owners, PersonLanguage.objects.filter(person__in=people).order_by("rank"))
    guardians = _by_person(
        owners,
        Guardian.objects.filter(
            person__in=people, is_current=True, verified=True, address__isnull=False
        ).only("id", "person_id"),
    )
    shredded = _shredded(people)
    # Reasons keep their English sentence; whoever asks from a Spanish page must not change what is stored.
    with translation.override("en"):
        return {
            str(exposure.pk): _view(
                exposure,
                on,
                exposure.person_id in shredded,
                languages,
                [exposure.person, *joined.get(exposure.person_id, ())],
                counsel[exposure.person_id],
                placements[exposure.person_id],
                addresses[exposure.person_id],
                spoken[exposure.person_id],
                guardians[exposure.person_id],
            )
            for exposure in chosen
        }


def _addresses(people: Sequence[UUID]) -> QuerySet[ContactPoint]:
    current = ContactPoint.objects.filter(
        person__in=people, kind=ContactKind.ADDRESS, is_current=True
    )
    return current.defer("value").order_by("-safe", "-verified", "-created_at")


def _shredded(people: Sequence[UUID]) -> set[UUID]:
    keys = PersonKey.objects.filter(person__in=people, wrapped=None)
    return set(keys.values_list("pk", flat=True))


def _by_person(owners: Mapping[UUID, UUID], rows: QuerySet[M]) -> Mapping[UUID, list[M]]:
    """Rows by the person they are read for: in their own order, those of the person's own record first."""
    found: dict[UUID, list[M]] = defaultdict(list)
    joined: list[tuple[UUID, M]] = []
    for row in rows:
        record: UUID = row.person_id  # type: ignore[attr-defined]  # each of these models has a person
        if owners[record] == record:
            found[record].append(row)
        else:
            joined.append((owners[record], row))
    for person, row in joined:
        found[person].append(row)
    return found


def _view(
    exposure: Exposure,
    on: date,
    shredded: bool,
    letter_languages: frozenset[str],
    records: Sequence[AffectedPerson],
    counsel: Sequence[Representation],
    placements: Sequence[Placement],
    addresses: Sequence[ContactPoint],
    spoken: Sequence[PersonLanguage],
    guardians: Sequence[Guardian],
) -> CaseView:
    incident, person = exposure.incident, exposure.person
    placement = placements[0] if placements else None
    speaking = [row for row in counsel if row.forum == incident.forum]
    best, one_address = best_address(addresses)
    is_minor = not shredded and any(one.is_minor and _still_minor(one, on) for one in records)
    return CaseView(
        exposure_id=str(exposure.pk),
        person_id=str(person.pk),
        forum=incident.forum,
        forum_name=str(Forum(incident.forum).label),
        occurred_on=incident.occurred_on,
        copy_to_person=incident.copy_to_person,
        copy_required=incident.copy_required,
        letter_languages=letter_languages,
        routing_version=person.routing_version,
        counsel=tuple(map(_counsel, speaking)),
        joined=len(records) > 1,
        two_leads=two_leads(speaking),
        placement_id=str(placement.pk) if placement else "",
        facility_id=str(placement.facility_id) if placement else "",
        facility_name=placement.facility.name if placement else "",
        placed_since=placement.period.lower if placement else None,
        address=best,
        languages=tuple(
            LanguageView(s.tag, language_name(s.tag), s.reads) for s in each_once(spoken)
        ),
        is_minor=is_minor,
        guardian_id=str(guardians[0].pk) if guardians else "",
        contradiction=contradiction(records, placements, one_address, is_minor, guardians),
        do_not_contact=any(one.do_not_contact for one in records),
        protected=any(one.protected_1367 for one in records),
        shredded=shredded,
        claim_waits_until=_claim_waits_until(speaking),
        died_on=min((one.died_on for one in records if one.died_on), default=None),
        # The latest of them: that the person was removed untold must not go unnoticed.
        removed_on=max((one.removed_on for one in records if one.removed_on), default=None),
    )


def _counsel(row: Representation) -> CounselView:
    attorney = row.attorney
    filed = row.evidence != AppearanceEvidence.NONE
    return CounselView(
        representation_id=str(row.pk),
        attorney_id=str(attorney.pk),
        attorney_name=attorney.name,
        kind=attorney.kind,
        status=row.status,
        is_lead=row.is_lead,
        evidence=str(AppearanceEvidence(row.evidence).label),
        since=row.period.lower,
        # An address on a filed appearance was given to the forum by counsel; any other must be verified first.
        email_usable=attorney.can_be_mailed and (attorney.email_verified or filed),
        has_address=bool(attorney.address or (attorney.firm and attorney.firm.address)),
        suspended=attorney.is_suspended,
        version=attorney.routing_version,
    )


def _still_minor(person: AffectedPerson, on: date) -> bool:
    """A child when the list came may be of age today; then nobody else is told. Opens the birth date of children."""
    try:
        born = person.birth_date
    except SealBroken:  # told through the guardian, as long as nobody can read that they are of age
        return True
    return born is None or is_minor(born, on)


def _claim_waits_until(counsel: Sequence[Representation]) -> date | None:
    """The first claim counts: a second one does not keep the person waiting longer."""
    claimed = [
        row.claimed_on
        for row in counsel
        if row.status == RepresentationStatus.CLAIMED and row.claimed_on
    ]
    return add_business_days(min(claimed), CLAIM_DAYS) if claimed else None
