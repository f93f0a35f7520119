"""kill -9 at every step of the protocol, and at random: nothing lost, nothing doubled at a real mail server."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from breach.models import FollowUp
from notifications import mailsink
from notifications.models import Batch, Delivery
from notifications.models.batches import BatchState
from notifications.services import batching, sending, sweeping
from tests.faults.aftermath import (
    each_exactly_once,
    finish_by_evidence,
    let_leases_run_out,
    states,
)
from tests.faults.conftest import Crew, Relay
from tests.faults.worker import BODY_STEPS, STEPS
from tests.notifications.outbox_world import World

LEASE = timedelta(minutes=1)
MAIL_STEPS = [*[step for step in STEPS if not step.startswith("batch")], *BODY_STEPS]
# After these the mail may be out, and only evidence can tell.
UNCLEAR = {"after intent", "in the body", "after 250", "before the outcome's commit"}


def test_a_worker_killed_at_each_step_loses_and_doubles_nothing(
    world: World, relay: Relay, crew: Crew
) -> None:
    for step in MAIL_STEPS:
        world.represented(3)
        crew.run_until_killed("email", LEASE, step, occurrence=2)
        before, unclear = relay.recipients(), states()["ambiguous"]
        let_leases_run_out()
        sweeping.sweep(actor=world.system)
        assert states()["ambiguous"] - unclear == (step in UNCLEAR), step
        on_worklist = FollowUp.objects.filter(kind="ambiguous", state="open").count()
        assert on_worklist == states()["ambiguous"], step
        while sending.send_next(actor=world.system, channel="email"):
            pass
        assert set(before) <= set(relay.recipients())
        assert max(Counter(relay.recipients()).values()) == 1, step
    finish_by_evidence(world, relay)
    each_exactly_once(world, relay)


@pytest.mark.slow
def test_workers_killed_three_times_while_sending_lose_and_double_nothing(
    world: World, relay: Relay, crew: Crew
) -> None:
    world.represented(60)
    chance = random.Random(2022)
    for _kill in range(3):
        workers = [crew.start("email", LEASE) for _ in range(2)]
        enough = mailsink.count(relay.maildir) + chance.randrange(3, 12)
        while mailsink.count(relay.maildir) < enough:
            time.sleep(0.01)
        for worker in workers:
            worker.kill()
            worker.join()
        assert max(Counter(relay.recipients()).values()) == 1
    finish_by_evidence(world, relay)
    each_exactly_once(world, relay)


def test_a_writer_killed_at_each_step_leaves_each_letter_in_exactly_one_batch(
    world: World, crew: Crew
) -> None:
    steps = [step for step in STEPS if step.startswith("batch")]
    for step in steps:
        world.detained(2)
        crew.run_until_killed("hand", LEASE, step)
        for _turn in range(2):
            let_leases_run_out()
            sweeping.sweep(actor=world.system)
            Delivery.objects.update(next_try_at=None)
            while batching.write_batches(actor=world.system, channel="hand"):
                pass
    assert states() == {"sent": 2 * len(steps)}
    written = Batch.objects.filter(state=BatchState.WRITTEN)
    assert [batch.letters for batch in written] == [2] * len(steps)
    assert not Batch.objects.filter(state=BatchState.OPEN).exists()
    with batching.open_batch_channel("hand", sending.channel_config()) as spool:
        complete = {batch.number for batch in Batch.objects.all() if spool.find(batch.number)}
    assert complete == {batch.number for batch in written}
