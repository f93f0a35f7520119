"""The promises: zero in a sound world, and each broken one is counted when it is broken by hand, past every trigger."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from breach.models import (
    AffectedPerson,
    EvidenceKind,
    FollowUp,
    Incident,
    Representation,
    Roster,
    RosterRow,
)
from breach.services import audit, clock, holds, incidents, people, placements, representation
from notifications import invariants
from notifications.models import Attempt, Batch, Delivery, Notification
from notifications.services import preparing, proving
from notifications.services.receiving import apply_receipt
from tests import factories
from tests.notifications.factories import newcomers, send_out
from tests.notifications.outbox_world import World, make_world


@dataclass
class Sound:
    """One proven, one sent, one waiting, one through counsel, one nobody can find."""

    world: World
    proven: Delivery
    sent: Delivery
    queued: Delivery
    mail: Delivery

    def check(self) -> dict[str, int]:
        """Only what is broken."""
        found = invariants.check(Incident.objects.filter(pk=self.world.incident.pk))
        return {name: count for name, count in found.items() if count}


@pytest.fixture(scope="module")
def sound_once(around_the_module: bool) -> Sound:
    assert around_the_module
    world = make_world()
    proven, sent, queued = world.detained(3)
    send_out(world, [proven, sent])
    receipt = apply_receipt(
        actor=world.mail_room, delivery=proven, kind="signed", at=clock.now(), source="test", source_key="sheet:1"
    )  # fmt: skip
    proving.record_evidence(
        actor=world.mail_room, notification=proven.notification, kind=EvidenceKind.SIGNED_SHEET, proven_at=clock.now(),
        receipt=receipt,
    )  # fmt: skip
    (mail,) = world.represented(1)
    send_out(world, [mail])
    newcomers(world, 1)
    preparing.prepare(actor=world.system, incident=world.incident)
    connection.check_constraints()  # the chain is made at commit
    return Sound(world, proven, sent, queued, mail)


@pytest.fixture
def sound(sound_once: Sound, db: None, settings: Settings, tmp_path: Path) -> Sound:
    """A copy for this test, with the rows as they were made."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return copy.deepcopy(sound_once)


def by_hand(statement: str, *values: object) -> None:
    """Raw SQL, past the triggers of the tables it names, as only their owner could."""
    connection.check_constraints()
    words = statement.replace("(", " ").split()
    tables = {word for word in words if word.startswith(("breach_", "notifications_"))}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, [str(value) for value in values])
        connection.check_constraints()
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_a_sound_world_keeps_every_promise(sound: Sound) -> None:
    assert sound.check() == {}
    assert list(invariants.check(Incident.objects.all())) == [f"R{n}" for n in range(1, 15)]


def test_an_empty_incident_keeps_every_promise(db: None) -> None:
    factories.incident()
    assert not any(invariants.check(Incident.objects.all()).values())


# R1


def row(sound: Sound, **fields: object) -> RosterRow:
    roster = Roster.objects.create(
        incident=sound.world.incident, sha256="0" * 64, size=1, status="committed",
        imported_by=sound.world.supervisor,
    )  # fmt: skip
    audit.record(
        actor=sound.world.supervisor, action="roster.committed", subject=roster, incident=sound.world.incident
    )  # fmt: skip
    connection.check_constraints()
    return RosterRow.objects.create(roster=roster, number=1, **fields)


def test_r1_a_row_that_is_nobodys(sound: Sound) -> None:
    row(sound, outcome="new")
    assert sound.check() == {"R1": 1}


def test_r1_a_row_of_somebody_who_is_not_in_the_incident(sound: Sound) -> None:
    row(sound, outcome="matched", person=factories.person())
    assert sound.check() == {"R1": 1}


def test_r1_an_undecided_row_needs_somebodys_desk(sound: Sound) -> None:
    undecided = row(sound, outcome="conflict")
    assert sound.check() == {"R1": 1}
    FollowUp.objects.create(
        incident=sound.world.incident, roster=undecided.roster, kind="roster_rows", reason="x", due_on=clock.today()
    )  # fmt: skip
    assert sound.check() == {}


