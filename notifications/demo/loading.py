"""Load the demo: accounts, places, the incident, its roster, and the letter signed by two people. Runs once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count

from breach.core.roles import Role
from breach.models import Attorney, DataElement, Exposure, Incident, User
from breach.services import clock, incidents, people, rosters
from breach.services.attorneys import invite
from breach.services.facilities import import_facilities
from breach.services.users import create_user, system_user
from notifications.models import LetterVersion, VersionStatus
from notifications.services import letters

from .roster import facilities_csv, roster_csv

SLUG = "demo"
RELEASED_EVERY = 9  # one in so many has been released, to an invented address

STAFF: tuple[tuple[str, Role, str, list[str]], ...] = (
    ("case-worker", Role.CASE_WORKER, "Cora Diaz", ["es", "en"]),
    ("case-worker-2", Role.CASE_WORKER, "Wesley Park", ["en", "ht", "fr"]),
    ("case-worker-3", Role.CASE_WORKER, "Inés Campos", ["es", "pt", "mam"]),
    ("supervisor", Role.SUPERVISOR, "Stella Novak", ["en"]),
    ("privacy-officer", Role.PRIVACY_OFFICER, "Paul Adeyemi", ["en"]),
    ("mail-room", Role.MAIL_ROOM, "Mona Reed", ["en"]),
    ("auditor", Role.AUDITOR, "Ada Lind", ["en"]),
    ("administrator", Role.ADMINISTRATOR, "Abel Stone", ["en"]),
)
ATTORNEY = "attorney"


def load(people_wanted: int, say: Callable[[str], None]) -> Incident:
    """The demo incident, made if it is not there. An interrupted load goes on where it stopped."""
    actor = system_user()
    for username, role, name, languages in STAFF:
        if not User.objects.filter(username=username).exists():
            create_user(
                actor=actor,
                username=username,
                role=role,
                password=None,
                full_name=name,
                languages=languages,
            )
    incident = Incident.objects.filter(slug=SLUG).first() or _open(actor)
    if not incident.rosters.exists():
        say(f"importing a roster of {people_wanted} invented people")
        import_facilities(actor=actor, source=facilities_csv())
        rosters.import_roster(
            actor=actor,
            incident=incident,
            source=roster_csv(people_wanted),
            as_of=date(2022, 11, 19),
            described_as="Demonstration roster",
        )
    _release_some(actor, incident)
    _sign_letter(incident)
    return incident


def _open(actor: User) -> Incident:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return incidents.open_incident(
        actor=actor,
        slug=SLUG,
        title="Demonstration: list of people in custody published by mistake",
        occurred_at=now - timedelta(days=6),
        discovered_at=now - timedelta(days=6) + timedelta(hours=4),
        contained_at=now - timedelta(days=6) + timedelta(hours=5),
        extract_as_of=clock.today() - timedelta(days=15),
        data_elements=[
            DataElement.NAME, DataElement.BIRTH_DATE, DataElement.NATIONALITY, DataElement.A_NUMBER,
            DataElement.DETENTION_LOCATION, DataElement.CASE_STATUS,
        ],
        agency_name="Example Agency for Demonstrations",
        contact_phone="1-202-555-0100",
        contact_email="notice@agency.example",
        contact_address="Example Agency, Notice Office\n1 Example Plaza\nWashington, DC 20001",
        signatory_name="Jordan Example",
        signatory_title="Chief Privacy Officer",
    )  # fmt: skip


def _release_some(actor: User, incident: Incident) -> None:
    """Some people have left custody; they gave an address when they did."""
    held = (
        Exposure.objects.filter(incident=incident)
        .select_related("person")
        .order_by("person__reference")
    )
    for number, exposure in enumerate(held[::RELEASED_EVERY]):
        if exposure.person.released_on is None and not exposure.person.representations.exists():
            people.mark_released(
                actor=actor,
                person=exposure.person,
                on=clock.today() - timedelta(days=3),
                address_lines=[
                    f"{100 + number} Sample Avenue, Apt {number % 40 + 1}",
                    "Springfield, IL 60000",
                ],
                source="Demonstration",
            )


def _sign_letter(incident: Incident) -> None:
    if letters.approved_version(incident) is not None:
        return
    officer, supervisor = (
        User.objects.get(username=name) for name in ("privacy-officer", "supervisor")
    )
    version = LetterVersion.objects.filter(
        letter__incident=incident, status=VersionStatus.SUBMITTED
    ).first() or letters.adopt_standard_wording(actor=system_user(), incident=incident)
    for translation in version.translations.filter(reviewed_at=None):
        letters.review_translation(actor=officer, translation=translation)
    for signer in (officer, supervisor):
        if not version_signed_by(version, signer):
            letters.sign(actor=signer, version=version)


def version_signed_by(version: LetterVersion, signer: User) -> bool:
    return version.letter.incident.sign_offs.filter(
        subject_id=version.pk, content_sha256=version.content_sha256, signed_by=signer
    ).exists()


def counsel_accounts(incident: Incident) -> None:
    """Every attorney with a client gets an account, the one with the most clients the first."""
    actor = system_user()
    waiting = (
        Attorney.objects.filter(user=None, representations__person__exposures__incident=incident)
        .annotate(clients=Count("representations"))
        .order_by("-clients", "pk")
    )
    for number, attorney in enumerate(waiting):
        taken = User.objects.filter(username=ATTORNEY).exists()
        username = ATTORNEY if not taken else f"attorney-{secrets.token_hex(4)}-{number}"
        invite(actor=actor, attorney=attorney, username=username, password=None)
