"""Sending once: what each outcome does to the delivery, the duty, the funnel and the worklist."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from pytest_django import Settings

from breach.core.roles import NotAllowed
from breach.models import Attorney, AuditEvent, FollowUp, PersonLanguage, Placement
from breach.services import incidents
from notifications import mailsink, queries
from notifications.models import Attempt, Delivery, Notification, Progress
from notifications.services import preparing, sending
from tests.notifications.channels.scripted_relay import Script, relay
from tests.notifications.outbox_world import World


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.values_list("state", flat=True).get(pk=delivery.pk)


def test_an_email_goes_out_once_and_the_duty_is_underway(world: World, sink: Path) -> None:
    (delivery,) = world.represented(1)
    counts = sending.send_next(actor=world.system, channel="email")
    assert counts == {"sent": 1}
    (message,) = mailsink.messages(sink)
    attempt = Attempt.objects.get(delivery=delivery)
    assert message.message_id == attempt.message_id
    assert (attempt.outcome, attempt.approved_sha256) == ("accepted", world.version.content_sha256)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_until) == ("sent", None)
    assert delivery.sent_at is not None
    assert Notification.objects.get(pk=delivery.notification_id).state == "underway"
    assert Progress.objects.get(exposure=delivery.notification.exposure).state == "underway"
    proof = FollowUp.objects.get(exposure=delivery.notification.exposure, state="open")
    assert proof.kind == "await_proof"
    assert (
        AuditEvent.objects.filter(action="delivery.sent", subject_id=str(delivery.pk)).count() == 1
    )


def test_nothing_due_sends_nothing(world: World) -> None:
    assert sending.send_next(actor=world.system, channel="email") == {}


def test_sending_needs_the_capability(world: World) -> None:
    with pytest.raises(NotAllowed):
        sending.send_next(actor=world.mail_room, channel="email")


def answer(world: World, settings: Settings, **answers: str) -> Script:
    script = Script(answers)
    with relay(script) as port:
        settings.SMTP = {**settings.SMTP, "port": port}
        sending.send_next(actor=world.system, channel="email")
    return script


def test_a_temporary_refusal_waits_and_is_tried_again(world: World, settings: Settings) -> None:
    (delivery,) = world.represented(1)
    answer(world, settings, RCPT="451 4.3.0 later")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("queued", 1)
    assert delivery.next_try_at is not None
    assert queries.tried_and_waiting(world.incident) == {"the mail relay refused: 451 4.3.0": 1}
    (told,) = AuditEvent.objects.filter(action="delivery.postponed")
    assert told.subject_id == str(delivery.pk)
    assert sending.send_next(actor=world.system, channel="email") == {}
    Delivery.objects.update(next_try_at=None)
    assert len(answer(world, settings).bodies) == 1
    assert state_of(delivery) == "sent"
    assert list(Attempt.objects.order_by("fence").values_list("outcome", flat=True)) == [
        "temporary",
        "accepted",
    ]


def test_the_last_temporary_refusal_hands_the_notice_to_a_person(
    world: World, settings: Settings
) -> None:
    (delivery,) = world.represented(1)
    Delivery.objects.update(tries=6)
    answer(world, settings, RCPT="451 4.3.0 later")
    assert state_of(delivery) == "failed"
    assert FollowUp.objects.filter(kind="send_failed", state="open").count() == 1


def test_a_permanent_refusal_fails_and_opens_the_duty_again(
    world: World, settings: Settings
) -> None:
    (delivery,) = world.represented(1)
    answer(world, settings, RCPT="550 5.7.1 no")
    assert state_of(delivery) == "failed"
    assert Notification.objects.get().state == "pending"
    assert Progress.objects.get().state == "pending"
    assert FollowUp.objects.filter(kind="send_failed", state="open").exists()


def test_an_address_the_relay_does_not_know_is_not_tried_again(
    world: World, settings: Settings
) -> None:
    (delivery,) = world.represented(1)
    answer(world, settings, RCPT="550 5.1.1 no such user")
    assert state_of(delivery) == "failed"
    assert "5.1.1" in Attorney.objects.get().email_bad_reason


def test_a_connection_lost_in_the_body_is_ambiguous_and_never_repeated(
    world: World, settings: Settings
) -> None:
    (delivery,) = world.represented(1)
    answer(world, settings, BODY="hang up in the body")
    assert state_of(delivery) == "ambiguous"
    assert Attempt.objects.get().outcome == "unknown"
    follow_up = FollowUp.objects.get(kind="ambiguous", state="open")
    assert follow_up.exposure_id == delivery.notification.exposure_id
    assert len(answer(world, settings).commands) == 0


def test_a_stopped_incident_sends_nothing_until_it_is_resumed(world: World, sink: Path) -> None:
    world.represented(3)
    incidents.stop_sending(
        actor=world.supervisor, incident=world.incident, reason="Something is wrong"
    )
    assert sending.send_next(actor=world.system, channel="email") == {}
    incidents.resume_sending(
        actor=world.supervisor, incident=world.incident, reason="It is right again"
    )
    assert sending.send_next(actor=world.system, channel="email") == {"sent": 3}
    assert mailsink.count(sink) == 3


def test_an_interpreter_call_becomes_somebodys_task(world: World) -> None:
    (person,) = world._people(1)
    PersonLanguage.objects.filter(person=person).update(tag="mam", reads=None)
    Placement.objects.create(
        person=person, facility=world.facility(), period=DateRange(date(2022, 1, 1), None)
    )
    preparing.prepare(actor=world.system, incident=world.incident)
    assert sending.send_next(actor=world.system, channel="call") == {"sent": 1}
    assert Delivery.objects.get(channel="call").state == "sent"
    assert "interpreter_call" in FollowUp.objects.filter(state="open").values_list(
        "kind", flat=True
    )


def test_the_message_id_is_the_keys_and_differs_by_attempt(world: World) -> None:
    (delivery,) = world.represented(1)
    first, second = sending.message_id(delivery.pk, 1), sending.message_id(delivery.pk, 2)
    assert first != second
    assert delivery.pk.hex in first
