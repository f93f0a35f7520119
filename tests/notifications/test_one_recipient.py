"""R3 and R8 count by recipient: a second duty to tell the same one hides neither a doubled nor a blind send."""

from __future__ import annotations

import copy
from uuid import uuid4

import pytest
from django.db import connection

from breach.core.references import new_reference
from breach.core.roles import Role
from breach.models import AffectedPerson, Incident
from breach.services import audit, people
from notifications import invariants
from notifications.models import Attempt, Delivery, Notification
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World
from tests.notifications.test_invariants import by_hand


def broken(world: World) -> dict[str, int]:
    connection.check_constraints()
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    return {name: count for name, count in found.items() if count and name in ("R3", "R8")}


def again(world: World, sent: Delivery, **other: object) -> Delivery:
    """The duty made a second time, with a delivery that left a moment later."""
    Notification.objects.filter(pk=sent.notification_id).update(state="withdrawn")
    duty = copy.copy(sent.notification)
    duty.pk, duty.reference, duty._state.adding = uuid4(), new_reference("N"), True
    for field, value in other.items():
        setattr(duty, field, value)
    duty.save()
    audit.record(
        actor=world.system, action="notification.routed", subject=duty, incident=world.incident
    )
    repeated = Delivery.objects.get(pk=sent.pk)
    address = repeated.address
    repeated.pk, repeated.notification, repeated._state.adding = uuid4(), duty, True
    repeated.address = address
    repeated.save()
    attempt = Attempt.objects.get(delivery=sent)
    attempt.pk, attempt.delivery, attempt._state.adding = uuid4(), repeated, True
    attempt.message_id, attempt.outcome = "<again@localhost>", "accepted"
    attempt.intent_at = attempt.intent_at.replace(year=attempt.intent_at.year + 1)
    attempt.save()
    return repeated


@pytest.mark.parametrize("channel", ["email", "hand"])
def test_the_same_notice_twice_by_two_duties(world: World, channel: str) -> None:
    queued = world.represented(1) if channel == "email" else world.detained(1)
    (sent,) = send_out(world, queued)
    assert broken(world) == {}
    again(world, sent)
    assert broken(world) == {"R3": 1}


def test_an_unknown_outcome_that_another_duty_repeated(world: World) -> None:
    (sent,) = send_out(world, world.represented(1))
    repeated = again(world, sent)
    Delivery.objects.filter(pk=sent.pk).update(state="ambiguous", address_version="other")
    by_hand("UPDATE notifications_attempt SET outcome = 'unknown' WHERE delivery_id = %s", sent.pk)
    assert broken(world) == {"R8": 1}
    # To other counsel it would be another notice.
    other = factories.representation(
        AffectedPerson.objects.get(pk=sent.person_id), forum="bia", by=factories.attorney()
    )
    Notification.objects.filter(pk=repeated.notification_id).update(representation=other)
    assert broken(world) == {}


def test_a_letter_to_another_guardian_repeats_nothing(world: World) -> None:
    (child,) = world._people(1)
    AffectedPerson.objects.filter(pk=child.pk).update(is_minor=True)
    guardian = people.set_guardian(
        actor=factories.user(Role.CASE_WORKER), person=child, name="Gil Guardian", address="1 Way\nTown, ST 00001",
        relationship="uncle", phone="", evidence="court order", verified=True,
    )  # fmt: skip
    (sent,) = send_out(world, world._queue([child], "mailhouse"))
    again(world, sent, rests_on={"guardian": str(uuid4())})
    assert sent.notification.rests_on == {"guardian": str(guardian.pk)}
    assert broken(world) == {}