def test_r1_a_row_of_somebody_in_the_incident_is_well(sound: Sound) -> None:
    row(sound, outcome="matched", person_id=sound.sent.person_id)
    assert sound.check() == {}


def test_r1_a_question_about_duplicates_is_no_desk_for_undecided_rows(sound: Sound) -> None:
    undecided = row(sound, outcome="conflict")
    FollowUp.objects.create(
        incident=sound.world.incident, roster=undecided.roster, kind="duplicate", reason="x", due_on=clock.today()
    )  # fmt: skip
    assert sound.check()["R1"] == 1


def test_r1_a_row_that_vanished(sound: Sound) -> None:
    kept = row(sound, outcome="matched", person_id=sound.sent.person_id)
    by_hand("UPDATE breach_roster SET rows = 2, matched = 2 WHERE id = %s", kept.roster_id)
    assert sound.check()["R1"] == 1


# R2


@pytest.mark.parametrize("who", ["sent", "mail"])
def test_r2_a_next_action_that_vanished(sound: Sound, who: str) -> None:
    exposure = getattr(sound, who).notification.exposure_id
    by_hand("DELETE FROM breach_followup WHERE exposure_id = %s", exposure)
    assert sound.check() == {"R2": 1}


def test_r2_a_next_action_that_was_put_off_for_years(sound: Sound) -> None:
    by_hand(
        "UPDATE breach_followup SET due_on = '9999-12-31' WHERE exposure_id = %s",
        sound.sent.notification.exposure_id,
    )
    assert sound.check() == {"R2": 1}


def test_r2_a_delivery_nobody_will_try_for_days(sound: Sound) -> None:
    by_hand(
        "UPDATE notifications_delivery SET next_try_at = now() + interval '2 days' WHERE id = %s",
        sound.queued.pk,
    )
    assert sound.check() == {"R2": 1, "R11": 1}  # no clock of ours lets anything wait so long


def test_r2_a_stop_may_rest_on_everybody_for_a_day(sound: Sound) -> None:
    incidents.stop_sending(actor=sound.world.supervisor, incident=sound.world.incident, reason="x")
    connection.check_constraints()
    assert sound.check() == {}
    Incident.objects.update(sending_stopped_at=clock.now() - timedelta(hours=25))
    found = sound.check()
    assert found["R2"] == 1


def test_r2_somebody_who_was_never_prepared(sound: Sound) -> None:
    factories.exposure(incident=sound.world.incident)
    assert sound.check() == {"R2": 1}


@pytest.mark.parametrize(
    "change",
    [
        "queued_at = now() - interval '2 days'",  # nobody works
        "next_try_at = now() - interval '2 days'",
        "state = 'claimed', fence = 1, lease_until = now() - interval '2 days'",
    ],
)
def test_r2_a_delivery_that_should_have_moved_days_ago(sound: Sound, change: str) -> None:
    by_hand(f"UPDATE notifications_delivery SET {change} WHERE id = %s", sound.queued.pk)
    assert sound.check() == {"R2": 1}


@pytest.mark.parametrize("place", ["withdrawn", "unreachable"])
def test_r2_somebody_put_aside_by_nobody(sound: Sound, place: str) -> None:
    exposure = sound.sent.notification.exposure_id
    by_hand("DELETE FROM breach_followup WHERE exposure_id = %s", exposure)
    by_hand("UPDATE notifications_progress SET state = %s WHERE exposure_id = %s", place, exposure)
    assert sound.check()["R2"] == 1


# R3


