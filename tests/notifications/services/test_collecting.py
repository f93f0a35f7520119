"""Paper does not lie in the spool unseen: it is collected by somebody, or becomes somebody's next action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from breach.access import follow_ups_visible_to
from breach.core.roles import NotAllowed, Role
from breach.models import AuditEvent, FollowUp
from breach.services import followups
from notifications import testimony
from notifications.models import Batch
from notifications.services import batching, sweeping
from notifications.services.collecting import NotToCollect, collect
from notifications.services.receiving import import_receipts
from tests import factories
from tests.agency import day_there
from tests.notifications.outbox_world import World


@pytest.fixture
def batch(world: World) -> Batch:
    world.detained(2)
    batching.write_batches(actor=world.system, channel="hand")
    return Batch.objects.get()


def a_day_later() -> None:
    Batch.objects.update(written_at=Now() - timedelta(hours=25))


def asked() -> FollowUp | None:
    return FollowUp.objects.filter(kind="uncollected", state="open").first()


def test_a_batch_is_collected_once_and_it_is_written_down_by_whom(
    world: World, batch: Batch
) -> None:
    collect(actor=world.mail_room, batch=batch)
    batch.refresh_from_db()
    assert (batch.state, batch.collected_by) == ("collected", world.mail_room)
    event = AuditEvent.objects.get(action="batch.collected")
    assert (event.actor_id, event.changes["letters"]) == (world.mail_room.pk, 2)
    with pytest.raises(NotToCollect, match="in the meantime"):
        collect(actor=world.supervisor, batch=batch)
    connection.check_constraints()  # the history gets its places in the chain
    assert testimony.everything_is_in_the_history([world.incident]) == 0


def test_only_who_handles_mail_collects_it(batch: Batch) -> None:
    with pytest.raises(NotAllowed):
        collect(actor=factories.user(Role.CASE_WORKER), batch=batch)


def test_paper_that_waits_for_a_day_is_one_next_action_of_the_mail_room(
    world: World, batch: Batch
) -> None:
    world.detained(1)
    batching.write_batches(actor=world.system, channel="hand")
    assert sweeping.sweep(actor=world.system)["uncollected"] == 0
    a_day_later()
    assert sweeping.sweep(actor=world.system)["uncollected"] == 1
    follow_up = asked()
    assert follow_up is not None
    assert (follow_up.desk, follow_up.incident) == ("mail_room", world.incident)
    assert follow_up in follow_ups_visible_to(world.mail_room)
    assert sweeping.sweep(actor=world.system)["uncollected"] == 0
    first, second = Batch.objects.order_by("number")
    collect(actor=world.mail_room, batch=first)
    assert asked() == follow_up
    collect(actor=world.mail_room, batch=second)
    assert asked() is None


def test_one_closed_by_hand_comes_back_a_day_later(world: World, batch: Batch) -> None:
    a_day_later()
    sweeping.sweep(actor=world.system)
    follow_up = asked()
    assert follow_up is not None
    followups.close(actor=world.mail_room, follow_up=follow_up, reason="The printer is broken.")
    assert sweeping.sweep(actor=world.system)["uncollected"] == 0
    FollowUp.objects.filter(kind="uncollected").update(closed_at=Now() - timedelta(hours=25))
    assert sweeping.sweep(actor=world.system)["uncollected"] == 1


def test_a_sheet_that_came_back_shows_that_its_batch_was_collected(
    world: World, batch: Batch
) -> None:
    a_day_later()
    sweeping.sweep(actor=world.system)
    reference = batch.deliveries.all()[0].notification.reference
    sheet = f"Reference,Outcome,Date\n{reference},refused,{day_there()}\n"
    assert import_receipts(actor=world.mail_room, data=sheet.encode()).applied == 1
    batch.refresh_from_db()
    assert (batch.state, batch.collected_by) == ("collected", world.mail_room)
    sweeping.sweep(actor=world.system)
    assert asked() is None
