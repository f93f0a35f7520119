"""A role is granted by two people: nobody makes a second self."""

from __future__ import annotations

import pytest

from breach.core.roles import NotAllowed, Role
from breach.models import Approval, User
from breach.services import approvals, granting, users
from breach.services.approvals import NotAsAsked, OwnRequest
from breach.services.users import AccountRefused
from tests import factories
from tests.factories import Cast


@pytest.fixture
def admin(db: None) -> User:
    return factories.user(Role.ADMINISTRATOR, first_name="Adele")


def proposed(admin: User, role: Role = Role.SUPERVISOR) -> User:
    return granting.propose_account(
        actor=admin, username="new.one", role=role, password="several invented words here"
    )


def request_for(user: User) -> Approval:
    return Approval.objects.get(subject_id=user.pk, state="open")


def yes(actor: User, approval: Approval) -> Approval:
    return approvals.approve(actor=actor, approval=approval, sha256=approval.content_sha256)


def test_a_new_account_works_once_another_person_approved_it(admin: User, cast: Cast) -> None:
    user = proposed(admin)
    assert not user.is_active
    yes(cast.privacy, request_for(user))
    user.refresh_from_db()
    assert (user.is_active, user.role) == (True, Role.SUPERVISOR)


def test_an_administrator_alone_makes_no_account_that_works(admin: User) -> None:
    user = proposed(admin)
    with pytest.raises(OwnRequest):
        yes(admin, request_for(user))
    with pytest.raises(NotAllowed):
        users.grant(actor=factories.user(Role.CASE_WORKER), user=user, role="auditor", reason="x")
    user.refresh_from_db()
    assert not user.is_active


@pytest.mark.parametrize(
    ("desk", "may"),
    [("supervisor", True), ("privacy", True), ("worker", False), ("auditor", False), ("mail_room", False)],
)  # fmt: skip
def test_who_may_approve_accounts(admin: User, cast: Cast, desk: str, may: bool) -> None:
    user = proposed(admin, Role.CASE_WORKER)
    if may:
        yes(getattr(cast, desk), request_for(user))
    else:
        with pytest.raises((NotAllowed, Approval.DoesNotExist)):
            yes(getattr(cast, desk), request_for(user))
    user.refresh_from_db()
    assert user.is_active is may


def test_a_change_of_desk_takes_effect_when_approved(admin: User, cast: Cast) -> None:
    approval = granting.ask_for_role(
        actor=admin, user=cast.worker, role=Role.SUPERVISOR, reason="Leads the team now"
    )
    cast.worker.refresh_from_db()
    assert cast.worker.role == Role.CASE_WORKER
    yes(cast.supervisor, approval)
    cast.worker.refresh_from_db()
    assert cast.worker.role == Role.SUPERVISOR


def test_the_approver_reads_words_and_signs_codes(admin: User) -> None:
    approval = request_for(proposed(admin, Role.MAIL_ROOM))
    facts = {str(k): v for k, v in approvals.kind_of(approval).describe(approval).facts}
    assert facts["May then do"] == (
        "see incidents, see everybody in an incident, stop and resume sending, handle batches of mail, "
        "import receipts"
    )
    assert "signed_in" in approval.content["capabilities"]


def test_nobody_approves_the_own_promotion(admin: User, cast: Cast) -> None:
    approval = granting.ask_for_role(
        actor=admin, user=cast.supervisor, role=Role.PRIVACY_OFFICER, reason="Asked for it"
    )
    with pytest.raises(OwnRequest, match="about yourself"):
        yes(cast.supervisor, approval)


def test_an_account_closed_meanwhile_voids_the_request(admin: User, cast: Cast) -> None:
    approval = granting.ask_for_role(
        actor=admin, user=cast.worker, role=Role.SUPERVISOR, reason="Leads the team now"
    )
    users.close(actor=admin, user=cast.worker, reason="Left")
    with pytest.raises(NotAsAsked):
        yes(cast.supervisor, approval)
    cast.worker.refresh_from_db()
    assert (cast.worker.role, cast.worker.is_active) == (Role.CASE_WORKER, False)


def test_a_closed_account_is_opened_by_two(admin: User, cast: Cast) -> None:
    users.close(actor=admin, user=cast.worker, reason="On leave")
    approval = granting.ask_for_role(
        actor=admin, user=cast.worker, role=Role.CASE_WORKER, reason="Came back"
    )
    yes(cast.supervisor, approval)
    cast.worker.refresh_from_db()
    assert cast.worker.is_active


def test_an_attorney_never_becomes_staff_nor_the_program_anybody(admin: User, cast: Cast) -> None:
    for user, role in (
        (cast.attorney, Role.SUPERVISOR),
        (cast.worker, Role.ATTORNEY),
        (cast.worker, Role.SYSTEM),
    ):
        with pytest.raises(AccountRefused):
            granting.ask_for_role(actor=admin, user=user, role=role, reason="Why not")
