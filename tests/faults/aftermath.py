"""What is done after a fault, and what must be true then."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.db.models.functions import Now

from notifications import invariants
from notifications.models import Attempt, Delivery
from notifications.services import resolving, sending, sweeping
from tests.faults.conftest import Relay
from tests.notifications.outbox_world import World


def let_leases_run_out() -> None:
    held = Delivery.objects.filter(state__in=["claimed", "sending"])
    held.update(lease_until=Now() - timedelta(seconds=1))


def states() -> Counter[str]:
    return Counter(Delivery.objects.values_list("state", flat=True))


def finish_by_evidence(world: World, relay: Relay) -> None:
    """Sweep, settle what is unclear by the relay's complete log, and send the rest."""
    let_leases_run_out()
    sweeping.sweep(actor=world.system)
    resolving.resolve_by_relay_log(
        actor=world.system, incident=world.incident, accepted=relay.message_ids(), complete=True
    )
    while sending.send_next(actor=world.system, channel="email"):
        pass


def each_exactly_once(world: World, relay: Relay) -> None:
    wanted = sorted(f"{person.reference.lower()}@firm.invalid" for person in world.people)
    assert relay.recipients() == wanted
    assert states() == {"sent": len(world.people)}
    assert Attempt.objects.filter(outcome="accepted").count() == len(world.people)
    broken = invariants.check(type(world.incident).objects.all())
    assert not {name: count for name, count in broken.items() if count and name != "R1"}
