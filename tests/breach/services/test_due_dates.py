"""Nobody is put off for years: a next action is due within ninety days, whoever sets it and however."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from breach.core.deadlines import FURTHEST_DAYS
from breach.models import Exposure, FollowUp, FollowUpKind
from breach.services import clock, contacts, due_dates, followups
from breach.services.followups import NextAction
from tests import factories
from tests.api_calls import post, sentence, signed_in
from tests.factories import Cast
from tests.signing_in import client_of

NEVER = date(9999, 12, 31)


@pytest.fixture
def follow_up(cast: Cast) -> FollowUp:
    exposure: Exposure = factories.exposure()
    return followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.NO_ROUTE,
        reason="Find an address.", due_on=clock.today(), owner=cast.worker,
    )  # fmt: skip


def last() -> date:
    return clock.today() + timedelta(days=FURTHEST_DAYS)


def test_the_last_day_may_be_chosen_and_the_day_after_it_may_not(
    cast: Cast, follow_up: FollowUp
) -> None:
    moved = followups.reschedule(actor=cast.worker, follow_up=follow_up, due_on=last())
    assert moved.due_on == last()
    for day in (last() + timedelta(days=1), NEVER):
        with pytest.raises(due_dates.DueTooLate, match="within 90 days"):
            followups.reschedule(actor=cast.worker, follow_up=follow_up, due_on=day)


@pytest.mark.parametrize("kind", [FollowUpKind.NO_ROUTE, FollowUpKind.CALL_BACK])
def test_what_follows_a_closed_one_is_not_put_off_either(
    cast: Cast, follow_up: FollowUp, kind: str
) -> None:
    assert follow_up.exposure_id is not None
    then = NextAction(follow_up.exposure_id, kind, "Later.", NEVER)
    with pytest.raises(due_dates.DueTooLate):
        followups.close(actor=cast.worker, follow_up=follow_up, reason="done", then=then)
    follow_up.refresh_from_db()
    assert follow_up.state == "open"


def test_nor_is_an_appointment(cast: Cast, follow_up: FollowUp) -> None:
    with pytest.raises(contacts.ContactRefused, match="within 90 days"):
        contacts.log_contact(
            actor=cast.worker, exposure=follow_up.exposure, at=clock.now(), channel="phone", reached="person",
            outcome="appointment", next_on=NEVER,
        )  # fmt: skip


def test_what_the_program_sets_is_looked_at_in_between_as_well(cast: Cast) -> None:
    one, many = factories.exposure(), factories.exposure()
    followups.open_follow_up(
        actor=cast.worker, incident=one.incident, exposure=one, kind="await_proof", reason="Wait.", due_on=NEVER
    )  # fmt: skip
    followups.open_many(
        actor=cast.worker, incident=many.incident, rows=[NextAction(many.pk, "await_proof", "Wait.", NEVER)]
    )  # fmt: skip
    assert set(FollowUp.objects.values_list("due_on", flat=True)) == {last()}


def test_the_page_and_the_api_say_until_when(cast: Cast, follow_up: FollowUp) -> None:
    answer = client_of(cast.worker).post(
        reverse("follow-up-later", args=[follow_up.pk]), {"due_on": str(NEVER)}
    )
    assert "A next action is due within 90 days: choose a day until" in answer.content.decode()
    path = f"/api/follow-ups/{follow_up.pk}/reschedule/"
    refused = post(signed_in(cast.worker), path, {"due_on": str(NEVER)})
    assert refused.status_code == 409
    assert sentence(refused).startswith("A next action is due within 90 days")
