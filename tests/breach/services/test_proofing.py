"""The impostor attorney: no account without a licence looked up, a filed appearance, and a second person."""

from __future__ import annotations

from typing import Any

import pytest

from breach.core.roles import NotAllowed, Role
from breach.models import Approval, Attorney, FollowUp, User
from breach.services import approvals, attorneys, clock, proofing, representation
from breach.services.approvals import NotAsAsked, OwnRequest
from breach.services.attorneys import AttorneyRefused
from tests import factories, second_person
from tests.factories import Cast


@pytest.fixture
def counsel(db: None) -> Attorney:
    """On record, with a filed appearance for one client."""
    return factories.representation(factories.exposure().person).attorney


def ask(actor: User, counsel: Attorney, **changes: Any) -> Approval:
    given = {
        "username": "ada", "jurisdiction": "New York", "number": "1234567", "checked_on": clock.today(),
        "reason": "Register and Form G-28 agree",
    }  # fmt: skip
    return proofing.ask_for_account(actor=actor, attorney=counsel, **(given | changes))


def test_the_portal_opens_after_a_second_person_confirmed(cast: Cast, counsel: Attorney) -> None:
    ask(cast.worker, counsel)
    counsel.refresh_from_db()
    assert counsel.user is None and not User.objects.filter(username="ada").exists()
    second_person.approves(cast.privacy, counsel)
    counsel.refresh_from_db()
    assert (counsel.user.username, counsel.user.role) == ("ada", Role.ATTORNEY)
    assert not counsel.user.has_usable_password()


def test_who_compared_does_not_confirm(cast: Cast, counsel: Attorney) -> None:
    ask(cast.supervisor, counsel)
    with pytest.raises(OwnRequest):
        second_person.approves(cast.supervisor, counsel)


def test_a_case_worker_cannot_confirm(cast: Cast, counsel: Attorney) -> None:
    ask(cast.supervisor, counsel)
    with pytest.raises((NotAllowed, Approval.DoesNotExist)):
        second_person.approves(cast.worker, counsel)


def test_a_claim_alone_opens_nothing_and_two_claims_are_somebodys_task(cast: Cast) -> None:
    exposure = factories.exposure()
    impostor, other = factories.attorney(), factories.attorney()
    for claimant in (impostor, other):
        representation.claim(
            actor=cast.worker, person=exposure.person, attorney=claimant, forum="ice", on=clock.today()
        )  # fmt: skip
    with pytest.raises(AttorneyRefused, match="no filed appearance"):
        ask(cast.worker, impostor)
    disputes = FollowUp.objects.filter(
        exposure=exposure, state="open", kind="disputed_counsel", reason__startswith="Two attorneys"
    )
    assert disputes.count() == 1


def test_a_suspended_attorney_gets_no_account(cast: Cast, counsel: Attorney) -> None:
    attorneys.suspend(actor=cast.worker, attorney=counsel, value=True, reason="Bar notice")
    with pytest.raises(AttorneyRefused, match="suspended"):
        ask(cast.worker, counsel)


def test_an_email_changed_meanwhile_voids_the_request(cast: Cast, counsel: Attorney) -> None:
    ask(cast.worker, counsel)
    attorneys.change_email(
        actor=cast.worker, attorney=counsel, email="other@firm.invalid", verified=False
    )
    with pytest.raises(NotAsAsked):
        second_person.approves(cast.privacy, counsel)
    counsel.refresh_from_db()
    assert counsel.user is None


def test_an_appearance_withdrawn_meanwhile_voids_the_request(cast: Cast, counsel: Attorney) -> None:
    ask(cast.worker, counsel)
    representation.withdraw(
        actor=cast.worker, representation=counsel.representations.get(), on=clock.today(), reason="Left"
    )  # fmt: skip
    with pytest.raises(NotAsAsked):
        second_person.approves(cast.privacy, counsel)
    assert Approval.objects.get().state == "void"


def test_the_approver_sees_licence_appearance_and_office(cast: Cast, counsel: Attorney) -> None:
    approval = ask(cast.worker, counsel)
    described = approvals.kind_of(approval).describe(approval)
    told = " ".join(str(value) for _label, value in described.facts)
    for part in (counsel.name, counsel.email, "New York 1234567", "Form G-28"):
        assert part in told
