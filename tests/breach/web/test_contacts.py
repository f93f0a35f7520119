"""What whoever logged a contact is told: whether it is proof, what it lacks, and everything that waits."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as program
from django.urls import reverse
from pytest_django import Settings

from breach.models import Exposure, FollowUpKind
from breach.services import clock, followups, holds
from tests import factories
from tests.factories import Cast
from tests.signing_in import client_of

pytestmark = pytest.mark.usefixtures("all_are_prepared")
THERE = ZoneInfo(program.AGENCY_TIME_ZONE)
BOTH = {"identity_confirmed": "on", "understanding_confirmed": "on"}


def told(cast: Cast, exposure: Exposure, **more: str) -> str:
    """The page after logging a call in which the person was told and understood."""
    parts = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
    said = {"at": f"{clock.now().astimezone(THERE):%Y-%m-%dT%H:%M}", "channel": "phone", "reached": "person",
            "outcome": "understood", **more}  # fmt: skip
    answer = client_of(cast.worker).post(reverse("contact-log", kwargs=parts), said, follow=True)
    return answer.content.decode()


def opened(cast: Cast, exposure: Exposure, kind: str) -> None:
    followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=kind, reason="Waits",
        due_on=clock.today(),
    )  # fmt: skip


def test_a_contact_that_proves_notice_says_so(cast: Cast) -> None:
    page = told(cast, factories.exposure(), **BOTH)
    assert "This proves notice; the hold starts within a minute." in page


def test_what_a_contact_lacks_to_be_proof_is_named_with_what_happens_next(cast: Cast) -> None:
    page = told(cast, factories.exposure(), understanding_confirmed="on")
    assert "This is not proof: the identity was not confirmed. Next: Call again, due" in page


def test_proof_is_promised_for_when_it_can_count(cast: Cast) -> None:
    incident = factories.incident(copy_to_person=True, copy_required=True)
    both_told = factories.exposure(incident=incident)
    page = told(cast, both_told, **BOTH)
    assert "the hold starts when everybody who must be told has been" in page


def test_a_contact_before_the_notice_was_prepared_proves_nothing_and_is_to_be_repeated(
    cast: Cast, settings: Settings
) -> None:
    settings.NOTICE_SINCE = "notifications.queries.notice_since"
    page = told(cast, factories.exposure(), **BOTH)
    assert (
        "This is not proof: the notice had not been prepared at that time. Next: Call again" in page
    )
    assert "tell them once it is prepared" in page


def test_a_second_proof_starts_no_second_hold(cast: Cast) -> None:
    exposure = factories.exposure()
    holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=clock.now(), evidence_id=exposure.pk
    )
    assert "Notice had been proven before" in told(cast, exposure, **BOTH)


def test_without_an_interpreter_the_form_asks_for_one(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(language="quc", reads=None))
    assert "give the interpreter’s number" in told(cast, exposure, **BOTH)
    assert "This proves notice" in told(cast, exposure, speaks_language="on", **BOTH)


def test_everything_that_waits_for_the_person_stands_beside_the_form(cast: Cast) -> None:
    exposure = factories.exposure()
    opened(cast, exposure, FollowUpKind.REFUSED)
    page = told(cast, exposure, outcome="no_answer", reached="nobody")
    assert "Notice was refused" in page
    assert page.count("Call again") >= 2  # the message, and the list
