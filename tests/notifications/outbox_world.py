"""A small world for the outbox: invented people with counsel or in custody, a signed letter, finished bytes.

Everything is made by the real verbs except the PDF bytes, which here are blank pages.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import pikepdf
from django.db.backends.postgresql.psycopg_any import DateRange

from breach.core import crypto, keyring
from breach.core.references import new_reference
from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    Attorney,
    ContactPoint,
    Exposure,
    Facility,
    Incident,
    PersonKey,
    PersonLanguage,
    Placement,
    Representation,
    User,
)
from breach.services import incidents
from breach.services.users import system_user
from notifications.models import Artefact, Delivery, LetterVersion, Stage
from notifications.services import letters, preparing

SINCE = date(2022, 1, 1)


@dataclass
class World:
    """One incident, its staff, its letter, and the deliveries queued so far."""

    incident: Incident
    version: LetterVersion
    system: User
    supervisor: User
    privacy: User
    mail_room: User
    people: list[AffectedPerson] = field(default_factory=list)

    def represented(self, count: int) -> list[Delivery]:
        """People with an attorney of record who has e-mail; each gets one e-mail delivery, ready to leave."""
        people = self._people(count)
        for person in people:
            attorney = Attorney.objects.create(
                name="Invented Counsel",
                email=f"{person.reference.lower()}@firm.invalid",
                email_verified=True,
            )
            Representation.objects.create(
                person=person, attorney=attorney, forum=self.incident.forum, period=DateRange(SINCE, None),
                evidence="g28", status="active",
            )  # fmt: skip
        return self._queue(people, "email")

    def detained(
        self, count: int, facility: Facility | None = None, speaking: str = "es"
    ) -> list[Delivery]:
        """People held at one facility; each gets one letter to be handed over, ready to leave."""
        place = facility or self.facility()
        people = self._people(count, speaking)
        Placement.objects.bulk_create(
            Placement(person=person, facility=place, period=DateRange(SINCE, None))
            for person in people
        )
        return self._queue(people, "hand")

    def outside(self, count: int) -> list[Delivery]:
        """People with a deliverable, safe address; each gets one letter for the mail house, ready to leave."""
        people = self._people(count)
        for person in people:
            ContactPoint.objects.create(
                person=person, kind="address", value="2 Way\nTown, ST 00002", deliverability="deliverable",
                verified=True,
            )  # fmt: skip
        return self._queue(people, "mailhouse")

    def facility(self) -> Facility:
        """A new invented place."""
        number = Facility.objects.count() + 1
        return Facility.objects.create(
            code=f"INV{number:04}", name=f"Invented Center {number}", address="1 Way\nTown"
        )

    def _people(self, count: int, speaking: str = "es") -> list[AffectedPerson]:
        people = []
        for _number in range(count):
            person = AffectedPerson(reference=new_reference("P"))
            keyring.remember(str(person.pk), crypto.new_key())
            person.given_names, person.family_name = "Ana", "Inventada"
            people.append(person)
        AffectedPerson.objects.bulk_create(people)
        PersonKey.objects.bulk_create(
            PersonKey(person=p, wrapped=keyring.wrap(str(p.pk), keyring.data_key(str(p.pk))))
            for p in people
        )
        PersonLanguage.objects.bulk_create(
            PersonLanguage(person=p, tag=speaking, reads=True if speaking == "es" else None)
            for p in people
            if speaking  # "": nobody recorded it
        )
        Exposure.objects.bulk_create(
            Exposure(incident=self.incident, person=p, elements=["name"]) for p in people
        )
        self.people += people
        return people

    def _queue(self, people: list[AffectedPerson], channel: str) -> list[Delivery]:
        preparing.prepare(actor=self.system, incident=self.incident)
        rows = Delivery.objects.filter(person_id__in=[p.pk for p in people], channel=channel)
        finish(list(rows))
        return list(rows.order_by("queued_at", "id"))


def finish(deliveries: list[Delivery], ago: timedelta = timedelta(0)) -> None:
    """Give deliveries their bytes, as the renderer would, or would have some time ago."""
    keyring.preload(str(row.person_id) for row in deliveries)
    pdf = blank_pdf()
    now = datetime.now(UTC) - ago
    Artefact.objects.bulk_create(
        Artefact(
            delivery=row, person_id=row.person_id, sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf),
            pages=2, pdf=pdf, approved_sha256=row.letter_version.content_sha256, verified_at=now,
        )
        for row in deliveries
    )  # fmt: skip


@lru_cache(maxsize=1)
def blank_pdf() -> bytes:
    """Two empty pages."""
    document, stream = pikepdf.new(), io.BytesIO()
    for _page in range(2):
        document.add_blank_page()
    document.save(stream)
    return stream.getvalue()


def user(role: Role, name: str) -> User:
    return User.objects.create(username=name, role=role, first_name=name.title())


def make_world(slug: str = "invented", *, released: bool = True) -> World:
    """An incident whose letter is signed by two people, with nobody in it yet.

    Past the stages of its release, because its letters are blank pages: no reader would let them out in the first.
    """
    supervisor, privacy = (
        user(Role.SUPERVISOR, f"sup-{slug}"),
        user(Role.PRIVACY_OFFICER, f"priv-{slug}"),
    )
    second = user(Role.SUPERVISOR, f"sup2-{slug}")
    incident = incidents.open_incident(
        actor=supervisor, slug=slug, title="Invented", occurred_at=datetime(2022, 11, 28, tzinfo=UTC),
        discovered_at=datetime(2022, 11, 28, tzinfo=UTC), extract_as_of=date(2022, 11, 1), data_elements=["name"],
        copy_to_person=False, contact_phone="+1 555 0100", contact_email="help@agency.invalid",
        contact_address="1 Agency Way\nTown, ST 00001", signatory_name="Invented Signatory",
        signatory_title="Director", agency_name="Invented Agency",
    )  # fmt: skip
    version = letters.adopt_standard_wording(actor=privacy, incident=incident)
    for translation in version.translations.all():
        letters.review_translation(actor=supervisor, translation=translation)
    for signer in (supervisor, second):
        letters.sign(actor=signer, version=version)
    version.refresh_from_db()
    if released:
        Stage.objects.create(incident=incident, number=2, limit=None, opened_by=supervisor)
    return World(
        incident, version, system_user(), supervisor, privacy, user(Role.MAIL_ROOM, f"mail-{slug}")
    )
