"""Making: real letters, rendered once, read back, kept; and what becomes of those that cannot be made."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from django.db import DatabaseError, transaction

from breach.core import keyring
from breach.core.roles import NotAllowed
from breach.models import Exposure, FollowUp, Incident, PersonKey
from breach.services import incidents
from notifications.models import Artefact, Delivery, Notification
from notifications.services import making, preparing
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World


def queued(world: World, number: int = 1, **fields: object) -> list[Delivery]:
    """People in custody whose letters wait to be made."""
    for one in range(number):
        who = factories.person(given_names="Luz", family_name=f"Quintanilla{'bcdfg'[one]}")
        factories.exposure(of=who, incident=world.incident, **{"elements": ["name"], **fields})
        factories.placement(who)
    preparing.prepare(actor=world.system, incident=world.incident)
    return list(Delivery.objects.filter(artefact=None, state="queued").order_by("queued_at", "id"))


def make(world: World) -> making.Made:
    return making.make_next(actor=world.system)


def test_a_letter_is_made_verified_and_kept_under_seal(world: World) -> None:
    (delivery,) = queued(world)
    assert make(world) == making.Made(finished=1)
    artefact = Artefact.objects.get()
    assert artefact.verified_at is not None
    assert artefact.approved_sha256 == world.version.content_sha256
    assert artefact.person_id == delivery.person_id
    with pikepdf.open(io.BytesIO(artefact.pdf)) as pdf:
        assert len(pdf.pages) == artefact.pages
    assert making.waiting() == 0


def test_a_letter_is_made_once(world: World) -> None:
    queued(world)
    make(world)
    before = Artefact.objects.get().sha256
    assert make(world) == making.Made()
    assert Artefact.objects.get().sha256 == before
    with pytest.raises(DatabaseError), transaction.atomic():
        Artefact.objects.update(pages=9)


def test_what_another_worker_has_leased_is_left_alone(world: World) -> None:
    queued(world)
    making._lease(1, None)
    assert make(world) == making.Made()
    assert making.waiting() == 1


def test_of_two_workers_with_the_same_letter_one_keeps_it(world: World) -> None:
    queued(world)
    (mine,) = making._lease(1, None)
    Delivery.objects.update(render_lease_until=None)  # as if the lease had run out meanwhile
    (theirs,) = making._lease(1, None)
    letter = making._render(mine, {})
    assert making._keep(theirs, letter) == 1
    assert making._keep(mine, letter) == 0
    assert Artefact.objects.count() == 1


def test_a_letter_cancelled_while_it_was_made_is_not_kept(world: World) -> None:
    queued(world)
    (leased,) = making._lease(1, None)
    letter = making._render(leased, {})
    Delivery.objects.update(state="cancelled")
    assert making._keep(leased, letter) == 0
    assert not Artefact.objects.exists()


def test_an_interrupted_worker_gives_its_letters_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(world)

    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(making, "_render", interrupted)
        make(world)
    assert make(world).finished == 1


def test_people_of_one_name_get_their_letters(world: World) -> None:
    """Same name, different person: the name of another one of the turn is the own name too."""
    for _number in range(2):
        who = factories.person(given_names="Ana", family_name="Inventada")
        factories.exposure(of=who, incident=world.incident, elements=["name"])
        factories.placement(who)
    preparing.prepare(actor=world.system, incident=world.incident)
    assert make(world) == making.Made(finished=2)


def test_an_email_to_counsel_without_a_postal_address_has_a_letter_too(world: World) -> None:
    who = factories.person()
    factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.representation(who)
    preparing.prepare(actor=world.system, incident=world.incident)
    assert make(world) == making.Made(finished=1)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [("elements", "No data element"), ("address", "envelope's window"), ("name", "no font")],
)
def test_a_letter_that_cannot_be_made_is_cancelled_and_lands_on_a_worklist(
    world: World, trouble: str, sentence: str
) -> None:
    (delivery,) = queued(world)
    if trouble == "elements":
        Exposure.objects.update(elements=[])
    else:
        strange = "Luz \U0001f9ff" if trouble == "name" else "Luz"
        lines = [strange, *(["Line"] * (9 if trouble == "address" else 2))]
        delivery.address = {"name": strange, "lines": lines}
        delivery.save()
    assert make(world) == making.Made(refused=1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fence) == ("cancelled", 1)
    follow_up = FollowUp.objects.get(state="open")
    assert follow_up.kind == "send_failed"
    assert sentence in follow_up.reason
    assert "Quintanilla" not in follow_up.reason + delivery.state_reason
    assert Notification.objects.get().state == "pending"


def test_a_refused_letter_does_not_hold_up_the_others(world: World) -> None:
    first, *_others = queued(world, 3)
    Exposure.objects.filter(person=first.person_id).update(elements=[])
    assert make(world) == making.Made(finished=2, refused=1)


def test_a_shredded_person_has_no_letter_and_does_not_hold_up_the_others(world: World) -> None:
    first, _second = queued(world, 2)
    PersonKey.objects.filter(person=first.person_id).update(
        wrapped=None, destroyed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    keyring.forget()
    assert make(world) == making.Made(finished=1, refused=1)


def test_a_fact_changed_after_sign_off_makes_nothing_and_waits_for_new_signatures(
    world: World,
) -> None:
    making._words.cache_clear()
    queued(world)
    incidents.change_policy(actor=world.supervisor, incident=world.incident, hold_days=60)
    assert make(world) == making.Made(refused=1)
    assert not Artefact.objects.exists()
    assert FollowUp.objects.get(state="open").kind == "sign_off"


def test_only_who_may_send_makes_letters(world: World) -> None:
    with pytest.raises(NotAllowed):
        making.make_next(actor=world.mail_room)


def test_what_was_made_may_leave(world: World) -> None:
    deliveries = queued(world, 2)
    make(world)
    assert {row.state for row in send_out(world, deliveries)} == {"sent"}


def test_one_incident_does_not_wait_for_another(world: World) -> None:
    queued(world)
    other = factories.incident()
    assert making.waiting(other) == 0
    assert making.make_next(actor=world.system, incident=other) == making.Made()
    assert making.waiting(Incident.objects.get(pk=world.incident.pk)) == 1