def test_r3_the_same_notice_twice(sound: Sound) -> None:
    by_hand("ALTER TABLE notifications_delivery DROP CONSTRAINT IF EXISTS delivery_outbox_key")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX delivery_outbox_key")
    again = Delivery.objects.get(pk=sound.sent.pk)
    address, bytes_ = again.address, again.artefact.pdf
    again.pk, again._state.adding, again.address = uuid4(), True, address
    again.save()
    first = sound.sent.artefact
    artefact = type(first)(
        delivery=again, person_id=again.person_id, sha256=first.sha256, size=1, pages=2, pdf=bytes_,
        approved_sha256=first.approved_sha256, verified_at=first.verified_at,
    )  # fmt: skip
    artefact.save()
    attempt = Attempt.objects.get(delivery=sound.sent)
    attempt.pk, attempt._state.adding = uuid4(), True
    attempt.delivery, attempt.message_id = again, "<again@localhost>"
    attempt.save()
    assert sound.check()["R3"] == 1


# R4


@pytest.mark.parametrize(
    "change",
    [
        "verified_at = NULL",
        "person_id = gen_random_uuid()",
        "sha256 = repeat('0', 64)",
    ],
)
def test_r4_another_letter_than_the_one_that_was_verified(sound: Sound, change: str) -> None:
    by_hand(f"UPDATE notifications_artefact SET {change} WHERE delivery_id = %s", sound.sent.pk)
    assert sound.check() == {"R4": 1}


def test_r4_a_letter_that_left_without_bytes(sound: Sound) -> None:
    by_hand("DELETE FROM notifications_artefact WHERE delivery_id = %s", sound.sent.pk)
    assert sound.check()["R4"] >= 1


def test_r4_a_delivery_to_somebody_else(sound: Sound) -> None:
    by_hand(
        "UPDATE notifications_delivery SET person_id = gen_random_uuid() WHERE id = %s",
        sound.queued.pk,
    )
    assert sound.check()["R4"] >= 1


# R5


def test_r5_content_nobody_signed(sound: Sound) -> None:
    by_hand(
        "UPDATE notifications_attempt SET approved_sha256 = repeat('0', 64) WHERE delivery_id = %s",
        sound.sent.pk,
    )
    assert sound.check() == {"R5": 1}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM breach_signoff WHERE signed_by_id = %s",
        "UPDATE breach_signoff SET signed_at = now() + interval '1 day' WHERE signed_by_id = %s",
    ],
    ids=["one signature only", "signed afterwards"],
)
def test_r5_not_signed_by_two_before(sound: Sound, change: str) -> None:
    by_hand(change, sound.world.supervisor.pk)
    assert sound.check()["R5"] == 3


# R6


@pytest.mark.parametrize("table", ["breach_hold", "notifications_evidence"])
def test_r6_what_was_acknowledged_is_gone(sound: Sound, table: str) -> None:
    by_hand(f"DELETE FROM {table}")
    assert sound.check()["R6"] == 1


@pytest.mark.parametrize("gone", ["notifications_attempt", "notifications_batch", "breach_signoff"])
def test_r6_an_acknowledged_sending_or_signature_is_gone(sound: Sound, gone: str) -> None:
    Batch.objects.create(
        number="B-1", incident=sound.world.incident, channel="hand", state="written"
    )
    audit.record(
        actor=sound.world.system, action="batch.written", subject=Batch.objects.get(),
        incident=sound.world.incident,
    )  # fmt: skip
    by_hand(f"DELETE FROM {gone}")
    assert sound.check()["R6"] > 0


# R7


def test_r7_notified_without_proof(sound: Sound) -> None:
    by_hand("UPDATE notifications_evidence SET is_sufficient = false")
    assert sound.check() == {"R7": 1}


def test_r7_notified_by_proof_that_was_taken_back_and_a_hold_that_runs_on_it(sound: Sound) -> None:
    by_hand("UPDATE notifications_evidence SET disproved_at = now()")
    assert sound.check() == {"R7": 2}


def test_r7_notified_and_the_hold_is_paused(sound: Sound) -> None:
    by_hand("UPDATE breach_hold SET paused_at = now()")
    assert sound.check() == {"R7": 1}


