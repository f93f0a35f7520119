"""An answer that held until a day is asked again after it, also where a letter is out already."""

from __future__ import annotations

from datetime import timedelta

from breach.core.roles import Role
from breach.models import FollowUp, Representation
from breach.services import clock, representation
from notifications.models import Notification
from notifications.services import following, preparing
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World


def test_a_claim_that_came_when_the_letter_was_out_is_over_when_its_wait_is(world: World) -> None:
    send_out(world, world.detained(1))
    representation.claim(
        actor=factories.user(Role.CASE_WORKER), person=world.people[0], attorney=factories.attorney(),
        forum=world.incident.forum, on=clock.today(),
    )  # fmt: skip
    following.follow_changes(actor=world.system)
    duty = Notification.objects.get()
    assert duty.state == "underway"
    assert preparing.stale_exposures(world.incident, world.version) == []
    # The days of the claim pass.
    Representation.objects.update(claimed_on=clock.today() - timedelta(days=10))
    over = (clock.today() - timedelta(days=1)).isoformat()
    Notification.objects.update(rests_on={**duty.rests_on, "until": over})
    assert preparing.stale_exposures(world.incident, world.version) == [duty.exposure_id]
    following.follow_changes(actor=world.system)
    assert "until" not in Notification.objects.get().rests_on
    assert preparing.stale_exposures(world.incident, world.version) == []
    assert FollowUp.objects.filter(state="open").exists()
