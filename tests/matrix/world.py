"""Two incidents of two teams with a record of every kind, and one of each role in the first team."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.test import Client

from breach.core.references import new_reference
from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    Attorney,
    ContactPoint,
    Delay,
    DuplicatePair,
    EvidenceKind,
    Export,
    Exposure,
    FollowUpKind,
    Incident,
    Roster,
    RosterRow,
    SignIn,
    Team,
    User,
)
from breach.models.rosters import RosterStatus, RowOutcome
from breach.services import clock, followups, granting, merging, rosters, teams
from breach.services.rosters_asking import ask_to_read
from breach.services.rosters_staging import stage_roster
from notifications.models import Batch, Delivery, Notification, Receipt, ReceiptFile
from notifications.services import outcomes, preparing, proving
from notifications.services.claiming import claim, due
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World as Outbox
from tests.notifications.outbox_world import finish, make_world
from tests.signing_in import client_of, give_app

from .rows import ROLES, Row

Words = Mapping[str, Any]
HOURS = 10 * 60 * 60
COLUMNS = "Name,Birthdate,Nationality,Detention Location\n"


@dataclass(frozen=True)
class Records:
    """What stands in an address, by kind of record."""

    words: dict[str, Words]

    def of(self, kind: str, role: Role | None = None) -> Words:
        """Some records differ by desk: the mail room has follow-ups of its own."""
        return self.words.get(f"{kind} of {role}", self.words.get(kind, {}))


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door with a session; `role` is None for strangers and the disabled."""

    label: str
    client: Client
    role: Role | None = None


@dataclass(frozen=True)
class World:
    own: Records  # of the first team, assigned to its case worker and its attorney
    colleague: Records  # in the same incident, but a case of another team and of another attorney
    foreign: Records  # in an incident that only another team has
    absent: Records  # nowhere
    visitors: dict[Role, Visitor]
    strangers: tuple[Visitor, ...]

    def elsewhere(self, row: Row, role: Role, *, thoroughly: bool) -> Iterator[tuple[str, Words]]:
        """Ways to ask for what is not the role's and for what is not there; all of them when asked `thoroughly`."""
        own = self.own.of(row.kind, role)
        if not own:
            return
        for label, records in (("foreign", self.foreign), ("absent", self.absent)):
            other = records.of(row.kind)
            yield label, other
            if not thoroughly:
                continue
            if "slug" in own and other.items() - {"slug": other["slug"]}.items() - own.items():
                yield f"{label} in the own incident", {**other, "slug": own["slug"]}
        if (
            thoroughly
            and role in (Role.CASE_WORKER, Role.ATTORNEY)
            and (case := self.colleague.of(row.kind))
        ):
            yield "a colleague's", case


def make() -> World:
    """Builds it all by factories and verbs; takes a few seconds."""
    ours, theirs = (Team.objects.create(name=name) for name in ("Ours", "Theirs"))
    staff = {role: factories.user(role) for role in ROLES}
    for role in ROLES[:5]:
        User.objects.filter(pk=staff[role].pk).update(team=ours)
        staff[role].refresh_from_db()
    other = factories.user(Role.CASE_WORKER, team=theirs)
    disabled = factories.user(Role.SUPERVISOR)
    here, there = make_world("here"), make_world("there")
    lawyer, other_lawyer = (factories.attorney(account=one) for one in (staff[Role.ATTORNEY], None))
    own = _case(here, staff[Role.CASE_WORKER], lawyer)
    colleague = _case(here, other, other_lawyer)
    foreign = _case(there, other, other_lawyer)
    grant = granting.ask_for_role(
        actor=staff[Role.ADMINISTRATOR],
        user=other,
        role=Role.SUPERVISOR,
        reason="An invented reason",
    )
    own |= _of_incident(here) | {
        "account": {"pk": other.pk},
        "looker": {"pk": other.pk},
        "team": {"pk": ours.pk},
        "approval of administrator": {"pk": grant.pk},
    }
    for role in (Role.SUPERVISOR, Role.PRIVACY_OFFICER):
        own[f"export of {role}"] = _export(here.incident, staff[role])
    own["export"] = own[f"export of {Role.SUPERVISOR}"]
    foreign |= _of_incident(there) | {
        "export": _export(there.incident, there.supervisor),
        "account": {"pk": here.system.pk},
        "looker": {"pk": staff[Role.ATTORNEY].pk},
        "team": {"pk": uuid.uuid4()},  # whoever sees teams sees all of them
    }
    for outbox, having in ((here, (ours, theirs)), (there, (theirs,))):
        teams.give_incident(actor=outbox.supervisor, incident=outbox.incident, teams=having)
    connection.check_constraints()  # the history gets its places in the chain
    for role, user in staff.items():
        own |= {f"{kind} of {role}": words for kind, words in _of_account(user).items()}
    own |= _of_account(other)  # of somebody: whose it is makes no difference to strangers
    foreign |= _of_account(here.supervisor)
    visitors = {role: Visitor(str(role), _session(staff[role]), role) for role in ROLES}
    disabled_one = Visitor("disabled", _session(disabled))
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    return World(
        own=Records(own), colleague=Records(colleague), foreign=Records(foreign),
        absent=Records({kind: _absent(words) for kind, words in own.items()}),
        visitors=visitors, strangers=(Visitor("anonymous", Client(raise_request_exception=False)), disabled_one),
    )  # fmt: skip


