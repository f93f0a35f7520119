"""The hold runs from proof of notice; waiting with notice is a written decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from breach.models import AuditEvent
from breach.services import clock, holds
from tests import factories
from tests.factories import Cast


def test_a_hold_runs_from_proof_is_extended_and_never_shortened(cast: Cast) -> None:
    exposure = factories.exposure()
    first = datetime(2023, 1, 10, 23, tzinfo=UTC)
    hold = holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=first, evidence_id=uuid4()
    )
    assert hold.until.isoformat() == "2023-02-09"
    later = holds.start_hold(
        actor=cast.worker,
        exposure=exposure,
        notified_at=first + timedelta(days=2),
        evidence_id=uuid4(),
    )
    assert later.until.isoformat() == "2023-02-11"
    again = holds.start_hold(
        actor=cast.worker,
        exposure=exposure,
        notified_at=first - timedelta(days=9),
        evidence_id=uuid4(),
    )
    assert again.until == later.until


def test_the_evening_of_the_proof_is_still_its_day_where_the_agency_is(cast: Cast) -> None:
    """Eight in the evening of the 10th in New York is the 11th in UTC."""
    evening = datetime(2023, 1, 11, 1, tzinfo=UTC)
    hold = holds.start_hold(
        actor=cast.worker, exposure=factories.exposure(), notified_at=evening, evidence_id=uuid4()
    )
    assert hold.until.isoformat() == "2023-02-09"


def test_a_shorter_policy_does_not_shorten_a_promised_hold(cast: Cast) -> None:
    exposure = factories.exposure()
    now = clock.now()
    before = holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=now, evidence_id=uuid4()
    ).until
    exposure.incident.hold_days = 3
    after = holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=now, evidence_id=uuid4()
    ).until
    assert after == before


def test_a_delay_says_who_asked_why_and_until_when(cast: Cast) -> None:
    exposure = factories.exposure()
    today = clock.today()
    given = {"incident": exposure.incident, "exposure": exposure, "starts_on": today}
    delay = holds.decide_delay(
        actor=cast.privacy, authority="An invented prosecutor", reason="Would endanger somebody",
        ends_on=today + timedelta(days=30), **given,
    )  # fmt: skip
    exposure.person.refresh_from_db()
    assert exposure.person.routing_version == 2
    assert AuditEvent.objects.get(action="delay.decided").subject_id == str(delay.pk)
    ended = holds.end_delay(actor=cast.privacy, delay=delay, reason="Over")
    assert ended.ended_at is not None
    with pytest.raises(holds.DelayRefused):
        holds.end_delay(actor=cast.privacy, delay=delay, reason="Over")


@pytest.mark.parametrize(
    ("authority", "reason", "days"),
    [("", "Why", 3), ("Who", " ", 3), ("Who", "Why", -1), ("Who", "Why", 91)],
)
def test_an_incomplete_or_endless_delay_is_refused(
    cast: Cast, authority: str, reason: str, days: int
) -> None:
    today = clock.today()
    with pytest.raises(holds.DelayRefused):
        holds.decide_delay(
            actor=cast.privacy, incident=factories.incident(), authority=authority, reason=reason,
            starts_on=today, ends_on=today + timedelta(days=days),
        )  # fmt: skip


def test_a_case_worker_decides_no_delay(cast: Cast) -> None:
    today = clock.today()
    with pytest.raises(PermissionDenied):
        holds.decide_delay(
            actor=cast.worker, incident=factories.incident(), authority="Who", reason="Why",
            starts_on=today, ends_on=today,
        )  # fmt: skip
