"""Representation is dated, bound to a forum, verified before it counts, and can end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from breach.models import AuditEvent, FollowUp, FollowUpKind, Forum, Representation
from breach.models.representation import AppearanceEvidence, RepresentationStatus
from breach.queries import counsel_on
from breach.services import attorneys, clock, representation
from tests import factories
from tests.factories import Cast

ON = date(2022, 12, 10)


def claimed(cast: Cast, person, by=None) -> Representation:
    return representation.claim(
        actor=cast.worker,
        person=person,
        attorney=by or factories.attorney(),
        forum=Forum.ICE,
        on=ON,
    )


def verified(cast: Cast, found: Representation) -> Representation:
    return representation.verify(
        actor=cast.worker, representation=found, evidence=AppearanceEvidence.G28, on=ON
    )


def test_a_claim_discloses_nothing_until_somebody_verifies_it(cast: Cast) -> None:
    person = factories.exposure().person
    found = claimed(cast, person)
    assert counsel_on(person.pk, clock.today(), Forum.ICE) is None
    assert FollowUp.objects.get().kind == FollowUpKind.DISPUTED_COUNSEL
    assert verified(cast, found).status == RepresentationStatus.ACTIVE
    assert counsel_on(person.pk, clock.today(), Forum.ICE) == found
    assert counsel_on(person.pk, clock.today(), Forum.EOIR) is None
    person.refresh_from_db()
    assert person.routing_version == 3


def test_a_second_claim_becomes_a_question_of_who_it_is(cast: Cast) -> None:
    person = factories.exposure().person
    claimed(cast, person)
    claimed(cast, person)
    assert FollowUp.objects.get().reason == str(representation.TWO_CLAIMS)


def test_active_needs_evidence_and_no_other_lead(cast: Cast) -> None:
    person = factories.person()
    lead = factories.representation(person)
    found = claimed(cast, person)
    with pytest.raises(representation.RepresentationRefused):
        representation.verify(
            actor=cast.worker, representation=found, evidence=AppearanceEvidence.NONE, on=ON
        )
    with pytest.raises(representation.CounselOnRecord) as refused:
        verified(cast, found)
    assert refused.value.counsel == lead
    with pytest.raises(representation.RepresentationRefused):
        verified(cast, lead)


def test_new_counsel_ends_the_one_before_and_the_past_keeps_its_counsel(cast: Cast) -> None:
    person = factories.person()
    old = factories.representation(person)
    new = representation.replace_counsel(
        actor=cast.worker, person=person, attorney=factories.attorney(), forum=Forum.ICE, on=ON,
        evidence=AppearanceEvidence.G28,
    )  # fmt: skip
    old.refresh_from_db()
    assert old.status == RepresentationStatus.WITHDRAWN
    assert counsel_on(person.pk, clock.today(), Forum.ICE) == new
    assert ON - timedelta(days=1) in old.period and ON not in old.period
    assert ON in new.period


def test_a_representation_is_withdrawn_once_and_not_before_it_began(cast: Cast) -> None:
    found = factories.representation(factories.person())
    with pytest.raises(representation.RepresentationRefused):
        representation.withdraw(
            actor=cast.worker,
            representation=found,
            on=factories.SINCE - timedelta(days=1),
            reason="x",
        )
    representation.withdraw(actor=cast.worker, representation=found, on=factories.SINCE, reason="x")
    with pytest.raises(representation.RepresentationRefused):
        representation.withdraw(actor=cast.worker, representation=found, on=ON, reason="x")


def test_an_attorney_disputes_only_the_own_representation(cast: Cast) -> None:
    found = factories.representation(
        factories.person(), by=factories.attorney(account=cast.attorney)
    )
    with pytest.raises(Representation.DoesNotExist):
        representation.dispute(actor=cast.stranger, representation=found, reason="not mine")
    disputed = representation.dispute(actor=cast.attorney, representation=found, reason="not mine")
    assert disputed.status == RepresentationStatus.DISPUTED
    with pytest.raises(PermissionDenied):
        representation.withdraw(actor=cast.attorney, representation=found, on=ON, reason="x")


def test_a_bad_address_of_counsel_reroutes_every_client(cast: Cast) -> None:
    counsel = factories.attorney()
    clients = [factories.person(), factories.person()]
    for client in clients:
        factories.representation(client, by=counsel)
    attorneys.mark_email_bad(actor=cast.mail_room, attorney=counsel, reason="bounced")
    assert not counsel.can_be_mailed
    attorneys.change_email(
        actor=cast.worker, attorney=counsel, email="new@firm.invalid", verified=True
    )
    assert counsel.can_be_mailed
    for client in clients:
        client.refresh_from_db()
        assert client.routing_version == 3


def test_a_suspended_attorney_speaks_for_nobody(cast: Cast) -> None:
    found = factories.representation(factories.person())
    attorneys.suspend(actor=cast.worker, attorney=found.attorney, value=True, reason="bar notice")
    assert counsel_on(found.person_id, clock.today(), Forum.ICE) is None


def test_an_attorney_is_recorded_once_invited_once_and_is_no_consulate(cast: Cast) -> None:
    counsel = attorneys.add_attorney(
        actor=cast.worker, name="Ada Invented", eoir_id="EX123", email="ada@firm.invalid"
    )
    with pytest.raises(attorneys.AttorneyRefused):
        attorneys.add_attorney(actor=cast.worker, name="Bea Invented", eoir_id="EX123")
    with pytest.raises(attorneys.AttorneyRefused):
        attorneys.add_attorney(actor=cast.worker, name="Honorary Consulate of Nowhere")
    account = attorneys.invite(actor=cast.supervisor, attorney=counsel, username="ada")
    assert not account.has_usable_password()
    with pytest.raises(attorneys.AttorneyRefused):
        attorneys.invite(actor=cast.supervisor, attorney=counsel, username="ada-2")
    with pytest.raises(PermissionDenied):
        attorneys.invite(actor=cast.worker, attorney=factories.attorney(), username="bea")


def test_a_change_of_counsel_is_recorded_on_the_day_it_happens(cast: Cast) -> None:
    """A withdrawal noted early would tell the person past counsel who still speaks for them."""
    person, tomorrow = factories.person(), clock.today() + timedelta(days=1)
    active = factories.representation(person)
    claimed = factories.representation(person, status="claimed", evidence="none")
    steps: list[Callable[[], object]] = [
        lambda: representation.withdraw(
            actor=cast.worker, representation=active, on=tomorrow, reason="left"
        ),
        lambda: representation.replace_counsel(
            actor=cast.worker, person=person, attorney=factories.attorney(), forum=Forum.ICE, on=tomorrow,
            evidence="g28",
        ),
        lambda: representation.verify(
            actor=cast.worker, representation=claimed, evidence="g28", on=tomorrow
        ),
        lambda: representation.claim(
            actor=cast.worker, person=person, attorney=factories.attorney(), forum=Forum.ICE, on=tomorrow
        ),
    ]  # fmt: skip
    for step in steps:
        with pytest.raises(representation.RepresentationRefused, match="in the future"):
            step()
    active.refresh_from_db()
    assert active.status == "active"


def test_the_history_tells_a_suspension_from_its_end(cast: Cast) -> None:
    attorney = factories.attorney()
    for value in (True, False):
        attorneys.suspend(
            actor=cast.worker, attorney=attorney, value=value, reason="the bar says so"
        )
    told = AuditEvent.objects.filter(action="attorney.suspended").order_by("at")
    assert [event.changes["is_suspended"] for event in told] == [True, False]
