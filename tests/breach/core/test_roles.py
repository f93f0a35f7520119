"""The one matrix: what each desk may do, and what no desk may do by accident."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import AnonymousUser

from breach.core.roles import (
    MATRIX,
    WHAT_IT_ALLOWS,
    Capability,
    NotAllowed,
    Role,
    can,
    require,
    require_any,
)

C = Capability


@dataclass
class Somebody:
    role: str
    is_active: bool = True


def may(capability: Capability) -> set[str]:
    return {role for role in Role if can(Somebody(role), capability)}


def test_every_capability_is_said_in_words_of_its_own() -> None:
    assert set(WHAT_IT_ALLOWS) == set(Capability)
    assert len({str(words) for words in WHAT_IT_ALLOWS.values()}) == len(Capability)


def test_every_role_has_its_line_and_every_capability_its_desk() -> None:
    assert set(MATRIX) == set(Role)
    assert all(may(capability) - {Role.SYSTEM} for capability in Capability)


@pytest.mark.parametrize(
    ("capability", "desks"),
    [
        (C.SIGN_OFF, {Role.SUPERVISOR, Role.PRIVACY_OFFICER}),
        (C.WRITE_LETTERS, {Role.PRIVACY_OFFICER, Role.SYSTEM}),
        (C.NOTIFY, {Role.SUPERVISOR, Role.SYSTEM}),
        (C.USE_PORTAL, {Role.ATTORNEY}),
        (
            C.APPROVALS,
            {
                Role.CASE_WORKER,
                Role.SUPERVISOR,
                Role.PRIVACY_OFFICER,
                Role.AUDITOR,
                Role.ADMINISTRATOR,
            },
        ),
        (
            C.VIEW_DISCLOSURES,
            {Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.SYSTEM},
        ),
        (C.EXPORT, {Role.SUPERVISOR, Role.PRIVACY_OFFICER}),
        (C.APPROVE_ACCOUNTS, {Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR}),
        (C.VIEW_IDENTITY, {Role.CASE_WORKER, Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.SYSTEM}),
        (C.GRANT_LOOKS, {Role.SUPERVISOR, Role.PRIVACY_OFFICER}),
        (C.LOG_CONTACT, {Role.CASE_WORKER, Role.SUPERVISOR, Role.SYSTEM}),
        (
            C.STOP_SENDING,
            {Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.MAIL_ROOM, Role.SYSTEM},
        ),
    ],
)
def test_who_may(capability: Capability, desks: set[str]) -> None:
    assert may(capability) == desks


def test_an_attorney_has_the_portal_and_nothing_else() -> None:
    assert MATRIX[Role.ATTORNEY] == {C.SIGNED_IN, C.USE_PORTAL}


def test_the_program_itself_never_signs_and_never_attests() -> None:
    by_humans = {C.SIGN_OFF, C.USE_PORTAL, C.APPROVALS, C.APPROVE_ACCOUNTS, C.EXPORT}
    assert not by_humans & MATRIX[Role.SYSTEM]


@pytest.mark.parametrize(
    "nobody", [AnonymousUser(), None, Somebody("owner"), Somebody(Role.SUPERVISOR, False)], ids=str
)
def test_strangers_and_the_departed_may_do_nothing(nobody: object) -> None:
    assert not any(can(nobody, capability) for capability in Capability)
    with pytest.raises(NotAllowed):
        require(nobody, C.SIGNED_IN)


def test_one_of_several_is_enough() -> None:
    require_any(Somebody(Role.MAIL_ROOM), C.NOTIFY, C.HANDLE_MAIL)
    with pytest.raises(NotAllowed, match="send notices"):
        require_any(Somebody(Role.AUDITOR), C.NOTIFY, C.HANDLE_MAIL)