def _session(user: User) -> Client:
    """With a second factor shown just now, for as long as the table takes."""
    return client_of(user, ago=-HOURS, raise_request_exception=False)


def _of_account(user: User) -> dict[str, Words]:
    """A second factor and a session; whose account it is cannot be seen in the address."""
    give_app(user)
    session = SignIn.objects.create(user=user, browser="Test")
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return {"factor": {"pk": factor.pk}, "session": {"pk": session.pk}}


def _case(outbox: Outbox, worker: User, lawyer: Attorney) -> dict[str, Words]:
    """Somebody with counsel, told through counsel and in custody too, and every record that hangs on it."""
    slug = outbox.incident.slug
    person, twin = factories.person(), factories.person()
    for one in (person, twin):
        factories.exposure(of=one, incident=outbox.incident, elements=["name"], caseworker=worker)
    exposure = Exposure.objects.get(person=person)
    appearance = factories.representation(person, by=lawyer)
    point = ContactPoint.objects.create(person=person, kind="phone", value="+12025550188")
    factories.placement(twin)
    unclear = _told(outbox, twin, unclear=True)
    delivery = _told(outbox, person)
    proof = proving.record_evidence(
        actor=outbox.supervisor, notification=delivery.notification, kind=EvidenceKind.COURT_STAMP,
        proven_at=clock.now(),
    )  # fmt: skip
    follow_up = followups.open_follow_up(
        actor=outbox.supervisor, incident=outbox.incident, exposure=exposure, reason="An invented reason",
        kind=FollowUpKind.NO_ROUTE, due_on=clock.today(), owner=worker,
    )  # fmt: skip
    for_mail = followups.open_follow_up(
        actor=outbox.supervisor, incident=outbox.incident, exposure=exposure, reason="An invented reason",
        kind=FollowUpKind.OTHER, due_on=clock.today(), desk=Role.MAIL_ROOM,
    )  # fmt: skip
    third = factories.exposure(incident=outbox.incident, caseworker=worker).person
    asked = merging.ask_to_join(
        actor=outbox.supervisor, pair=_pair(outbox.incident, person, third), keep=person,
        reason="An invented reason",
    )  # fmt: skip
    where = {"slug": slug, "reference": person.reference}
    delay = Delay.objects.create(
        incident=outbox.incident, exposure=exposure, authority="An invented authority", reason="Invented",
        starts_on=date(2999, 1, 1), ends_on=date(2999, 1, 2), decided_by=outbox.supervisor,
    )  # fmt: skip
    return {
        "person": where,
        "counsel": {**where, "pk": appearance.pk},
        "delay": {**where, "pk": delay.pk},
        "contact-point": {**where, "pk": point.pk},
        "exposure": {"pk": exposure.pk},
        "follow-up": {"pk": follow_up.pk},
        "follow-up of mail_room": {"pk": for_mail.pk},
        "pair": {"slug": slug, "pk": _pair(outbox.incident, person, twin).pk},
        "approval": {"pk": asked.pk},
        "delivery": {"pk": delivery.pk},
        "unclear": {"pk": unclear.pk},
        "notice": {"reference": delivery.notification.reference},
        "notification": {"pk": delivery.notification_id},
        "proof": {**where, "pk": proof.pk},
    }


