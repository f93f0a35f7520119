"""R10: a letter that left by a route the case file had changed before is counted, whatever it was that changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from breach.core.roles import Role
from breach.models import AffectedPerson, Attorney, ContactPoint, Incident
from breach.services import attorneys, clock, people, representation
from notifications import guards, invariants
from notifications.models import Delivery
from notifications.services import following, sending
from notifications.services.claiming import claim, due
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World
from tests.notifications.test_invariants import by_hand


def broken(world: World) -> int:
    connection.check_constraints()
    return invariants.check(Incident.objects.filter(pk=world.incident.pk))["R10"]


def leave_past_the_gate(delivery: Delivery) -> None:
    """As if the gate had not been asked."""
    connection.check_constraints()  # the history is written at commit
    claim(due(delivery.channel), limit=5)
    rows = list(guards.at_the_gate(Delivery.objects.filter(pk=delivery.pk)))
    sending.write_intent(rows, lease=timedelta(seconds=60))
    by_hand("UPDATE notifications_attempt SET intent_at = clock_timestamp()")


def child(world: World) -> list[Delivery]:
    (person,) = world._people(1)
    AffectedPerson.objects.filter(pk=person.pk).update(is_minor=True)
    guardian(world, "Former Guardian")
    return world._queue([person], "mailhouse")


def guardian(world: World, name: str) -> None:
    people.set_guardian(
        actor=world.supervisor, person=world.people[0], name=name, address="1 Way\nTown, ST 00001",
        relationship="uncle", phone="", evidence="court order", verified=True,
    )  # fmt: skip


def counsel(world: World) -> dict[str, object]:
    return {
        "actor": world.supervisor, "person": world.people[0], "attorney": factories.attorney(),
        "forum": world.incident.forum, "on": clock.today(),
    }  # fmt: skip


Who = Callable[[World], list[Delivery]]
Change = Callable[[World], object]
CHANGES: dict[str, tuple[Who, Change]] = {
    "new counsel": (
        lambda w: w.detained(1),
        lambda w: representation.replace_counsel(**counsel(w), evidence="g28"),
    ),
    "counsel who claims": (lambda w: w.detained(1), lambda w: representation.claim(**counsel(w))),
    "suspension": (
        lambda w: w.represented(1),
        lambda w: attorneys.suspend(
            actor=w.supervisor, attorney=Attorney.objects.get(), value=True, reason="bar"
        ),
    ),
    "another e-mail": (
        lambda w: w.represented(1),
        lambda w: attorneys.change_email(
            actor=w.supervisor, attorney=Attorney.objects.get(), email="new@firm.invalid", verified=True
        ),
    ),
    "another guardian": (child, lambda w: guardian(w, "Rightful Guardian")),
    "an address found bad": (
        lambda w: w.outside(1),
        lambda w: people.mark_contact_point_bad(
            actor=w.supervisor, contact_point=ContactPoint.objects.get(), reason="vacant"
        ),
    ),
    "another address": (
        lambda w: w.outside(1),
        lambda w: people.add_contact_point(
            actor=w.supervisor, person=w.people[0], kind="address", value="3 Way\nTown, ST 00003", verified=True,
            safe=True,
        ),
    ),
    "protection": (
        lambda w: w.outside(1),
        lambda w: people.set_protection(
            actor=w.supervisor, person=w.people[0], value=True, reason="VAWA"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_letter_that_left_after_its_route_changed_is_counted(world: World, what: str) -> None:
    who, change = CHANGES[what]
    (delivery,) = who(world)
    Delivery.objects.update(queued_at=clock.now() - timedelta(hours=1))
    change(world)
    leave_past_the_gate(delivery)
    assert broken(world) == 1


@pytest.mark.parametrize("what", CHANGES)
def test_what_left_before_the_change_and_what_is_routed_anew_is_well(
    world: World, what: str
) -> None:
    who, change = CHANGES[what]
    (delivery,) = who(world)
    send_out(world, [delivery])
    connection.check_constraints()
    change(world)
    following.follow_changes(actor=world.system)
    assert broken(world) == 0


def test_counsel_whose_email_changed_before_queueing_is_mailed(world: World) -> None:
    (person,) = world._people(1)
    factories.representation(person, forum=world.incident.forum)
    attorneys.change_email(
        actor=factories.user(Role.SUPERVISOR), attorney=Attorney.objects.get(), email="n@firm.invalid", verified=True
    )  # fmt: skip
    connection.check_constraints()
    (mail,) = world._queue([person], "email")
    send_out(world, [mail])
    assert broken(world) == 0
