"""Stop beats send: a stop, a transfer or new counsel lands in the middle of sending and nothing slips through."""

from __future__ import annotations

import threading
import time

from django.db import connection

from breach.core.roles import Role
from breach.models import Attorney, AuditEvent
from breach.services import clock, incidents, representation
from notifications import mailsink, testimony
from notifications.models import Attempt, Delivery
from notifications.services import sending
from tests.faults.conftest import Relay
from tests.notifications.outbox_world import World, user

SOON = 10.0  # seconds within which a stop must hold


def send_in_background(world: World, workers: int = 2) -> list[threading.Thread]:
    def work() -> None:
        while sending.send_next(actor=world.system, channel="email", limit=5):
            pass
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    return threads


def wait_for_mail(relay: Relay, count: int) -> None:
    while mailsink.count(relay.maildir) < count:
        time.sleep(0.005)


def test_after_a_stop_is_acknowledged_nothing_leaves_any_more(world: World, relay: Relay) -> None:
    world.represented(60)
    threads = send_in_background(world)
    wait_for_mail(relay, 5)
    asked = time.monotonic()
    incidents.stop_sending(actor=world.supervisor, incident=world.incident, reason="Wrong letter")
    assert time.monotonic() - asked < SOON
    stopped_at = AuditEvent.objects.get(action="incident.sending_stopped").at
    for thread in threads:
        thread.join()
    assert 5 <= mailsink.count(relay.maildir) < 60
    assert not Attempt.objects.filter(intent_at__gt=stopped_at).exists()
    assert Attempt.objects.count() == mailsink.count(relay.maildir)
    assert testimony.stop_beats_send(type(world.incident).objects.all()) == 0


def test_counsel_who_was_replaced_before_the_intent_never_hears_of_it(
    world: World, relay: Relay
) -> None:
    deliveries = world.represented(20)
    last = max(deliveries, key=lambda delivery: (delivery.queued_at, delivery.pk))
    client = next(person for person in world.people if person.pk == last.person_id)
    lawyer = user(Role.SUPERVISOR, "changes-counsel")
    threads = send_in_background(world, workers=1)
    new = Attorney.objects.create(name="New Counsel", email="new@firm.invalid", email_verified=True)
    representation.replace_counsel(
        actor=lawyer,
        person=client,
        attorney=new,
        forum=world.incident.forum,
        on=clock.today(),
        evidence="g28",
    )
    changed = AuditEvent.objects.order_by("-at").filter(action__startswith="representation").first()
    for thread in threads:
        thread.join()
    assert changed is not None
    attempt = Attempt.objects.filter(delivery=last).first()
    assert attempt is None or attempt.intent_at < changed.at
    assert Delivery.objects.get(pk=last.pk).state in {"cancelled", "sent"}