def _told(outbox: Outbox, person: AffectedPerson, *, unclear: bool = False) -> Delivery:
    """A letter to this person that has left, or of which nobody knows whether it has."""
    preparing.prepare(actor=outbox.system, incident=outbox.incident)
    duty = Notification.objects.filter(exposure__person=person).order_by("-is_required")[0]
    delivery = Delivery.objects.get(notification=duty)
    finish([delivery])
    if not unclear:
        return send_out(outbox, [delivery])[0]
    claims = claim(due(delivery.channel).filter(pk=delivery.pk), limit=1)
    Delivery.objects.filter(pk=delivery.pk).update(state="sending")
    outcomes.unknown(actor=outbox.system, claims=claims, detail="connection lost")
    return delivery


def _pair(incident: Incident, one: AffectedPerson, other: AffectedPerson) -> DuplicatePair:
    first, second = sorted((one, other), key=lambda person: person.pk)
    roster = Roster.objects.create(
        incident=incident, sha256=uuid.uuid4().hex * 2, size=1, imported_by=incident.opened_by
    )
    return DuplicatePair.objects.create(first=first, second=second, roster=roster, score=88)


def _of_incident(outbox: Outbox) -> dict[str, Words]:
    """A roster that waits, one that is in with an open row, a batch on paper, a file of receipts, and the letter."""
    incident, actor = outbox.incident, outbox.supervisor
    slug = incident.slug
    row = f'{COLUMNS}"Funes {slug}",03/04/1990,Honduras,\n'.encode()
    rosters.import_roster(actor=actor, incident=incident, source=row)
    taken = Roster.objects.get(incident=incident, status=RosterStatus.COMMITTED)
    source = f'{COLUMNS}"Zelaya, Rut {slug}",1990-05-17,Honduras,\n'.encode()
    staged = stage_roster(actor=actor, incident=incident, source=source)
    rosters.check_roster(actor=actor, roster=staged)
    job = ask_to_read(actor=actor, incident=incident, data=source)
    undecided = RosterRow.objects.get(roster=taken, outcome=RowOutcome.CONFLICT)
    return {
        "incident": {"slug": slug},
        "incident-id": {"pk": incident.pk},
        "roster": {"slug": slug, "pk": staged.pk},
        "roster-in": {"slug": slug, "pk": taken.pk},
        "roster-row": {"slug": slug, "pk": taken.pk, "number": undecided.number},
        "roster-job": {"slug": slug, "pk": job.pk},
        "roster-job-id": {"pk": job.pk},
        "batch": {"number": _batch(incident).number},
        "receipt-file": {"pk": _receipt_file(incident, actor).pk},
        "version": {"slug": slug, "number": outbox.version.number},
        "wording": {"slug": slug, "number": outbox.version.number, "language": "es"},
    }


def _export(incident: Incident, asked_by: User) -> Words:
    """A table that somebody asked for; nobody has approved it yet."""
    export = Export.objects.create(
        reference=new_reference("X"), kind="service_figures", incident=incident, asked_by=asked_by, hours=4,
        recipient={"name": "Invented Court", "address": "1 Way"},
    )  # fmt: skip
    return {"slug": incident.slug, "pk": export.pk}


def _batch(incident: Incident) -> Batch:
    """A written batch with one file in the spool."""
    number = new_reference("B")
    batch = Batch.objects.create(
        number=number, incident=incident, channel="hand", state="written", folder=number.lower()
    )
    folder = Path(settings.SPOOL_DIR, batch.channel, batch.folder)
    folder.mkdir(parents=True)
    content = b"an invented manifest\n"
    (folder / "manifest.csv").write_bytes(content)
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.csv\n")
    return batch


def _receipt_file(incident: Incident, brought_by: User) -> ReceiptFile:
    """A file with news about one letter of the incident."""
    file = ReceiptFile.objects.create(
        sha256=uuid.uuid4().hex * 2, kind="carrier_scan", imported_by=brought_by
    )
    Receipt.objects.create(
        delivery=Delivery.objects.filter(incident=incident)[0], kind="accepted", at=clock.now(), source="carrier_scan",
        source_key=uuid.uuid4().hex, file=file, recorded_by=brought_by,
    )  # fmt: skip
    return file


def _absent(words: Words) -> Words:
    """The same address with nothing behind it."""
    nowhere = {"slug": "nowhere", "reference": new_reference(), "language": "xx"}
    of_type: dict[type, Any] = {int: 999_999, str: "B-0000", uuid.UUID: uuid.uuid4()}
    return {word: nowhere.get(word, of_type[type(value)]) for word, value in words.items()}