def test_r7_notified_without_a_hold(sound: Sound) -> None:
    by_hand("DELETE FROM breach_hold")
    assert sound.check()["R7"] == 1


# R8


def ambiguous(sound: Sound, minutes: int) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'ambiguous' WHERE id = %s", sound.sent.pk)
    by_hand(
        "UPDATE notifications_attempt SET outcome = 'unknown', intent_at = now() - %s::interval "
        "WHERE delivery_id = %s",
        f"{minutes} minutes",
        sound.sent.pk,
    )
    by_hand("UPDATE breach_signoff SET signed_at = now() - interval '1 day'")


def test_r8_an_unknown_outcome_on_no_worklist(sound: Sound) -> None:
    ambiguous(sound, minutes=1)
    assert "R8" not in sound.check()
    ambiguous(sound, minutes=6)
    assert sound.check()["R8"] == 1


def test_r8_an_unknown_outcome_that_was_repeated(sound: Sound) -> None:
    ambiguous(sound, minutes=2)
    by_hand(
        "UPDATE notifications_delivery SET notification_id = %s WHERE id = %s",
        sound.sent.notification_id,
        sound.proven.pk,
    )
    assert sound.check()["R8"] == 1


# R9


def test_r9_a_letter_that_came_back_to_nobody(sound: Sound) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'returned' WHERE id = %s", sound.sent.pk)
    assert sound.check() == {}  # proof is awaited: somebody has it on a worklist
    by_hand(
        "DELETE FROM breach_followup WHERE exposure_id = %s",
        sound.sent.notification.exposure_id,
    )
    assert sound.check() == {"R2": 1, "R9": 1}


@pytest.mark.parametrize(("required", "state"), [(False, "ready"), (True, "withdrawn")])
def test_r9_what_is_on_its_way_to_nobody_who_must_be_told_is_no_answer(
    sound: Sound, required: bool, state: str
) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'returned' WHERE id = %s", sound.sent.pk)
    exposure = sound.sent.notification.exposure
    by_hand("DELETE FROM breach_followup WHERE exposure_id = %s", exposure.pk)
    copied = Notification.objects.create(
        reference="N-COPY", exposure=exposure, incident=sound.world.incident, recipient_role="guardian",
        is_required=required, state=state,
    )  # fmt: skip
    on_its_way = Delivery.objects.get(pk=sound.sent.pk)
    on_its_way.pk, on_its_way.notification, on_its_way.fence = uuid4(), copied, 0
    on_its_way.state, on_its_way.sent_at = "queued", None
    on_its_way.address = sound.sent.address  # sealed anew under the row's own key
    on_its_way.save(force_insert=True)
    assert sound.check()["R9"] == 1


# R10


def late(delivery: Delivery) -> None:
    """The delivery's intent, dated after whatever has just been committed."""
    connection.check_constraints()
    by_hand(
        "UPDATE notifications_attempt SET intent_at = clock_timestamp() WHERE delivery_id = %s",
        delivery.pk,
    )


def person(delivery: Delivery) -> AffectedPerson:
    return AffectedPerson.objects.get(pk=delivery.person_id)


