"""Two people: nobody approves the own request, one approval has one effect, changed content voids it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from breach.access import approvals_visible_to, approvals_waiting_for
from breach.core.roles import NotAllowed
from breach.models import (
    AffectedPerson,
    Approval,
    ApprovalState,
    AuditEvent,
    DuplicatePair,
    User,
)
from breach.services import approval_kinds, approvals, merging, people
from breach.services.approvals import ApprovalRefused, NotAsAsked, OwnRequest
from breach.services.users import system_user
from tests import factories
from tests.factories import Cast

WHY = "Same photograph, same scar"


def some_pair() -> DuplicatePair:
    first, second = sorted(
        (factories.exposure().person for _ in range(2)), key=lambda person: person.pk
    )
    return DuplicatePair.objects.create(first=first, second=second, score=90, reasons=["same_name"])


def asked(by: User, pair: DuplicatePair | None = None) -> Approval:
    pair = pair or some_pair()
    return merging.ask_to_join(actor=by, pair=pair, keep=pair.first, reason=WHY)


def yes(actor: User, approval: Approval) -> Approval:
    return approvals.approve(actor=actor, approval=approval, sha256=approval.content_sha256)


def joined() -> int:
    return AffectedPerson.objects.exclude(merged_into=None).count()


def test_nothing_happens_before_another_person_approves(cast: Cast) -> None:
    approval = asked(cast.worker)
    assert (approval.state, joined()) == ("open", 0)
    done = yes(cast.supervisor, approval)
    assert (done.state, done.decided_by, joined()) == ("approved", cast.supervisor, 1)


def test_both_people_stand_in_the_history(cast: Cast) -> None:
    approval = yes(cast.supervisor, asked(cast.worker))
    told = AuditEvent.objects.filter(subject_id=str(approval.pk)).order_by("id")
    assert list(told.values_list("action", "actor_id")) == [
        ("approval.asked", cast.worker.pk),
        ("approval.approved", cast.supervisor.pk),
    ]
    assert {event.changes["content_sha256"] for event in told} == {approval.content_sha256}
    assert told[1].changes["requested_by"] == str(cast.worker.pk)


def test_nobody_approves_or_refuses_the_own_request(cast: Cast) -> None:
    approval = asked(cast.supervisor)
    with pytest.raises(OwnRequest):
        yes(cast.supervisor, approval)
    with pytest.raises(OwnRequest):
        approvals.refuse(actor=cast.supervisor, approval=approval, reason="No")
    approval.refresh_from_db()
    assert (approval.state, joined()) == ("open", 0)


def test_the_database_itself_refuses_a_self_approval(cast: Cast) -> None:
    approval = asked(cast.supervisor)
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(
            state="approved", decided_by=cast.supervisor, decided_at=Now()
        )
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved", decided_at=Now())


def test_an_approval_is_written_once_and_stays(cast: Cast) -> None:
    approval = yes(cast.supervisor, asked(cast.worker))
    rows = Approval.objects.filter(pk=approval.pk)
    for attempt in (
        lambda: rows.update(state="open", decided_at=None),
        lambda: rows.update(decision_reason="Something nicer"),
        lambda: rows.update(decided_by=cast.privacy),
        rows.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


@pytest.mark.parametrize(
    "change", [{"payload": {}}, {"content_sha256": "0" * 64}, {"requested_by_id": None}], ids=str
)
def test_what_was_asked_cannot_be_changed_while_it_waits(
    cast: Cast, change: dict[str, Any]
) -> None:
    approval = asked(cast.worker)
    if "requested_by_id" in change:
        change = {"requested_by": cast.privacy}
    with pytest.raises(DatabaseError, match="decided once"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(**change)


def test_no_row_can_be_born_approved(cast: Cast) -> None:
    approval = asked(cast.worker)
    approval.pk, approval.state = None, ApprovalState.APPROVED
    approval.decided_by, approval.decided_at = cast.supervisor, approval.requested_at
    with pytest.raises(DatabaseError, match="begins as a request"), transaction.atomic():
        approval.save(force_insert=True)


def test_an_approval_covers_one_subject_and_no_other(cast: Cast) -> None:
    first, second = asked(cast.worker), asked(cast.worker)
    with pytest.raises(ApprovalRefused, match="not what you have read"):
        approvals.approve(actor=cast.supervisor, approval=second, sha256=first.content_sha256)
    yes(cast.supervisor, first)
    second.refresh_from_db()
    assert (second.state, joined()) == ("open", 1)


def test_another_choice_for_the_same_subject_has_another_hash(cast: Cast) -> None:
    pair = some_pair()
    keep_first = asked(cast.worker, pair)
    keep_second = merging.ask_to_join(
        actor=cast.worker, pair=pair, keep=pair.second, reason="The other one is older"
    )
    keep_first.refresh_from_db()
    assert keep_first.content_sha256 != keep_second.content_sha256
    assert (keep_first.state, keep_first.decision_reason) == ("void", approvals.REPLACED)


def test_changed_content_voids_the_request_and_nothing_is_done(cast: Cast) -> None:
    pair = some_pair()
    approval = asked(cast.worker, pair)
    people.set_do_not_contact(
        actor=cast.worker, person=pair.second, value=True, reason="Asked by the person"
    )
    with pytest.raises(NotAsAsked, match="changed since"):
        yes(cast.supervisor, approval)
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by, joined()) == ("void", None, 0)
    with pytest.raises(ApprovalRefused, match="decided already"):
        yes(cast.supervisor, approval)


def test_a_request_of_somebody_who_left_is_void(cast: Cast) -> None:
    approval = asked(cast.worker)
    User.objects.filter(pk=cast.worker.pk).update(is_active=False)
    with pytest.raises(NotAsAsked, match="no longer allowed to ask"):
        yes(cast.supervisor, approval)
    assert joined() == 0


@pytest.fixture
def short_lived(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(merging.Merge, "lasts", timedelta(seconds=-1))
    yield


def test_an_old_request_is_not_approved_any_more(cast: Cast, short_lived: None) -> None:
    approval = asked(cast.worker)
    assert not approvals_waiting_for(cast.supervisor).exists()
    with pytest.raises(NotAsAsked, match="too old"):
        yes(cast.supervisor, approval)
    approval.refresh_from_db()
    assert (approval.state, joined()) == ("expired", 0)


def test_the_clock_closes_what_nobody_approved(cast: Cast, short_lived: None) -> None:
    asked(cast.worker)
    assert approvals.expire_old(actor=system_user()) == 1
    assert Approval.objects.get().state == "expired"
    assert approvals.expire_old(actor=system_user()) == 0


def test_the_same_is_asked_for_once_at_a_time(cast: Cast) -> None:
    pair = some_pair()
    asked(cast.worker, pair)
    with pytest.raises(ApprovalRefused, match="asked for already"):
        asked(cast.supervisor, pair)


def test_a_refusal_needs_a_reason_and_is_final(cast: Cast) -> None:
    approval = asked(cast.worker)
    with pytest.raises(ApprovalRefused, match="reason is empty"):
        approvals.refuse(actor=cast.supervisor, approval=approval, reason=" ")
    refused = approvals.refuse(actor=cast.supervisor, approval=approval, reason="Other birthmarks")
    assert (refused.state, refused.decision_reason) == ("refused", "Other birthmarks")
    with pytest.raises(ApprovalRefused, match="decided already"):
        yes(cast.second_supervisor, approval)


def test_only_who_asked_takes_a_request_back(cast: Cast) -> None:
    approval = asked(cast.worker)
    with pytest.raises(ApprovalRefused):
        approvals.take_back(actor=cast.supervisor, approval=approval)
    assert approvals.take_back(actor=cast.worker, approval=approval).state == "void"


def test_the_program_itself_is_nobodys_second_person(cast: Cast) -> None:
    approval = asked(cast.worker)
    with pytest.raises(Approval.DoesNotExist):
        yes(system_user(), approval)


@pytest.mark.parametrize("desk", ["privacy", "auditor", "mail_room", "attorney"])
def test_another_desk_cannot_confirm_a_join(cast: Cast, desk: str) -> None:
    approval = asked(cast.worker)
    with pytest.raises((NotAllowed, Approval.DoesNotExist)):
        yes(getattr(cast, desk), approval)
    assert joined() == 0


def test_who_sees_which_requests(cast: Cast) -> None:
    approval = asked(cast.worker)
    seen = {
        desk: approvals_visible_to(getattr(cast, desk)).filter(pk=approval.pk).exists()
        for desk in ("worker", "supervisor", "privacy", "auditor", "mail_room", "attorney")
    }
    assert seen == {
        "worker": True, "supervisor": True, "privacy": True, "auditor": True, "mail_room": False,
        "attorney": False,
    }  # fmt: skip
    assert not approvals_waiting_for(cast.worker).exists()
    assert approval_kinds.waiting_for(cast.supervisor) == 1


def test_every_kind_names_who_asks_and_who_approves() -> None:
    for code, kind in approval_kinds.kinds().items():
        assert (kind.code, bool(str(kind.label))) == (code, True)
        assert kind.requested_with and kind.approved_with


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_have_one_effect() -> None:
    cast = factories.cast()
    approval = asked(cast.worker)
    gate = Barrier(2)

    def approve(actor: User) -> str:
        try:
            gate.wait()
            yes(actor, approval)
        except ApprovalRefused as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(approve, [cast.supervisor, cast.second_supervisor]))
    assert answers[1] == "done" and "decided already" in answers[0]
    assert joined() == 1
    assert AuditEvent.objects.filter(action="duplicates.same").count() == 1
    assert AuditEvent.objects.filter(action="approval.approved").count() == 1
