"""The cast and the scenery of the tests: everybody here is invented, and so are the places.

Plain builders that write rows directly; a test then acts through the verbs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from breach.core import crypto, keyring
from breach.core.references import new_reference
from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    Attorney,
    DataElement,
    Exposure,
    Facility,
    Forum,
    Identifier,
    Incident,
    LawFirm,
    PersonKey,
    PersonLanguage,
    Placement,
    Representation,
    User,
)
from breach.models.people import IdentifierKind
from breach.models.representation import AppearanceEvidence, RepresentationStatus

PASSWORD = "an-invented-passphrase-for-tests"
SINCE = date(2022, 11, 1)
_numbers = count(1)


def user(
    role: Role, *, languages: tuple[str, ...] = (), password: str | None = None, **fields: Any
) -> User:
    """Somebody of a desk; can sign in only when given a password."""
    made = User(
        username=f"{role}-{next(_numbers)}",
        role=role,
        languages=list(languages),
        **{"first_name": "Invented", **fields},
    )
    made.set_password(password)
    made.save()
    return made


@dataclass(frozen=True)
class Cast:
    """One of each desk. The stranger has signed in and works nowhere near the case."""

    worker: User
    supervisor: User
    second_supervisor: User
    privacy: User
    mail_room: User
    auditor: User
    attorney: User
    stranger: User


def cast(*, password: str | None = None) -> Cast:
    return Cast(
        worker=user(Role.CASE_WORKER, languages=("es",), first_name="Wanda", password=password),
        supervisor=user(Role.SUPERVISOR, first_name="Susan", password=password),
        second_supervisor=user(Role.SUPERVISOR, first_name="Samuel", password=password),
        privacy=user(Role.PRIVACY_OFFICER, first_name="Petra", password=password),
        mail_room=user(Role.MAIL_ROOM, first_name="Milo", password=password),
        auditor=user(Role.AUDITOR, first_name="Audrey", password=password),
        attorney=user(Role.ATTORNEY, first_name="Attila", password=password),
        stranger=user(Role.ATTORNEY, first_name="Stella", password=password),
    )


def incident(**fields: Any) -> Incident:
    """A disclosure of the kind the product was made for."""
    opened_by = fields.pop("opened_by", None) or user(Role.SUPERVISOR)
    return Incident.objects.create(
        **{
            "slug": f"disclosure-{next(_numbers)}",
            "title": "An invented disclosure",
            "occurred_at": datetime(2022, 11, 28, 14, tzinfo=UTC),
            "discovered_at": datetime(2022, 11, 28, 19, tzinfo=UTC),
            "data_elements": [DataElement.NAME, DataElement.BIRTH_DATE],
            "opened_by": opened_by,
            **fields,
        }
    )


def person(
    *,
    family_name: str = "Quintanilla",
    given_names: str = "Luz",
    language: str = "es",
    reads: bool | None = True,
    a_number: str = "",
    **fields: Any,
) -> AffectedPerson:
    """Somebody affected, with a data key of their own; no language when it is empty."""
    made = AffectedPerson(
        reference=new_reference(), family_name=family_name, given_names=given_names,
        name_as_listed=f"{family_name}, {given_names}", **{"nationality": "GT", **fields},
    )  # fmt: skip
    key = crypto.new_key()
    keyring.remember(str(made.pk), key)
    made.save()
    PersonKey.objects.create(person=made, wrapped=keyring.wrap(str(made.pk), key))
    if language:
        PersonLanguage.objects.create(person=made, tag=language, reads=reads)
    if a_number:
        index = crypto.blind_index(
            keyring.purpose_key("identifiers"), IdentifierKind.A_NUMBER, a_number
        )
        Identifier.objects.create(person=made, value=a_number, index=index)
    return made


def exposure(
    *, of: AffectedPerson | None = None, incident: Incident | None = None, **fields: Any
) -> Exposure:
    """One person in one incident; both are made when not given."""
    return Exposure.objects.create(
        person=of or person(), incident=incident or _incident(), **fields
    )


def crowd(size: int, *, incident: Incident, language: str = "es") -> list[Exposure]:
    """Many people in one incident, made in bulk."""
    people = [
        AffectedPerson(
            reference=new_reference(),
            family_name=f"Crowd{number}",
            given_names="Ana",
            name_as_listed="",
            nationality="HN",
        )
        for number in range(size)
    ]
    for one in people:
        keyring.remember(str(one.pk), crypto.new_key())
    AffectedPerson.objects.bulk_create(people, batch_size=2000)
    PersonKey.objects.bulk_create(
        [
            PersonKey(person=one, wrapped=keyring.wrap(str(one.pk), keyring.data_key(str(one.pk))))
            for one in people
        ]
    )
    PersonLanguage.objects.bulk_create([PersonLanguage(person=one, tag=language) for one in people])
    return Exposure.objects.bulk_create(
        [Exposure(person=one, incident=incident) for one in people], batch_size=2000
    )


def facility(**fields: Any) -> Facility:
    number = next(_numbers)
    return Facility.objects.create(
        **{"code": f"INV{number}", "name": f"Invented Processing Center {number}", **fields}
    )


def placement(
    of: AffectedPerson,
    *,
    at: Facility | None = None,
    since: date = SINCE,
    until: date | None = None,
) -> Placement:
    return Placement.objects.create(
        person=of, facility=at or facility(), period=DateRange(since, until), source="test"
    )


def attorney(*, account: User | None = None, **fields: Any) -> Attorney:
    """Counsel who can be mailed, of a firm."""
    number = next(_numbers)
    firm = fields.pop("firm", None) or LawFirm.objects.create(name=f"Invented Firm {number}")
    return Attorney.objects.create(
        **{
            "name": f"Ada Counsel {number}",
            "email": f"counsel{number}@firm.invalid",
            "email_verified": True,
            "phone": "+12025550143",
            "firm": firm,
            "user": account,
            **fields,
        }
    )


def representation(
    of: AffectedPerson,
    *,
    by: Attorney | None = None,
    since: date = SINCE,
    until: date | None = None,
    **fields: Any,
) -> Representation:
    """An active lead appearance before ICE, on a filed form."""
    return Representation.objects.create(
        person=of,
        attorney=by or attorney(),
        period=DateRange(since, until),
        **{
            "forum": Forum.ICE,
            "evidence": AppearanceEvidence.G28,
            "evidence_on": since,
            "status": RepresentationStatus.ACTIVE,
            **fields,
        },
    )


_incident = incident
