"""Served is a proven fact: only sufficient evidence finishes a duty, and the hold runs from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from breach.core.roles import NotAllowed
from breach.models import EvidenceKind, FollowUp, FollowUpKind, Hold, Incident
from breach.services import clock, followups, incidents
from notifications.models import Delivery, Evidence, Notification, Progress
from notifications.services import proving
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World

TOLD = datetime(2022, 12, 1, 15, tzinfo=UTC)
SHEET, CARRIER, CALL = (
    EvidenceKind.SIGNED_SHEET,
    EvidenceKind.CARRIER_PROOF,
    EvidenceKind.CONFIRMED_CALL,
)


def sent(world: World) -> Notification:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    return Notification.objects.get()


def prove(
    world: World, duty: Notification, kind: EvidenceKind = SHEET, at: datetime = TOLD
) -> Evidence:
    return proving.record_evidence(
        actor=world.mail_room, notification=duty, kind=kind, proven_at=at
    )


def test_sufficient_evidence_finishes_the_duty_and_starts_the_hold(world: World) -> None:
    duty = sent(world)
    evidence = prove(world, duty)
    duty.refresh_from_db()
    assert evidence.is_sufficient
    assert (duty.state, duty.notified_at) == ("notified", TOLD)
    assert Progress.objects.get().state == "notified"
    hold = Hold.objects.get()
    assert (hold.until, hold.evidence_id) == (date(2022, 12, 31), evidence.pk)


def test_what_notice_answers_is_closed_and_a_threat_is_not(world: World) -> None:
    duty = sent(world)
    followups.open_follow_up(
        actor=world.supervisor, incident=world.incident, exposure=duty.exposure, kind=FollowUpKind.SAFETY_CONCERN,
        reason="x", due_on=clock.today(),
    )  # fmt: skip
    assert FollowUp.objects.filter(state="open").count() == 2
    prove(world, duty)
    assert [one.kind for one in FollowUp.objects.filter(state="open")] == ["safety_concern"]


def test_evidence_of_a_kind_the_policy_does_not_accept_is_kept_and_finishes_nothing(
    world: World,
) -> None:
    duty = sent(world)
    incidents.change_policy(
        actor=world.supervisor, incident=world.incident, sufficient_evidence=[CALL]
    )
    assert not prove(world, duty).is_sufficient
    duty.refresh_from_db()
    assert (duty.state, duty.notified_at) == ("underway", None)
    assert not Hold.objects.exists()
    assert FollowUp.objects.filter(state="open", kind="await_proof").exists()


@pytest.mark.parametrize(
    ("kind", "told"), [(SHEET, False), (CARRIER, False), (CALL, True)], ids=str
)
def test_who_cannot_read_is_told_by_a_confirmed_call_only(
    world: World, kind: EvidenceKind, told: bool
) -> None:
    duty = sent(world)
    Notification.objects.update(needs_interpreter=True)
    assert prove(world, duty, kind).is_sufficient is told
    duty.refresh_from_db()
    assert (duty.state == "notified") is told


def test_a_second_proof_is_kept_and_never_shortens_the_hold(world: World) -> None:
    duty = sent(world)
    prove(world, duty, at=TOLD)
    prove(world, duty, CALL, at=TOLD - timedelta(days=3))
    assert Evidence.objects.count() == 2
    assert Notification.objects.get().notified_at == TOLD
    assert Hold.objects.get().until == date(2022, 12, 31)


def test_a_policy_of_fewer_days_leaves_the_promised_hold(world: World) -> None:
    duty = sent(world)
    prove(world, duty)
    Incident.objects.update(hold_days=5)
    prove(world, duty, CALL)
    assert Hold.objects.get().until == date(2022, 12, 31)


def test_a_proof_from_the_future_counts_as_now(world: World) -> None:
    duty = sent(world)
    prove(world, duty, at=clock.now() + timedelta(days=400))
    assert Notification.objects.get().notified_at == clock.now()


def test_a_required_copy_keeps_the_person_untold_until_it_is_proven(world: World) -> None:
    (delivery,) = world.represented(1)
    send_out(world, [delivery])
    first = Notification.objects.get()
    copy = Notification.objects.create(
        reference="N-COPY", exposure=first.exposure, incident=world.incident, recipient_role="person",
        state="underway",
    )  # fmt: skip
    later = TOLD + timedelta(days=4)
    prove(world, copy, at=later)
    assert Progress.objects.get().state == "underway"
    assert not Hold.objects.exists()
    prove(world, first, EvidenceKind.ATTORNEY_ATTESTATION, at=TOLD)
    assert Progress.objects.get().state == "notified"
    assert Hold.objects.get().notified_at == later  # complete only then


def test_an_optional_copy_neither_finishes_nor_extends_anything(world: World) -> None:
    (delivery,) = world.represented(1)
    send_out(world, [delivery])
    first = Notification.objects.get()
    copy = Notification.objects.create(
        reference="N-COPY", exposure=first.exposure, incident=world.incident, recipient_role="person",
        state="underway", is_required=False,
    )  # fmt: skip
    prove(world, copy)
    assert Progress.objects.get().state == "underway"
    prove(world, first, EvidenceKind.ATTORNEY_ATTESTATION)
    prove(world, copy, CALL, at=TOLD + timedelta(days=9))
    assert Hold.objects.get().until == date(2022, 12, 31)


def test_an_unknown_outcome_stays_on_the_worklist_when_the_person_was_told_otherwise(
    world: World,
) -> None:
    duty = sent(world)
    Delivery.objects.update(state="ambiguous")
    followups.open_follow_up(
        actor=world.supervisor, incident=world.incident, exposure=duty.exposure, kind=FollowUpKind.AMBIGUOUS,
        reason="x", due_on=clock.today(),
    )  # fmt: skip
    prove(world, duty, CALL)
    assert Notification.objects.get().state == "notified"
    assert [one.kind for one in FollowUp.objects.filter(state="open")] == ["ambiguous"]


def test_evidence_for_a_withdrawn_duty_is_kept_without_reviving_it(world: World) -> None:
    duty = sent(world)
    Notification.objects.update(state="withdrawn")
    prove(world, duty)
    assert Notification.objects.get().state == "withdrawn"
    assert Evidence.objects.count() == 1


def test_who_was_thought_unreachable_can_be_told_after_all(world: World) -> None:
    duty = sent(world)
    Notification.objects.update(state="unreachable")
    prove(world, duty, CALL)
    assert Notification.objects.get().state == "notified"


def test_only_desks_that_receive_proof_may_record_it(world: World) -> None:
    duty = sent(world)
    with pytest.raises(NotAllowed):
        proving.record_evidence(actor=world.privacy, notification=duty, kind=SHEET, proven_at=TOLD)
    assert not Evidence.objects.exists()


def test_evidence_is_never_rewritten_only_disproved(world: World) -> None:
    rows = Evidence.objects.filter(pk=prove(world, sent(world)).pk)
    for change in (
        lambda: rows.update(is_sufficient=False),
        lambda: rows.update(proven_at=TOLD - timedelta(days=1)),
        rows.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert rows.update(disproved_at=clock.now()) == 1


def test_proof_and_its_audit_event_come_together_or_not_at_all(world: World) -> None:
    duty = sent(world)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON breach_auditevent "
            "FOR EACH ROW EXECUTE FUNCTION pg_temp.full()"
        )
    with pytest.raises(DatabaseError):
        prove(world, duty)
    assert not Evidence.objects.exists()
    assert Notification.objects.get().state == "underway"