STOPS: dict[str, tuple[str, Callable[[Sound], object]]] = {
    "stop switch": (
        "sent", lambda s: incidents.stop_sending(actor=s.world.supervisor, incident=s.world.incident, reason="x"),
    ),
    "death": (
        "sent", lambda s: people.mark_deceased(
            actor=s.world.supervisor, person=person(s.sent), on=clock.today(), source="x"
        ),
    ),
    "removal": (
        "sent", lambda s: people.mark_removed(
            actor=s.world.supervisor, person=person(s.sent), on=clock.today(), source="x"
        ),
    ),
    "transfer": (
        "sent", lambda s: placements.transfer(
            actor=s.world.supervisor, person=person(s.sent), facility=s.world.facility(), on=clock.today(), source="x"
        ),
    ),
    "release": (
        "sent", lambda s: people.mark_released(
            actor=s.world.supervisor, person=person(s.sent), on=clock.today(), source="x"
        ),
    ),
    "no contact": (
        "sent", lambda s: people.set_do_not_contact(
            actor=s.world.supervisor, person=person(s.sent), value=True, reason="x"
        ),
    ),
    "withdrawn counsel": (
        "mail", lambda s: representation.withdraw(
            actor=s.world.supervisor, representation=Representation.objects.get(), on=clock.today(), reason="x"
        ),
    ),
    "disputed counsel": (
        "mail", lambda s: representation.dispute(
            actor=s.world.supervisor, representation=Representation.objects.get(), reason="x"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("stop", STOPS)
def test_r10_a_letter_sent_after_it_was_stopped(sound: Sound, stop: str) -> None:
    who, stopped = STOPS[stop]
    stopped(sound)
    connection.check_constraints()
    assert "R10" not in sound.check()  # what left before is no violation
    late(getattr(sound, who))
    assert sound.check()["R10"] == 1


def test_r10_counsel_of_a_removed_person_is_still_told(sound: Sound) -> None:
    people.mark_removed(
        actor=sound.world.supervisor, person=person(sound.mail), on=clock.today(), source="x"
    )
    late(sound.mail)
    assert "R10" not in sound.check()


def test_r10_counsel_verified_again_after_a_dispute_is_told(sound: Sound) -> None:
    appearance = Representation.objects.get()
    boss, today = sound.world.supervisor, clock.today()
    representation.dispute(actor=boss, representation=appearance, reason="x")
    connection.check_constraints()
    representation.verify(actor=boss, representation=appearance, evidence="g28", on=today)
    late(sound.mail)
    assert "R10" not in sound.check()


def test_r10_a_letter_to_the_place_of_a_transfer_is_well(sound: Sound) -> None:
    stay = placements.transfer(
        actor=sound.world.supervisor, person=person(sound.sent), facility=sound.world.facility(), on=clock.today(),
        source="x",
    )  # fmt: skip
    by_hand(
        "UPDATE notifications_delivery SET placement_id = %s WHERE id = %s",
        stay.pk,
        sound.sent.pk,
    )
    late(sound.sent)
    assert "R10" not in sound.check()


def test_r10_a_letter_between_a_stop_and_its_end(sound: Sound) -> None:
    boss, incident = sound.world.supervisor, sound.world.incident
    incidents.stop_sending(actor=boss, incident=incident, reason="x")
    late(sound.sent)
    incidents.resume_sending(actor=boss, incident=incident, reason="x")
    connection.check_constraints()
    assert sound.check()["R10"] == 1


@pytest.mark.parametrize("ended", [False, True])
def test_r10_a_letter_sent_during_a_written_decision_to_wait(sound: Sound, ended: bool) -> None:
    delay = holds.decide_delay(
        actor=sound.world.privacy, incident=sound.world.incident, authority="court", reason="ordered",
        starts_on=clock.today(), ends_on=clock.today(),
    )  # fmt: skip
    connection.check_constraints()
    assert sound.check() == {}  # what left before is well
    if ended:
        holds.end_delay(actor=sound.world.privacy, delay=delay, reason="over")
    by_hand("UPDATE notifications_attempt SET intent_at = statement_timestamp()")
    found = sound.check()
    assert found.get("R10", 0) == (0 if ended else 3)


# R11


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notifications_delivery SET lease_until = now() + interval '3 hours' WHERE id = %s",
        "UPDATE notifications_attempt SET intent_at = now() + interval '1 day' WHERE delivery_id = %s",
    ],
)
def test_r11_a_time_the_database_does_not_know(sound: Sound, change: str) -> None:
    by_hand(change, sound.sent.pk)
    assert sound.check()["R11"] == 1


def test_r11_proof_from_the_future(sound: Sound) -> None:
    by_hand(
        "UPDATE notifications_notification SET notified_at = now() + interval '1 day' WHERE id = %s",
        sound.proven.notification_id,
    )
    assert sound.check() == {"R11": 1}


def test_r11_a_shortened_hold(sound: Sound) -> None:
    by_hand("UPDATE breach_hold SET until = until - 1")
    assert sound.check() == {"R11": 1}


# R12


def test_r12_a_delivery_sent_by_a_message_alone(sound: Sound) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'sent' WHERE id = %s", sound.queued.pk)
    assert sound.check()["R12"] == 1


def test_r12_sending_without_an_intent(sound: Sound) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'sending' WHERE id = %s", sound.queued.pk)
    assert sound.check() == {"R12": 1}


@pytest.mark.parametrize("state", ["ambiguous", "failed", "delivered", "claimed"])
def test_r12_no_state_without_the_traces_of_the_protocol(sound: Sound, state: str) -> None:
    by_hand("UPDATE notifications_delivery SET state = %s WHERE id = %s", state, sound.queued.pk)
    assert sound.check()["R12"] == 1


def test_r12_what_left_does_not_wait_again(sound: Sound) -> None:
    by_hand("UPDATE notifications_delivery SET state = 'queued' WHERE id = %s", sound.sent.pk)
    assert sound.check()["R12"] == 1


def test_r12_nothing_is_under_way_without_a_delivery(sound: Sound) -> None:
    (newcomer,) = Notification.objects.filter(deliveries=None)
    by_hand("UPDATE notifications_notification SET state = 'underway' WHERE id = %s", newcomer.pk)
    assert sound.check()["R12"] == 1


# R13


@pytest.mark.parametrize("subject", ["evidence", "hold", "receipt", "signoff", "notification"])
def test_r13_a_change_without_its_event(sound: Sound, subject: str) -> None:
    by_hand("UPDATE breach_auditevent SET subject_type = 'x' WHERE subject_type = %s", subject)
    # The event is missing, and the chain shows that it was altered.
    assert sound.check()["R13"] >= 2


def test_r13_history_rewritten(sound: Sound) -> None:
    by_hand("UPDATE breach_auditevent SET reason = 'x' WHERE stream <> 'system' AND seq = 2")
    assert sound.check() == {"R13": 1}


def test_r13_an_event_outside_the_chain(sound: Sound) -> None:
    audit.record(
        actor=sound.world.system,
        action="test.happened",
        subject=sound.world.incident,
        incident=sound.world.incident,
    )
    assert sound.check() == {"R13": 1}
    connection.check_constraints()
    assert sound.check() == {}


# R14


def test_r14_a_place_the_duties_do_not_bear_out(sound: Sound) -> None:
    by_hand(
        "UPDATE notifications_progress SET state = 'pending' WHERE exposure_id = %s",
        sound.sent.notification.exposure_id,
    )
    assert sound.check() == {"R14": 1}


def test_r14_a_place_that_belongs_to_another_incident(sound: Sound) -> None:
    other = factories.incident()
    by_hand(
        "UPDATE notifications_progress SET incident_id = %s WHERE exposure_id = %s",
        other.pk,
        sound.sent.notification.exposure_id,
    )
    assert invariants.funnel_sums(Incident.objects.filter(pk=other.pk)) > 0


# The figures' scope.


def test_one_incidents_trouble_is_not_anothers(sound: Sound) -> None:
    other = factories.incident()
    factories.exposure(incident=other)
    assert sound.check() == {}
    assert invariants.check(Incident.objects.filter(pk=other.pk))["R2"] == 1


def test_a_proof_dated_last_year_is_no_trouble(sound: Sound) -> None:
    proving.record_evidence(
        actor=sound.world.mail_room, notification=Notification.objects.get(pk=sound.sent.notification_id),
        kind=EvidenceKind.SIGNED_SHEET, proven_at=datetime(2025, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    connection.check_constraints()
    assert sound.check() == {}
