"""A new root key comes in while people read; one person's key is destroyed and the history still holds."""

from __future__ import annotations

import base64
import json
import multiprocessing
import secrets
from collections.abc import Iterator
from io import StringIO
from multiprocessing.synchronize import Event
from typing import Any

import pytest
from django.conf import settings as live
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django import Settings

from breach.checks import root_key_is_usable
from breach.core import keyring
from breach.core.crypto import SealBroken
from breach.core.roles import NotAllowed
from breach.history import streams, verify
from breach.models import (
    AffectedPerson,
    AuditEvent,
    Identifier,
    Incident,
    PersonKey,
    Roster,
    RosterRow,
)
from breach.models.rosters import RowOutcome
from breach.services import factors, looking
from breach.services.keys import KeyRefused, Rotation, destroy, rotate
from breach.services.users import system_user
from tests import factories
from tests.factories import Cast
from tests.signing_in import app_of, give_app

PEOPLE = 40
A_NUMBER = "A123456782"
forking = multiprocessing.get_context("fork")


def new_root() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def listed(incident: Incident, person: AffectedPerson, number: int = 1) -> RosterRow:
    """The row of a list that named this person."""
    roster, _made = Roster.objects.get_or_create(
        incident=incident, sha256="0" * 64, size=1, defaults={"imported_by": incident.opened_by}
    )
    return RosterRow.objects.create(
        roster=roster, number=number, cells=[person.family_name], outcome=RowOutcome.NEW, person=person
    )  # fmt: skip


def read_everything() -> int:
    """Open what each reader opens: names, cells of lists, and a look-up by number; how many rows."""
    keyring.forget()
    people = list(AffectedPerson.objects.filter(key__wrapped__isnull=False))
    keyring.preload(str(person.pk) for person in people)
    names = [person.family_name for person in people]
    cells = [row.cells for row in RosterRow.objects.filter(cells__isnull=False)]
    indexes = keyring.identifier_indexes("a_number", A_NUMBER)
    assert Identifier.objects.filter(index__in=indexes).count() == 1
    assert all(names) and all(cells)
    return len(names) + len(cells)


def keep_reading(root: str, other: str, stop: Event, told: Any) -> None:
    """A process of its own, with its own opinion about which root key is the current one."""
    live.ROOT_KEY, live.ROOT_KEY_OLD = root, [other]
    rounds = failures = 0
    while not stop.is_set():
        rounds += 1
        try:
            read_everything()
        except (SealBroken, keyring.KeyDestroyed, AssertionError):
            failures += 1
    connections.close_all()
    told.put((rounds, failures))


@pytest.fixture
def second_root(settings: Settings) -> str:
    """From here on a new root key is the current one; the old one is still accepted. Returns the old one."""
    old = settings.ROOT_KEY
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [old]
    return old


@pytest.fixture
def crowd() -> Iterator[Incident]:
    """People with rows and one with a number, all written under the first root key."""
    incident = factories.incident()
    for number, exposure in enumerate(factories.crowd(PEOPLE, incident=incident), 1):
        listed(incident, exposure.person, number)
    factories.exposure(of=factories.person(a_number=A_NUMBER), incident=incident)
    yield incident
    keyring.forget()


def test_rotation_moves_everything_under_the_new_root_key(
    db: None, crowd: Incident, settings: Settings
) -> None:
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [settings.ROOT_KEY]
    rotation = rotate(actor=system_user())
    assert rotation == Rotation(data_keys=PEOPLE + 1, cells=PEOPLE, indexes=1, passes=2)
    settings.ROOT_KEY_OLD = []
    assert read_everything() == 2 * PEOPLE + 1
    told = AuditEvent.objects.get(action="keys.rotated")
    assert told.changes["data_keys"] == PEOPLE + 1
    moved = AuditEvent.objects.filter(action="keys.moved", changes__column="personkey.wrapped")
    assert (
        sum(event.changes["rows"] for event in moved) == PEOPLE + 1
    )  # in the transaction of each portion


def test_a_second_rotation_has_nothing_to_do(db: None, crowd: Incident, second_root: str) -> None:
    rotate(actor=system_user())
    assert rotate(actor=system_user()) == Rotation(passes=1)


