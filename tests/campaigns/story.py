"""The planted people through the whole product, as their desks do it: taken in, told, called, answered for."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

from django.urls import reverse

from breach.core.roles import Role
from breach.models import AffectedPerson, Approval, Attorney, Exposure, Incident, User
from breach.models.rosters import RosterStatus
from breach.services import clock, exporting, incidents, people, teams
from breach.services.users import system_user
from notifications.models import Delivery, Notification
from notifications.services import letters
from tests import factories
from tests.campaigns import breaking, planted
from tests.campaigns.pages import HARMLESS
from tests.campaigns.planted import PEOPLE, Planted
from tests.campaigns.stage import Stage
from tests.campaigns.walking import Desk, Walk
from tests.factories import Cast
from tests.second_person import approves
from tests.signing_in import give_app

SLUG = "canary"
WAITING = ("queued", "claimed", "sending")


class Story:
    """One incident with its desks."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.cast: Cast = factories.cast()
        self.administrator: User = factories.user(Role.ADMINISTRATOR)
        self.incident = self._open()

    @property
    def users(self) -> list[User]:
        cast = self.cast
        return [
            cast.supervisor, cast.privacy, cast.worker, cast.mail_room, cast.attorney, cast.auditor,
            self.administrator,
        ]  # fmt: skip

    def _open(self) -> Incident:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        incident = incidents.open_incident(
            actor=self.cast.supervisor, slug=SLUG, title="List published by mistake", occurred_at=yesterday,
            discovered_at=yesterday + timedelta(hours=4), agency_name="Test Agency",
            contact_phone="1-202-555-0100", contact_email="help@agency.example",
            contact_address="1 Test Plaza, Washington, DC 20001", signatory_name="Jo Test", signatory_title="Officer",
        )  # fmt: skip
        version = letters.adopt_standard_wording(actor=system_user(), incident=incident)
        for translation in version.translations.all():
            letters.review_translation(actor=self.cast.privacy, translation=translation)
        letters.sign(actor=self.cast.privacy, version=version)
        letters.sign(actor=self.cast.second_supervisor, version=version)
        return incident

    def take_in(self, desk: Desk) -> None:
        """By page and by command, CSV and XLSX, whole and broken, tried and done, and once more."""
        facilities = self._file("facilities.csv", planted.FACILITIES)
        self.stage.manage("import_facilities", facilities)
        upload = reverse("roster-upload", args=[SLUG])
        for number, (name, content) in enumerate(planted.broken_files().items()):
            desk.send(upload, {}, files={"file": (name, content)})
            if number < 2:  # a command takes its time to start
                file = self._file(f"broken-{number}.csv", content)
                self.stage.manage("import_roster", file, "--incident", SLUG, fails=True)
        book = self._file("book.xlsx", planted.roster_xlsx())
        self.stage.manage("import_roster", book, "--incident", SLUG, "--dry-run")
        self.stage.manage("import_roster", book, "--incident", SLUG)
        self.stage.manage("import_roster", book, "--incident", SLUG, "--json")
        for content in (planted.roster_csv(), planted.hostile_csv()):
            desk.send(upload, {}, files={"file": ("list.csv", content)})
            self._commit(desk)
        self.stage.until("everybody is taken in", lambda: self._everybody() >= len(PEOPLE))

    def leave_waiting(self, desk: Desk) -> None:
        """What only some states show: a list nobody has decided about, an unknown outcome, a second factor."""
        desk.send(
            reverse("roster-upload", args=[SLUG]),
            {},
            files={"file": ("again.csv", planted.one_row())},
        )
        self.stage.until(
            "the second list is read",
            self.incident.rosters.filter(status=RosterStatus.STAGED).exists,
        )
        ambiguous = Delivery.objects.filter(channel="email")[:1]
        Delivery.objects.filter(pk__in=ambiguous.values("pk")).update(state="ambiguous")
        give_app(self.cast.supervisor)

    def _commit(self, desk: Desk) -> None:
        """From the dry run, which a worker makes, to the case file."""
        waiting = self.incident.rosters.filter(status=RosterStatus.STAGED)
        if not self.stage.until("the file is read", waiting.exists):
            raise RuntimeError("the roster was not taken for a dry run")
        parts = {"slug": SLUG, "pk": waiting[0].pk}
        desk.get(reverse("roster-detail", kwargs=parts))
        desk.send(reverse("roster-commit", kwargs=parts), {})
        self.stage.until("the roster is in", lambda: not waiting.exists())

    def _everybody(self) -> int:
        return Exposure.objects.filter(incident=self.incident).count()

    def person(self, one: Planted) -> AffectedPerson:
        """The record of somebody planted: found by opening all."""
        everybody = AffectedPerson.objects.filter(exposures__incident=self.incident)
        return next(person for person in everybody if person.family_name == one.family_name)

    def put_on_file(self) -> None:
        """What becomes known beside the list: guardians, addresses, phones; two are outside custody."""
        actor = self.cast.supervisor
        for one in PEOPLE:
            person = self.person(one)
            people.set_guardian(
                actor=actor, person=person, name=one.guardian, relationship="aunt", phone=one.phone,
                address=f"{one.street}\nDallas, TX 75001", evidence="birth certificate", verified=True,
            )  # fmt: skip
            people.add_contact_point(
                actor=actor, person=person, kind="phone", value=one.phone, verified=True, safe=True
            )
        for one in PEOPLE[4:]:
            people.mark_released(
                actor=actor, person=self.person(one), on=clock.today() - timedelta(days=1),
                address_lines=[one.street, "Dallas, TX 75001"], safe=True, source="facility list",
            )  # fmt: skip
        export = exporting.ask_for_export(
            actor=actor, incident=self.incident, kind="not_told_names", format="csv", recipient="Records Office",
            address="1 Test Plaza, Washington, DC 20001", passphrase="a long sentence that opens the file", hours=24,
            reason=HARMLESS,
        )  # fmt: skip
        approves(self.cast.privacy, export)
        teams.make_team(actor=self.administrator, name="First team")
        attorney = Attorney.objects.get(email__startswith="vera@")
        attorney.user = self.cast.attorney
        attorney.save()

    def tell(self, desk: Desk) -> None:
        """By the page, with a worker that is killed in the middle, and by the command."""
        desk.send(reverse("notify", args=[SLUG]), {"reason": HARMLESS})
        self.stage.until(
            "a release is asked for", lambda: Approval.objects.filter(state="open").exists()
        )
        approves(self.cast.second_supervisor, self.incident)
        self.stage.until("letters are queued", lambda: Delivery.objects.exists())
        self.stage.kill_worker()
        person = str(self.person(PEOPLE[2]).pk)
        self.stage.until(
            "the worker is back", lambda: self.stage.supervisor.children["worker"].restarts > 0
        )
        Delivery.objects.update(render_lease_until=None)  # as if its two minutes were over
        breaking.fail.apply_async([person], queue="send")
        breaking.fall.apply_async([person], queue="send")
        self.stage.manage("notify", SLUG)
        self.stage.until(
            "everything has left", lambda: not Delivery.objects.filter(state__in=WAITING).exists()
        )

    def hear(self, desk: Desk) -> None:
        """Receipts by page and by command, some rows with somebody's data where the reference should be."""
        path = reverse("receipts")
        references = list(Notification.objects.values_list("reference", flat=True))
        sheet = [["reference", "outcome", "date", "officer", "witness"]]
        sheet += [[ref, "delivered", f"{clock.today()}", "4711", "0815"] for ref in references[:2]]
        sheet += [
            [one.family_name, one.given_names, f"{one.born}", one.note, one.street]
            for one in PEOPLE
        ]
        returned = [["reference", "date", "reason"], [references[-1], f"{clock.today()}", "vacant"]]
        returned += [[one.a_number, one.street, one.note] for one in PEOPLE]
        for number, rows in enumerate((sheet, returned)):
            content = _csv(rows)
            desk.send(path, {}, files={"file": (f"{PEOPLE[number].family_name}.csv", content)})
            self.stage.manage("import_receipts", self._file(f"receipts-{number}.csv", content))

    def program_the_interface(self, walk: Walk) -> None:
        """The API: contacts with notes, and bodies full of data where none belong."""
        desk = walk.by_role(Role.CASE_WORKER)
        desk.http.headers.update({"X-CSRFToken": "a" * 32, "Referer": desk.base})
        for one in PEOPLE:
            exposure = Exposure.objects.get(person=self.person(one))
            entry = {
                "at": f"{datetime.now(UTC) - timedelta(minutes=9):%Y-%m-%dT%H:%M:%SZ}", "channel": "phone",
                "reached": "nobody", "outcome": "no_answer", "note": one.note,
            }  # fmt: skip
            path = reverse("api-contacts", args=[exposure.pk])
            for body in (
                entry,
                {**entry, "outcome": one.note},
                {**entry, "at": one.given_names, "corrects": one.note},
            ):
                desk.http.post(desk.base + path, json=body, timeout=60)
            desk.http.post(
                desk.base + reverse("api-receipts"), json={"reference": one.family_name}, timeout=60
            )
            desk.http.post(desk.base + path, data=f"{{{one.note}".encode(), timeout=60,
                           headers={"Content-Type": "application/json"})  # fmt: skip

    def commands_that_fail(self) -> None:
        """Commands that break with a row in the message of the database."""
        self.stage.as_superuser(
            "CREATE FUNCTION canary_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE EXCEPTION 'cannot keep %', NEW; END$$;",
            "CREATE TRIGGER canary_refuse BEFORE INSERT ON breach_rosterrow"
            " FOR EACH ROW EXECUTE FUNCTION canary_refuse();",
        )
        file = self._file("refused.csv", planted.hostile_csv() + b"\n")
        self.stage.manage("import_roster", file, "--incident", SLUG, fails=True)
        self.stage.as_superuser("DROP TRIGGER canary_refuse ON breach_rosterrow;")

    def _file(self, name: str, content: bytes) -> str:
        path = self.stage.desk / name
        path.write_bytes(content)
        return str(path)


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
