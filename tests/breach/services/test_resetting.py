"""Lost second factors: asked for by one, approved by another; nobody opens somebody else's account alone."""

from __future__ import annotations

import pytest

from breach.core.roles import NotAllowed, Role
from breach.models import Approval, AuditEvent, User
from breach.services import approvals, factors, resetting
from breach.services.approvals import ApprovalRefused, NotAsAsked, OwnRequest
from breach.services.factors import FactorRefused
from tests import factories
from tests.factories import Cast
from tests.signing_in import client_of, give_app, give_passkey


@pytest.fixture
def admin(db: None) -> User:
    return factories.user(Role.ADMINISTRATOR, first_name="Adele")


def asked(admin: User, user: User) -> Approval:
    return resetting.ask_for_reset(actor=admin, user=user, reason="Telephone stolen on the train")


def yes(actor: User, approval: Approval) -> Approval:
    return approvals.approve(actor=actor, approval=approval, sha256=approval.content_sha256)


def test_the_factors_go_when_another_person_approves(admin: User, cast: Cast) -> None:
    give_app(cast.worker)
    approval = asked(admin, cast.worker)
    assert factors.factors_of(cast.worker)
    yes(cast.privacy, approval)
    assert not factors.factors_of(cast.worker) and not factors.unused_codes(cast.worker)
    event = AuditEvent.objects.get(action="user.second_factors_reset")
    assert (event.actor_id, event.reason) == (cast.privacy.pk, "Telephone stolen on the train")


def test_an_administrator_alone_resets_nobody(admin: User, cast: Cast) -> None:
    give_app(cast.worker)
    approval = asked(admin, cast.worker)
    with pytest.raises(OwnRequest):
        yes(admin, approval)
    with pytest.raises(NotAllowed):
        factors.reset(actor=cast.auditor, user=cast.worker, reason="Curious")
    assert factors.factors_of(cast.worker)


def test_sessions_end_when_it_is_asked_for_and_not_only_when_it_is_approved(
    admin: User, cast: Cast
) -> None:
    give_app(cast.worker)
    in_other_hands = client_of(cast.worker)
    assert in_other_hands.get("/").status_code == 200
    asked(admin, cast.worker)
    assert in_other_hands.get("/").status_code == 302


@pytest.mark.parametrize(
    ("desk", "may"),
    [("supervisor", True), ("privacy", True), ("second_supervisor", True), ("auditor", False), ("mail_room", False)],
)  # fmt: skip
def test_who_may_approve_a_reset(admin: User, cast: Cast, desk: str, may: bool) -> None:
    give_app(cast.worker)
    approval = asked(admin, cast.worker)
    if may:
        yes(getattr(cast, desk), approval)
    else:
        with pytest.raises((NotAllowed, Approval.DoesNotExist)):
            yes(getattr(cast, desk), approval)
    assert bool(factors.factors_of(cast.worker)) is not may


def test_nobody_has_a_hand_in_the_reset_of_their_own(admin: User, cast: Cast) -> None:
    give_app(admin)
    with pytest.raises(FactorRefused, match="Another administrator asks for yours"):
        asked(admin, admin)
    give_app(cast.supervisor)
    with pytest.raises(OwnRequest, match="about yourself"):
        yes(cast.supervisor, asked(admin, cast.supervisor))
    assert factors.factors_of(cast.supervisor)


def test_a_factor_set_up_in_between_voids_the_request(admin: User, cast: Cast) -> None:
    give_app(cast.worker)
    approval = asked(admin, cast.worker)
    give_passkey(cast.worker)
    with pytest.raises(NotAsAsked):
        yes(cast.privacy, approval)
    assert len(factors.factors_of(cast.worker)) == 2


def test_an_account_without_a_factor_has_nothing_to_reset(admin: User, cast: Cast) -> None:
    with pytest.raises(FactorRefused, match="no second factor"):
        asked(admin, cast.worker)


def test_it_is_asked_for_by_administrators_and_with_a_reason(admin: User, cast: Cast) -> None:
    give_app(cast.worker)
    with pytest.raises(NotAllowed):
        asked(cast.supervisor, cast.worker)
    with pytest.raises(ApprovalRefused):
        resetting.ask_for_reset(actor=admin, user=cast.worker, reason=" ")
