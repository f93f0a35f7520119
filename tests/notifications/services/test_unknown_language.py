"""Nobody recorded the language, as on the first list: a letter goes, and somebody makes sure of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from breach.models import EvidenceKind, FollowUp, Hold, Incident
from breach.services import people
from notifications.models import Delivery, Notification
from notifications.services import preparing, proving
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World, finish


@pytest.fixture
def told_in_english(world: World) -> Notification:
    """The duty of somebody in custody whose language nobody knows; the English letter has been handed over."""
    who = factories.person(language="")
    factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.placement(who)
    prepare(world)
    for channel in ("hand", "call"):
        deliveries = list(Delivery.objects.filter(channel=channel))
        finish(deliveries)
        send_out(world, deliveries)
    return Notification.objects.get()


def prepare(world: World) -> None:
    preparing.prepare(actor=world.system, incident=Incident.objects.get(pk=world.incident.pk))


def prove(world: World, duty: Notification, kind: EvidenceKind) -> None:
    proving.record_evidence(
        actor=world.mail_room, notification=duty, kind=kind, proven_at=datetime(2022, 12, 1, tzinfo=UTC)
    )  # fmt: skip


def learn(world: World, duty: Notification, language: str) -> None:
    people.set_language(
        actor=world.supervisor, person=duty.exposure.person, tag=language, reads=True, verified=True, source="asked",
    )  # fmt: skip
    prepare(world)


def out() -> list[tuple[str, str, str]]:
    return sorted(
        Delivery.objects.exclude(state="cancelled").values_list("channel", "language", "state")
    )


def test_a_signature_alone_proves_nothing_and_a_call_is_due(
    world: World, told_in_english: Notification
) -> None:
    assert [channel for channel, _language, _state in out()] == ["call", "hand"]
    prove(world, told_in_english, EvidenceKind.SIGNED_SHEET)
    assert not Hold.objects.exists()
    assert FollowUp.objects.filter(state="open").exists()
    prove(world, told_in_english, EvidenceKind.CONFIRMED_CALL)
    assert Hold.objects.exists()


def test_a_language_learned_later_brings_a_letter_in_it(
    world: World, told_in_english: Notification
) -> None:
    learn(world, told_in_english, "es")
    assert ("hand", "es", "queued") in out()
    assert not Notification.objects.get().needs_interpreter


def test_when_it_turns_out_that_the_letter_was_readable_it_is_not_sent_again_and_a_call_stays_due(
    world: World, told_in_english: Notification
) -> None:
    prove(world, told_in_english, EvidenceKind.SIGNED_SHEET)
    learn(world, told_in_english, "en")
    assert [row for row in out() if row[0] == "hand"] == [("hand", "en", "sent")]
    assert FollowUp.objects.filter(state="open").exists()