def test_an_interrupted_rotation_goes_on_where_it_was(
    db: None, crowd: Incident, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("breach.services.keys.AT_ONCE", 10)
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [settings.ROOT_KEY]

    def pull_the_plug(_what: str, done: int, _of: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(actor=system_user(), progress=pull_the_plug)
    assert read_everything() == 2 * PEOPLE + 1
    assert rotate(actor=system_user()).data_keys == PEOPLE + 1 - 20


def test_nobody_fails_to_read_while_keys_rotate(
    transactional_db: None, crowd: Incident, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("breach.services.keys.AT_ONCE", 5)
    old, new = settings.ROOT_KEY, new_root()
    told, stop = forking.Queue(), forking.Event()
    connections.close_all()  # a connection must not be shared with a forked child
    readers = [
        forking.Process(target=keep_reading, args=(*roots, stop, told), daemon=True)
        for roots in [(old, new), (new, old)]  # one was restarted with the new key, one was not yet
    ]
    for reader in readers:
        reader.start()
    try:
        settings.ROOT_KEY, settings.ROOT_KEY_OLD = new, [old]
        there_and_back = [rotate(actor=system_user())]
        settings.ROOT_KEY, settings.ROOT_KEY_OLD = old, [new]
        there_and_back.append(rotate(actor=system_user()))
    finally:
        stop.set()
    results = [told.get(timeout=30) for _reader in readers]
    assert all(
        rotation.complete and rotation.data_keys == PEOPLE + 1 for rotation in there_and_back
    )
    assert all(rounds > 0 and failures == 0 for rounds, failures in results), results


def test_what_opens_under_no_key_is_counted_and_stops_nothing(
    db: None, crowd: Incident, settings: Settings
) -> None:
    without_a_number = PersonKey.objects.filter(person__identifiers=None)[:1]  # else it counts too
    PersonKey.objects.filter(pk__in=list(without_a_number)).update(wrapped=b"\x01" + bytes(60))
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [settings.ROOT_KEY]
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rotate_keys", stdout=out)
    said = json.loads(out.getvalue().splitlines()[-1])
    assert (said["unreadable"], said["data_keys"], said["left"]) == (1, PEOPLE, 0)


def test_second_factors_open_under_the_new_root_key_alone(cast: Cast, settings: Settings) -> None:
    secret = give_app(cast.worker)
    codes = factors.unused_codes(cast.worker)
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [settings.ROOT_KEY]
    assert rotate(actor=system_user()).complete
    settings.ROOT_KEY_OLD = []
    assert app_of(cast.worker) == secret
    assert factors.unused_codes(cast.worker) == codes


def test_a_search_by_number_finds_people_under_both_keys(
    db: None, cast: Cast, crowd: Incident, second_root: str
) -> None:
    found = looking.find_people(actor=cast.supervisor, incident=crowd, text="A123-456-782")
    assert found.count() == 1


def test_a_case_worker_cannot_rotate(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        rotate(actor=cast.worker)


def test_an_old_root_key_must_be_a_key(settings: Settings) -> None:
    settings.ROOT_KEY_OLD = [new_root(), "too short"]
    assert [problem.msg for problem in root_key_is_usable()] == [
        "ROOT_KEY_OLD must be 32 random bytes in base64."
    ]


# One person's key


def test_a_destroyed_key_shreds_the_person_and_leaves_the_history_whole(
    transactional_db: None,
) -> None:
    cast, incident = factories.cast(), factories.incident()
    person = factories.person(a_number=A_NUMBER)
    other = factories.person(family_name="Otherwise")
    row, kept = listed(incident, person), listed(incident, other, 2)
    destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason="retention is over")
    keyring.forget()
    shredded = AffectedPerson.objects.get(pk=person.pk)
    with pytest.raises(keyring.KeyDestroyed):
        _ = shredded.family_name
    row.refresh_from_db()
    kept.refresh_from_db()
    assert row.cells is None and kept.cells == ["Otherwise"]
    assert shredded.routing_version == person.routing_version + 1
    indexes = keyring.identifier_indexes("a_number", A_NUMBER)
    assert not Identifier.objects.filter(index__in=indexes).exists()
    told = AuditEvent.objects.get(action="person.key_destroyed")
    assert told.changes["second"] == str(cast.supervisor.pk)
    assert all(verify(stream).holds for stream in streams())
    assert AffectedPerson.objects.get(pk=other.pk).family_name == "Otherwise"


def test_the_records_merged_into_a_person_are_shredded_with_it(cast: Cast) -> None:
    person = factories.person()
    twin = factories.person(merged_into=person)
    with pytest.raises(KeyRefused, match=person.reference):
        destroy(actor=cast.privacy, second=cast.supervisor, person=twin, reason="asked for")
    assert destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason="so") == 2
    assert not PersonKey.objects.filter(person=twin, wrapped__isnull=False).exists()


def test_a_key_is_destroyed_by_two_people_who_may(cast: Cast) -> None:
    person = factories.person()
    with pytest.raises(KeyRefused):
        destroy(actor=cast.privacy, second=cast.privacy, person=person, reason="alone")
    for actor, second in [(cast.worker, cast.privacy), (cast.privacy, cast.worker)]:
        with pytest.raises(NotAllowed):
            destroy(actor=actor, second=second, person=person, reason="not theirs")
    with pytest.raises(KeyRefused):
        destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason=" ")
    destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason="in time")
    with pytest.raises(KeyRefused):
        destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason="twice")


def test_rotation_leaves_the_shredded_alone(cast: Cast, settings: Settings) -> None:
    person = factories.person(a_number=A_NUMBER)
    destroy(actor=cast.privacy, second=cast.supervisor, person=person, reason="in time")
    settings.ROOT_KEY, settings.ROOT_KEY_OLD = new_root(), [settings.ROOT_KEY]
    assert rotate(actor=system_user()) == Rotation(passes=1)


def test_the_command_names_who_and_what(cast: Cast) -> None:
    person, out = factories.person(), StringIO()
    first, second = cast.privacy.username, cast.supervisor.username

    def shred(reference: str, *, by: str = first, second: str = second) -> None:
        call_command(
            "shred_person", reference, "--as", by, "--second", second, "--reason", "in time", stdout=out
        )  # fmt: skip

    with pytest.raises(CommandError, match="no account 'nobody'"):
        shred(person.reference, second="nobody")
    with pytest.raises(CommandError, match="no person with the reference"):
        shred("P-0000-0000-0000")
    with pytest.raises(CommandError):
        shred(person.reference, by=second)
    shred(person.reference.lower())
    assert "1 data keys" in out.getvalue()
