"""Where the records of one human being say different things: what may be told all the same, and what somebody decides.

One record never contradicts itself here; this is about records that were joined. Nobody guesses which of two is right.
"""

from __future__ import annotations

from collections.abc import Sequence

from breach.core.crypto import SealBroken
from breach.core.keyring import KeyDestroyed
from breach.models import (
    AffectedPerson,
    ContactPoint,
    Guardian,
    PersonLanguage,
    Placement,
    Representation,
)
from breach.models.people import Deliverability
from breach.models.representation import RepresentationStatus
from breach.routing import AddressView


def two_leads(speaking: Sequence[Representation]) -> bool:
    """Whether two attorneys are the lead in one forum, each under another record."""
    leads = {
        row.attorney_id
        for row in speaking
        if row.is_lead and row.status == RepresentationStatus.ACTIVE
    }
    return len(leads) > 1


def contradiction(
    records: Sequence[AffectedPerson],
    stays: Sequence[Placement],
    one_address: bool,
    is_minor: bool,
    guardians: Sequence[Guardian],
) -> str:
    """The code of the reason (breach.reasons) for which the person cannot be told directly; "" when they agree."""
    if len(records) == 1:
        return ""
    if len({stay.facility_id for stay in stays}) > 1 or _released_since(records, stays):
        return "two_places"
    if is_minor and len(guardians) > 1:
        return "two_guardians"
    return "" if stays or is_minor or one_address else "two_addresses"


def best_address(rows: Sequence[ContactPoint]) -> tuple[AddressView | None, bool]:
    """The address to write to, and whether it is the only one that comes into question.

    What one record knows to be bad or unsafe is so whichever record's row it is.
    """
    if not rows:
        return None, True
    if len({row.person_id for row in rows}) == 1:
        return _view(min(rows, key=_is_bad), _is_bad(min(rows, key=_is_bad)), None), True
    try:
        written = {row.pk: " ".join(row.value.casefold().split()) for row in rows}
    except (SealBroken, KeyDestroyed):
        return _view(rows[0], _is_bad(rows[0]), None), False
    bad = {written[row.pk] for row in rows if _is_bad(row)}
    unsafe = {written[row.pk] for row in rows if not row.safe}
    usable = {text for text in written.values() if text not in bad | unsafe}
    best = min(rows, key=lambda row: (written[row.pk] in bad, written[row.pk] in unsafe))
    text = written[best.pk]
    return _view(best, text in bad, text not in unsafe), len(usable) <= 1


def each_once(spoken: Sequence[PersonLanguage]) -> list[PersonLanguage]:
    """Languages by rank, the person's own record first, each tag as it is said there first."""
    first: dict[str, PersonLanguage] = {}
    for one in spoken:
        first.setdefault(one.tag, one)
    return list(first.values())


def _released_since(records: Sequence[AffectedPerson], stays: Sequence[Placement]) -> bool:
    """Whether one record tells of a release after the stay began that another still counts on."""
    return any(
        record.pk != stay.person_id
        and record.released_on is not None
        and (stay.period.lower is None or record.released_on >= stay.period.lower)
        for stay in stays
        for record in records
    )


def _is_bad(row: ContactPoint) -> bool:
    return row.deliverability == Deliverability.BAD


def _view(row: ContactPoint, bad: bool, safe: bool | None) -> AddressView:
    return AddressView(
        contact_point_id=str(row.pk), country=row.country, bad=bad,
        safe=row.safe if safe is None else safe,
    )  # fmt: skip
