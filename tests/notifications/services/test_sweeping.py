"""The sweep and the fence: what dead and late workers leave, and how unknown outcomes are settled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db.models.functions import Now

from breach.models import AuditEvent, FollowUp, Incident
from breach.services import clock, holds
from notifications import invariants, mailsink
from notifications.models import Attempt, Delivery, Notification
from notifications.services import outcomes, sending, sweeping
from notifications.services.claiming import Claim, claim, due
from notifications.services.resolving import (
    Finding,
    NoStatement,
    NotAmbiguous,
    resolve_ambiguous,
    resolve_by_relay_log,
)
from tests.notifications.outbox_world import World

OVER = timedelta(seconds=-1)
LONG = timedelta(minutes=2)


def intended(world: World, lease: timedelta = OVER) -> list[Claim]:
    """Claimed and intended, then the worker is gone."""
    claims = claim(due("email"), limit=100)
    sending.write_intent(sending.pass_gate(world.system, claims), lease=lease)
    return claims


def test_an_expired_claim_without_an_intent_is_queued_again(world: World, sink: Path) -> None:
    world.represented(2)
    claim(due("email"), limit=10, lease=OVER)
    assert sweeping.sweep(actor=world.system)["requeued"] == 2
    assert sending.send_next(actor=world.system, channel="email") == {"sent": 2}


def test_an_expired_send_is_ambiguous_on_a_worklist_and_never_repeated(
    world: World, sink: Path
) -> None:
    (delivery,) = world.represented(1)
    intended(world)
    assert sweeping.sweep(actor=world.system)["ambiguous"] == 1
    delivery.refresh_from_db()
    assert delivery.state == "ambiguous"
    assert FollowUp.objects.get(state="open", kind="ambiguous").due_on is not None
    assert sending.send_next(actor=world.system, channel="email") == {}
    assert mailsink.count(sink) == 0


def test_a_lease_that_runs_is_left_alone(world: World) -> None:
    world.represented(1)
    intended(world, lease=LONG)
    assert not any(sweeping.sweep(actor=world.system).values())


def test_a_second_sweep_finds_nothing(world: World) -> None:
    world.represented(3)
    intended(world)
    assert sweeping.sweep(actor=world.system)["ambiguous"] == 3
    events = AuditEvent.objects.count()
    assert not any(sweeping.sweep(actor=world.system).values())
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("verb", ["accepted", "unknown", "refused"])
def test_a_stale_claimant_writes_nothing(world: World, verb: str) -> None:
    world.represented(1)
    claims = intended(world)
    sweeping.sweep(actor=world.system)
    before = list(Attempt.objects.values("outcome", "detail"))
    facts = {
        "accepted": {"provider_reference": "late"},
        "unknown": {"detail": "late"},
        "refused": {"permanent": True, "detail": "late"},
    }[verb]
    assert getattr(outcomes, verb)(actor=world.system, claims=claims, **facts) == []
    assert Delivery.objects.get().state == "ambiguous"
    assert list(Attempt.objects.values("outcome", "detail")) == before


def test_a_claimant_whose_claim_was_swept_sends_nothing(world: World, sink: Path) -> None:
    world.represented(1)
    (stale,) = claim(due("email"), limit=1, lease=OVER)
    sweeping.sweep(actor=world.system)
    with sending.open_channel("email", sending.channel_config()) as way_out:
        assert sending._send(world.system, way_out, stale, LONG) == "held_back"
    assert mailsink.count(sink) == 0
    assert Delivery.objects.get().state == "queued"


@pytest.mark.parametrize("years", [-5, 5])
def test_the_clock_of_the_host_changes_no_lease(world: World, years: int) -> None:
    world.represented(1)
    with time_machine.travel(f"{2026 + years}-01-01", tick=False):
        claim(due("email"), limit=1)
        assert sweeping.sweep(actor=world.system)["requeued"] == 0
    delivery = Delivery.objects.annotate(now=Now()).get()
    assert timedelta(0) < delivery.lease_until - delivery.now < timedelta(minutes=5)


def ambiguous(world: World) -> Delivery:
    world.represented(1)
    outcomes.unknown(actor=world.system, claims=intended(world), detail="lost")
    return Delivery.objects.get()


def test_a_person_says_it_arrived_and_proof_is_awaited(world: World) -> None:
    delivery = resolve_ambiguous(
        actor=world.supervisor,
        delivery=ambiguous(world),
        finding=Finding.SENT,
        statement="Their log has it",
    )
    assert (delivery.state, Attempt.objects.get().outcome) == ("sent", "accepted")
    assert delivery.sent_at == Attempt.objects.get().intent_at
    assert [f.kind for f in FollowUp.objects.filter(state="open")] == ["await_proof"]
    assert AuditEvent.objects.get(action="delivery.resolved").reason == "Their log has it"


def test_a_person_says_it_never_left_and_it_is_sent_once(world: World, sink: Path) -> None:
    resolve_ambiguous(
        actor=world.supervisor,
        delivery=ambiguous(world),
        finding=Finding.NOT_SENT,
        statement="Cable was out",
    )
    assert sending.send_next(actor=world.system, channel="email") == {"sent": 1}
    assert mailsink.count(sink) == 1


def test_what_never_left_moves_again_however_long_ago_it_was_queued(world: World) -> None:
    delivery = ambiguous(world)
    Delivery.objects.update(queued_at=clock.now() - timedelta(days=3))
    resolve_ambiguous(
        actor=world.supervisor,
        delivery=delivery,
        finding=Finding.NOT_SENT,
        statement="Cable was out",
    )
    assert invariants.nobody_falls_through(Incident.objects.all()) == 0


def test_a_person_gives_it_up_and_another_way_is_looked_for(world: World) -> None:
    delivery = resolve_ambiguous(
        actor=world.supervisor,
        delivery=ambiguous(world),
        finding=Finding.FAILED,
        statement="Relay was broken",
    )
    assert delivery.state == "failed"
    assert Notification.objects.get().state == "pending"
    assert [f.kind for f in FollowUp.objects.filter(state="open")] == ["send_failed"]


def test_a_finding_needs_a_statement_and_an_unknown_outcome(world: World) -> None:
    delivery = ambiguous(world)
    with pytest.raises(NoStatement):
        resolve_ambiguous(
            actor=world.supervisor, delivery=delivery, finding=Finding.SENT, statement=" "
        )
    resolve_ambiguous(
        actor=world.supervisor, delivery=delivery, finding=Finding.SENT, statement="Seen"
    )
    with pytest.raises(NotAmbiguous):
        resolve_ambiguous(
            actor=world.supervisor, delivery=delivery, finding=Finding.NOT_SENT, statement="Seen"
        )


def test_a_relays_log_settles_what_it_shows_and_only_a_complete_one_the_rest(world: World) -> None:
    ambiguous(world)
    message_id = Attempt.objects.get().message_id
    log = {"actor": world.system, "incident": world.incident}
    assert resolve_by_relay_log(**log, accepted={"<other@x>"}, complete=False) == {}
    assert resolve_by_relay_log(**log, accepted={message_id}, complete=False) == {"sent": 1}
    world.represented(1)
    outcomes.unknown(actor=world.system, claims=intended(world), detail="lost")
    assert resolve_by_relay_log(**log, accepted={message_id}, complete=True) == {"not_sent": 1}


def test_a_notice_that_has_not_moved_for_most_of_a_day_is_somebodys_next_action(
    world: World,
) -> None:
    """E.g. sending is stopped, or nobody makes the letter: the promise of a day is kept by a person."""
    world.detained(1)
    assert sweeping.sweep(actor=world.system)["asked"] == 0
    Delivery.objects.update(queued_at=Now() - timedelta(hours=21))
    assert sweeping.sweep(actor=world.system)["asked"] == 1
    assert FollowUp.objects.get(state="open").kind == "blocked"
    assert sweeping.sweep(actor=world.system)["asked"] == 0


def test_the_end_of_a_decision_to_wait_is_in_somebodys_calendar(world: World) -> None:
    world.detained(1)
    today = clock.today()
    holds.decide_delay(
        actor=world.privacy, incident=world.incident, authority="court", reason="ordered", starts_on=today,
        ends_on=today + timedelta(days=60),
    )  # fmt: skip
    assert sending.pass_gate(world.system, claim(due("hand"), limit=1)) == []
    (waiting,) = FollowUp.objects.filter(state="open")
    assert (waiting.kind, waiting.due_on > today + timedelta(days=60)) == ("blocked", True)
