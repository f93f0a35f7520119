"""The probe stays silent while the promise holds and finds the row that breaks it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from breach import probes
from breach.models import AffectedPerson
from breach.services import holds
from tests import factories
from tests.factories import Cast


def test_a_removal_after_the_disclosure_and_before_notice_alarms(cast: Cast) -> None:
    exposure = factories.exposure()
    people = AffectedPerson.objects.filter(pk=exposure.person_id)
    people.update(removed_on=date(2022, 11, 1))
    assert not probes.removed_before_notice(exposure.incident)
    people.update(removed_on=date(2022, 12, 24))
    assert list(probes.removed_before_notice(exposure.incident)) == [exposure]
    told_at = datetime(2022, 12, 20, tzinfo=UTC)
    holds.start_hold(actor=cast.worker, exposure=exposure, notified_at=told_at, evidence_id=uuid4())
    assert not probes.removed_before_notice(exposure.incident)
