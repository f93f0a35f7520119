"""The demo's incident, small, with every kind of row: letters sent and answered, rosters that wait."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.test import override_settings

from breach.core.roles import Role
from breach.models import AffectedPerson, DuplicatePair, Incident, Roster, User
from breach.services import granting, rosters, teams
from breach.services.rosters_asking import ask_to_read
from breach.services.rosters_staging import stage_roster
from notifications import mailsink
from notifications.demo import loading, simulation
from notifications.management.running import run
from notifications.models import Delivery
from notifications.states import DeliveryState


def build(people: int) -> Incident:
    """Load the demo, send everything, and let it be answered; `SPOOL_DIR` and `MAILDIR` should be the caller's own."""
    incident = loading.load(people, lambda _sentence: None)
    with mailsink.serving(Path(settings.MAILDIR)) as port:
        relay = {**settings.SMTP, "host": "127.0.0.1", "port": port}
        with override_settings(SMTP=relay):
            send_everything(incident)
    more_rosters(incident)
    loading.counsel_accounts(incident)
    simulation.play(incident, lambda _sentence: None)
    return incident


def send_everything(incident: Incident) -> None:
    """As `manage.py notify` does, from stage to stage of the release."""
    run(incident=incident, processes=1)


def more_rosters(incident: Incident) -> None:
    """One that waits to be taken in, and one with a row that somebody must decide: its date may be read two ways."""
    columns = "Name,Birthdate,Nationality,Detention Location\n"
    staged, doubtful = (
        f'{columns}"{name}",{born},Honduras,\n'.encode()
        for name, born in (("Zelaya, Rut", "1990-05-17"), ("Funes, Mar", "03/04/1990"))
    )
    supervisor = somebody(Role.SUPERVISOR)
    rosters.import_roster(actor=supervisor, incident=incident, source=doubtful)
    waiting = stage_roster(actor=supervisor, incident=incident, source=staged)
    rosters.check_roster(actor=supervisor, roster=waiting)


def rare_rows() -> None:
    """What not every small world happens to have: two people to compare, an unknown outcome, a team, waiting work."""
    one, other = AffectedPerson.objects.exclude(exposures=None).order_by("pk")[:2]
    DuplicatePair.objects.get_or_create(
        first=one, second=other, defaults={"score": 80, "roster": Roster.objects.all()[0]}
    )
    left = [DeliveryState.SENT, DeliveryState.DELIVERED]
    chosen = Delivery.objects.filter(state__in=left).order_by("pk")[0]
    Delivery.objects.filter(pk=chosen.pk).update(state=DeliveryState.AMBIGUOUS)

    worker, administrator = somebody(Role.CASE_WORKER), somebody(Role.ADMINISTRATOR)
    teams.make_team(actor=administrator, name="Invented team")
    ask_to_read(
        actor=somebody(Role.SUPERVISOR),
        incident=Incident.objects.get(slug="demo"),
        data=b'Name,Birthdate,Nationality,Detention Location\n"Paz, Sol",1990-05-18,Honduras,\n',
    )
    granting.ask_for_role(
        actor=administrator, user=worker, role=Role.MAIL_ROOM, reason="Moves to another desk"
    )


def somebody(role: Role) -> User:
    """Who has worked at this desk the longest."""
    return User.objects.filter(role=role).order_by("date_joined")[0]
