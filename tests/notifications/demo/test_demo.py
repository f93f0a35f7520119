"""The demo in small, on real parts: every promise holds, whatever the world outside does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.models import Q
from pytest_django import Settings

from breach.models import Exposure, Incident, PersonLanguage, User
from breach.services import people
from breach.services.users import system_user
from notifications import invariants, mailsink, queries
from notifications.demo import loading, simulation
from notifications.management.running import run
from notifications.models import Artefact, Delivery
from notifications.services import letters, preparing

PEOPLE = 10
pytestmark = pytest.mark.django_db(transaction=True)


def silent(_sentence: str) -> None:
    """Nobody listens."""


@pytest.fixture
def incident(settings: Settings, tmp_path: Path, sink: Path) -> Incident:
    """The demo incident, loaded and its letters sent once, to a real mail server and a real spool.

    One person with counsel and one without speak a language that is rarely read.
    """
    settings.SPOOL_DIR = tmp_path / "spool"
    incident = loading.load(PEOPLE, silent)
    represented = Q(person__representations__isnull=False)
    for someone in (represented, ~represented & Q(person__released_on=None)):
        rarely_read = Exposure.objects.filter(someone, incident=incident).earliest("created_at")
        people.set_language(
            actor=system_user(), person=rarely_read.person, tag="mam", reads=False, verified=True, source="test"
        )  # fmt: skip
    PersonLanguage.objects.filter(rank__gt=1).delete()
    report = run(incident=incident, processes=1)
    assert report.letters_made == Artefact.objects.count() > 0
    loading.counsel_accounts(incident)
    return incident


def broken(incident: Incident) -> dict[str, int]:
    found = invariants.check(Incident.objects.filter(pk=incident.pk))
    return {name: count for name, count in found.items() if count}


def go_on(incident: Incident) -> None:
    """Another round: what was moved, sent back or answered is followed."""
    run(incident=incident, processes=1)
    loading.counsel_accounts(incident)
    simulation.play(incident, silent)


def test_the_demo_in_small_keeps_every_promise_at_every_step(
    incident: Incident, sink: Path
) -> None:
    assert broken(incident) == {}
    assert queries.funnel(incident)["underway"] > 0
    answers = simulation.play(incident, silent)
    assert sum(answers.values()) > 0
    assert broken(incident) == {}
    go_on(incident)
    assert broken(incident) == {}
    assert sum(queries.funnel(incident).values()) == PEOPLE
    emails = Delivery.objects.filter(channel="email").exclude(state__in=["queued", "cancelled"])
    assert mailsink.count(sink) == emails.count()
    assert loading.load(PEOPLE, silent) == incident
    assert run(incident=incident, processes=1).sent == 0  # nothing is told twice


def only(answer: str) -> tuple[tuple[str, int], ...]:
    return ((answer, 1),)


WORLDS: dict[str, dict[str, str]] = {
    "everybody answers well": {
        "HAND": "delivered", "POST": "delivered", "COUNSEL": "attested", "CALL": "understood",
    },
    "nothing arrives": {"HAND": "refused", "POST": "returned", "COUNSEL": "not_mine", "CALL": "no_answer"},
    "everybody was moved": {"HAND": "transferred", "POST": "silence", "COUNSEL": "silence", "CALL": "silence"},
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_whatever_the_world_outside_does(
    incident: Incident, world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, answer in WORLDS[world].items():
        monkeypatch.setattr(simulation, part, only(answer))
    simulation.play(incident, silent)
    assert broken(incident) == {}
    preparing.prepare(actor=system_user(), incident=incident)
    assert broken(incident) == {}
    if world == "everybody was moved":  # and cannot be moved again on the same day
        go_on(incident)
        assert broken(incident) == {}


def test_the_demo_is_loaded_once_and_nobody_in_it_has_a_password() -> None:
    incident = loading.load(2, silent)
    users = User.objects.count()
    assert loading.load(2, silent) == incident
    assert (User.objects.count(), incident.exposures.count()) == (users, 2)
    assert letters.approved_version(incident) is not None
    assert {row[0] for row in loading.STAFF} <= {user.username for user in User.objects.all()}
    assert not any(user.has_usable_password() for user in User.objects.all())
