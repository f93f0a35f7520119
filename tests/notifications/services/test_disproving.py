"""Proof recorded by mistake is taken back: the person is untold again, is told again, and no hold gets shorter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from breach.core.roles import NotAllowed
from breach.models import AuditEvent, EvidenceKind, FollowUp, FollowUpKind, Hold, Incident
from breach.probes import removed_before_notice
from breach.services import clock, contacts, followups, people, placements
from notifications import invariants, queries
from notifications.models import Attempt, Delivery, DisproofReason, Evidence, Notification, Progress
from notifications.services import following, portal, preparing, proving, retention
from notifications.services.disproving import CannotDisprove, disprove
from notifications.services.hearing import take_up_contacts
from notifications.services.receiving import import_receipts
from tests import factories
from tests.agency import day_there
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World, finish

TOLD = datetime(2022, 12, 1, 15, tzinfo=UTC)
WRONG = DisproofReason.WRONG_PERSON


def broken(world: World) -> dict[str, int]:
    connection.check_constraints()  # the chain is made at commit
    found = invariants.check(Incident.objects.filter(pk=world.incident.pk))
    return {name: count for name, count in found.items() if count}


def sheet(duty: Notification, at: str = "") -> bytes:
    on = at or day_there()
    return f"Reference,Outcome,Date,Officer\r\n{duty.reference},delivered,{on},4471".encode()


def handed_over(world: World) -> Evidence:
    """Somebody in custody whose letter went out, and a signed sheet that says it was handed over."""
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    import_receipts(actor=world.mail_room, data=sheet(delivery.notification))
    return Evidence.objects.select_related("notification__exposure").get()


def called(world: World, duty: Notification, at: datetime = TOLD) -> Evidence:
    return proving.record_evidence(
        actor=world.supervisor, notification=duty, kind=EvidenceKind.CONFIRMED_CALL, proven_at=at
    )


def take_back(world: World, evidence: Evidence, words: str = "") -> Evidence:
    return disprove(actor=world.supervisor, evidence=evidence, reason=WRONG, words=words)


def open_kinds() -> list[str]:
    return sorted(FollowUp.objects.filter(state="open").values_list("kind", flat=True))


def test_who_was_told_by_a_wrong_sheet_counts_as_untold_and_is_somebodys_task_today(
    world: World,
) -> None:
    evidence = handed_over(world)
    assert broken(world) == {}
    taken = take_back(world, evidence)
    duty = Notification.objects.get()
    assert (taken.disproved_at, taken.disproved_reason) == (clock.now(), "wrong_person")
    assert (duty.state, duty.notified_at) == ("pending", None)
    assert Progress.objects.get().state == "pending"
    assert queries.funnel(world.incident)["notified"] == 0
    assert not queries.notified_by_day(world.incident)
    follow_up = FollowUp.objects.get(state="open")
    assert (follow_up.kind, follow_up.due_on) == ("other", clock.today())
    assert broken(world) == {}


def test_the_hold_pauses_and_keeps_its_day_until_notice_is_proven_again(world: World) -> None:
    evidence = handed_over(world)
    promised = Hold.objects.get().until
    take_back(world, evidence)
    hold = Hold.objects.get()
    assert (hold.until, hold.paused_at) == (promised, clock.now())
    # Proven for an earlier day: the hold runs from there, and still not shorter than it was promised.
    proof = called(world, evidence.notification)
    hold.refresh_from_db()
    assert (hold.until, hold.paused_at, hold.evidence_id) == (promised, None, proof.pk)
    assert hold.notified_at == TOLD
    assert broken(world) == {}


def test_the_ordinary_run_prepares_the_letter_another_time_and_it_may_leave(world: World) -> None:
    evidence = handed_over(world)
    first = Delivery.objects.get()
    take_back(world, evidence)
    following.follow_changes(actor=world.system)
    again = Delivery.objects.exclude(pk=first.pk).get()
    assert (again.state, again.channel) == ("queued", first.channel)
    assert Progress.objects.get().state == "ready"
    finish([again])
    send_out(world, [again])
    assert Attempt.objects.filter(outcome="accepted").count() == 2
    assert Notification.objects.get().state == "underway"
    assert broken(world) == {}
    preparing.prepare(actor=world.system, incident=world.incident)
    assert Delivery.objects.count() == 2, "once is enough"


def test_the_same_sheet_read_in_again_proves_nothing_and_the_next_one_does(world: World) -> None:
    evidence = handed_over(world)
    take_back(world, evidence)
    duty = Notification.objects.get()
    assert import_receipts(actor=world.mail_room, data=sheet(duty) + b"\r\n").repeated == 1
    assert Notification.objects.get().state == "pending"
    following.follow_changes(actor=world.system)
    (again,) = Delivery.objects.filter(state="queued")
    finish([again])
    send_out(world, [again])
    at = clock.now().isoformat(timespec="minutes")
    assert import_receipts(actor=world.mail_room, data=sheet(duty, at)).applied == 1
    assert Notification.objects.get().state == "notified"
    assert Hold.objects.get().paused_at is None
    assert broken(world) == {}


def test_a_letter_still_on_its_way_is_awaited_and_not_sent_another_time(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    take_back(world, called(world, delivery.notification))
    assert Notification.objects.get().state == "underway"
    assert open_kinds() == ["await_proof", "other"]
    following.follow_changes(actor=world.system)
    assert Delivery.objects.count() == 1
    assert broken(world) == {}


def test_other_proof_keeps_the_notice_proven_from_its_own_day(world: World) -> None:
    evidence = handed_over(world)
    promised = Hold.objects.get().until
    call = called(world, evidence.notification)
    take_back(world, evidence)
    duty, hold = Notification.objects.get(), Hold.objects.get()
    assert (duty.state, duty.notified_at) == ("notified", TOLD)
    assert (hold.until, hold.evidence_id, hold.paused_at) == (promised, call.pk, None)
    assert not open_kinds()
    assert broken(world) == {}


def test_the_hold_runs_from_the_later_proof_when_only_that_one_stands(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    first = called(world, delivery.notification)
    called(world, delivery.notification, at=TOLD + timedelta(days=9))
    take_back(world, first)
    assert Hold.objects.get().until == date(2022, 12, 31) + timedelta(days=9)
    assert broken(world) == {}


def test_proof_of_one_of_two_required_notices_makes_the_person_untold(world: World) -> None:
    (delivery,) = world.represented(1)
    send_out(world, [delivery])
    first = Notification.objects.get()
    copy = Notification.objects.create(
        reference="N-COPY", exposure=first.exposure, incident=world.incident, recipient_role="person",
        state="underway",
    )  # fmt: skip
    attestation = called(world, first)
    called(world, copy)
    assert Hold.objects.get().evidence_id != attestation.pk
    take_back(world, attestation)
    assert Hold.objects.get().paused_at is not None
    assert Progress.objects.get().state == "underway"  # the mail to counsel is out
    assert Notification.objects.get(pk=copy.pk).state == "notified"


def test_an_attestation_for_another_client_is_taken_back_and_may_be_given_again(
    world: World,
) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    sentence = portal.sentence_for(1)
    (first,) = portal.attest(actor=account, notifications=[notice], sentence=sentence)
    take_back(world, first)
    assert portal.to_be_confirmed(portal.notices_for(account)).get() == notice
    (second,) = portal.attest(actor=account, notifications=[notice], sentence=sentence)
    assert second.pk != first.pk
    assert Notification.objects.get().state == "notified"
    assert broken(world) == {}


def test_an_attorney_may_say_not_my_client_once_the_attestation_is_taken_back(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    (first,) = portal.attest(actor=account, notifications=[notice], sentence=portal.sentence_for(1))
    take_back(world, first)
    portal.not_my_client(
        actor=account, notification=notice, reason=portal.NotMyClientReason.NEVER_WAS
    )
    assert "not_my_client" in open_kinds()
    assert broken(world) == {}


def test_a_call_taken_back_is_not_heard_another_time(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    contacts.log_contact(
        actor=world.supervisor, exposure=delivery.notification.exposure, at=clock.now(), channel="legal_call",
        reached="person", outcome="understood", identity_confirmed=True, understanding_confirmed=True,
    )  # fmt: skip
    assert take_up_contacts(actor=world.system) == 1
    take_back(world, Evidence.objects.get())
    assert take_up_contacts(actor=world.system) == 0
    assert Notification.objects.get().state == "underway"
    assert broken(world) == {}


def test_the_last_next_action_of_somebody_untold_again_cannot_just_be_closed(world: World) -> None:
    take_back(world, handed_over(world))
    with pytest.raises(followups.LastNextAction):
        followups.close(
            actor=world.supervisor, follow_up=FollowUp.objects.get(state="open"), reason="x"
        )
    assert FollowUp.objects.filter(state="open").exists()


def test_who_was_removed_on_a_wrong_proof_was_removed_untold_and_a_supervisor_is_alarmed(
    world: World,
) -> None:
    evidence = handed_over(world)
    person = evidence.notification.exposure.person
    people.mark_removed(actor=world.supervisor, person=person, on=clock.today(), source="x")
    assert FollowUpKind.REMOVED_UNTOLD not in open_kinds()
    take_back(world, evidence)
    assert FollowUpKind.REMOVED_UNTOLD in open_kinds()
    assert not removed_before_notice(world.incident).exists()
    assert broken(world) == {}


def test_who_is_removed_after_the_proof_was_taken_back_is_removed_untold(world: World) -> None:
    evidence = handed_over(world)
    take_back(world, evidence)
    people.mark_removed(
        actor=world.supervisor, person=evidence.notification.exposure.person, on=clock.today(), source="x"
    )  # fmt: skip
    assert FollowUpKind.REMOVED_UNTOLD in open_kinds()


def test_the_identity_of_somebody_untold_again_is_kept(world: World) -> None:
    evidence = handed_over(world)
    take_back(world, evidence)
    (keeping,) = retention.plan()
    assert keeping.until is None
    assert "not_told" in keeping.blockers


def test_the_way_may_have_changed_meanwhile(world: World) -> None:
    evidence = handed_over(world)
    placements.transfer(
        actor=world.supervisor, person=evidence.notification.exposure.person, facility=world.facility(),
        on=clock.today(), source="x",
    )  # fmt: skip
    take_back(world, evidence)
    following.follow_changes(actor=world.system)
    (again,) = Delivery.objects.filter(state="queued")
    assert again.placement_id != Delivery.objects.get(state="delivered").placement_id
    assert broken(world) == {}


def test_insufficient_proof_of_an_open_notice_is_taken_back_too_and_the_letter_goes_again(
    world: World,
) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    Incident.objects.update(sufficient_evidence=[EvidenceKind.CONFIRMED_CALL])
    import_receipts(actor=world.mail_room, data=sheet(delivery.notification))
    take_back(world, Evidence.objects.get())
    following.follow_changes(actor=world.system)
    assert Delivery.objects.filter(state="queued").count() == 1
    assert broken(world) == {}


def test_it_is_in_the_history_with_its_reason_and_who_took_it_back(world: World) -> None:
    evidence = handed_over(world)
    take_back(world, evidence, words="  The officer filed  the sheet of the next cell ")
    event = AuditEvent.objects.get(action="evidence.disproved")
    assert event.subject_id == str(evidence.pk)
    assert event.reason == "The officer filed the sheet of the next cell"
    assert (event.changes["why"], event.actor_id) == ("wrong_person", world.supervisor.pk)
    assert AuditEvent.objects.filter(action="hold.paused").count() == 1


def test_without_words_the_history_says_the_reason_of_the_list(world: World) -> None:
    take_back(world, handed_over(world))
    assert AuditEvent.objects.get(action="evidence.disproved").reason == str(WRONG.label)


def test_proof_is_taken_back_once_and_for_a_reason_of_the_list(world: World) -> None:
    evidence = handed_over(world)
    with pytest.raises(CannotDisprove):
        disprove(actor=world.supervisor, evidence=evidence, reason="because")
    take_back(world, evidence)
    with pytest.raises(CannotDisprove):
        take_back(world, evidence)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.update(disproved_at=None)
    assert Hold.objects.get().paused_at is not None


def test_only_who_sends_notices_may_take_proof_back(world: World) -> None:
    evidence = handed_over(world)
    for actor in (world.mail_room, world.privacy, factories.user("case_worker")):
        with pytest.raises(NotAllowed):
            disprove(actor=actor, evidence=evidence, reason=WRONG)
    assert Notification.objects.get().state == "notified"
