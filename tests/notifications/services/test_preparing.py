"""Preparing: duties follow the case file, what waits is queued anew, nobody is left without a next action."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breach.models import (
    AffectedPerson,
    AuditEvent,
    EvidenceKind,
    Exposure,
    FollowUp,
    Hold,
    Incident,
    PersonLanguage,
    Representation,
    User,
)
from breach.services import (
    clock,
    corrections,
    holds,
    incidents,
    keys,
    people,
    placements,
    representation,
)
from notifications import invariants
from notifications.models import Delivery, LetterVersion, Notification, Progress
from notifications.services import (
    claiming,
    following,
    letters,
    making,
    preparing,
    proving,
    sending,
)
from notifications.services.preparing import PrepareReport
from tests import factories
from tests.notifications.factories import newcomers, send_out
from tests.notifications.outbox_world import World, finish


def prepare(world: World) -> PrepareReport:
    return preparing.prepare(
        actor=world.system, incident=Incident.objects.get(pk=world.incident.pk)
    )


def person(delivery: Delivery) -> AffectedPerson:
    return AffectedPerson.objects.get(pk=delivery.person_id)


def duties(delivery: Delivery) -> dict[str, str]:
    """State by recipient, the withdrawn ones left out."""
    rows = Notification.objects.filter(exposure__person=delivery.person_id)
    return dict(rows.exclude(state="withdrawn").values_list("recipient_role", "state"))


def place(delivery: Delivery) -> str:
    return Progress.objects.get(exposure__person=delivery.person_id).state


def waiting(delivery: Delivery) -> dict[str, str]:
    """Open follow-ups of the person: reason by kind."""
    rows = FollowUp.objects.filter(exposure__person=delivery.person_id, state="open")
    return dict(rows.values_list("kind", "reason"))


def states(delivery: Delivery) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(person_id=delivery.person_id)
    return list(rows.order_by("queued_at", "id").values_list("channel", "state"))


def prove(world: World, delivery: Delivery, kind: EvidenceKind = EvidenceKind.SIGNED_SHEET) -> None:
    proving.record_evidence(
        actor=world.mail_room,
        notification=delivery.notification,
        kind=kind,
        proven_at=datetime(2022, 12, 1, tzinfo=UTC),
    )


def new_counsel(world: World, who: AffectedPerson) -> Representation:
    return representation.replace_counsel(
        actor=world.supervisor, person=who, attorney=factories.attorney(), forum=world.incident.forum,
        on=clock.today(), evidence="g28",
    )  # fmt: skip


def sign_new_version(world: World) -> LetterVersion:
    incident = Incident.objects.get(pk=world.incident.pk)
    version = letters.adopt_standard_wording(actor=world.privacy, incident=incident)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    for signer in (world.supervisor, User.objects.get(username="sup2-invented")):
        letters.sign(actor=signer, version=version)
    return version


# The first run.


def test_each_gets_a_duty_a_delivery_and_a_place_in_the_funnel(world: World) -> None:
    (mail,) = world.represented(1)
    (hand,) = world.detained(1)
    (post,) = world.outside(1)
    assert duties(mail) == {"representative": "ready"}
    assert duties(hand) == duties(post) == {"person": "ready"}
    assert [place(one) for one in (mail, hand, post)] == ["ready"] * 3
    assert mail.address["email"].endswith("@firm.invalid")
    assert post.address["lines"] == ["Ana Inventada", "2 Way", "Town, ST 00002"]
    assert hand.address["lines"][:2] == ["Ana Inventada", "Invented Center 1"]
    assert "attorney of record" in mail.reasons[0]["text"]


def test_a_second_run_changes_nothing(world: World) -> None:
    world.represented(2)
    world.detained(2)
    newcomers(world, 2)
    assert prepare(world).blocked == {"no_route": 2}

    def everything() -> tuple[int, ...]:
        return tuple(
            rows.objects.count() for rows in (Notification, Delivery, FollowUp, AuditEvent)
        )

    before = everything()
    assert prepare(world) == PrepareReport()
    everybody = list(Exposure.objects.values_list("pk", flat=True))
    report = preparing.prepare(actor=world.system, incident=world.incident, exposures=everybody)
    assert (report.exposures, report.queued, report.cancelled) == (6, 0, 0)
    assert everything() == before


def test_whoever_cannot_be_told_has_a_next_action_with_a_date(world: World) -> None:
    (exposure,) = newcomers(world, 1)
    prepare(world)
    follow_up = FollowUp.objects.get(exposure=exposure, state="open")
    assert (follow_up.kind, follow_up.due_on > clock.today()) == ("no_route", True)
    assert follow_up.reason.startswith("We know neither")
    assert Progress.objects.get(exposure=exposure).state == "pending"


def test_the_answer_to_a_question_closes_it(world: World) -> None:
    (exposure,) = newcomers(world, 1)
    prepare(world)
    placements.transfer(
        actor=world.supervisor, person=exposure.person, facility=world.facility(), on=clock.today(), source="call",
    )  # fmt: skip
    assert prepare(world).queued == 1
    follow_up = FollowUp.objects.get(exposure=exposure)
    assert (follow_up.state, follow_up.closed_reason) == (
        "done",
        "Answered: the person has a route now",
    )


def test_another_question_takes_the_place_of_the_first(world: World) -> None:
    (exposure,) = newcomers(world, 1)
    prepare(world)
    people.set_language(
        actor=world.supervisor, person=exposure.person, tag="prs", reads=True, verified=True, source="asked"
    )  # fmt: skip
    PersonLanguage.objects.filter(person=exposure.person).exclude(tag="prs").delete()
    prepare(world)
    assert list(
        FollowUp.objects.filter(exposure=exposure, state="open").values_list("kind", flat=True)
    ) == ["no_translation", "interpreter_call"]


def test_a_route_does_not_close_what_somebody_else_asked(world: World) -> None:
    (delivery,) = world.detained(1)
    representation.claim(
        actor=world.supervisor, person=person(delivery), attorney=factories.attorney(), forum=world.incident.forum,
        on=clock.today(),
    )  # fmt: skip
    prepare(world)
    assert waiting(delivery)["disputed_counsel"].startswith("An attorney claims")


def test_the_policy_decides_about_copies(world: World) -> None:
    Incident.objects.update(copy_to_person=True)
    who = factories.person()
    exposure = factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.representation(who)
    factories.placement(who)
    sign_new_version(world)
    prepare(world)
    rows = Notification.objects.filter(exposure=exposure).order_by("recipient_role")
    assert list(rows.values_list("recipient_role", "is_required", "state")) == [
        ("person", False, "ready"),
        ("representative", True, "ready"),
    ]


def test_a_hundred_people_cost_as_many_statements_as_ten(world: World) -> None:
    def statements(people: int) -> int:
        for exposure in factories.crowd(people, incident=world.incident):
            factories.placement(exposure.person)
        with CaptureQueriesContext(connection) as counted:
            assert prepare(world).queued == people
        return len(counted)

    statements(1)  # what is loaded once for the whole process
    assert statements(100) == statements(10)


# The case file moves on.


def test_a_transfer_before_proof_cancels_and_queues_anew(world: World) -> None:
    (delivery,) = world.detained(1)
    placements.transfer(
        actor=world.supervisor, person=person(delivery), facility=world.facility(), on=clock.today(), source="call",
    )  # fmt: skip
    report = prepare(world)
    assert (report.exposures, report.queued, report.cancelled) == (1, 1, 1)
    assert states(delivery) == [("hand", "cancelled"), ("hand", "queued")]
    assert duties(delivery) == {"person": "ready"}
    assert Delivery.objects.get(state="queued").address["lines"][1] == "Invented Center 2"


@pytest.mark.parametrize("is_sent", [False, True])
def test_after_a_transfer_recorded_by_mistake_the_first_letter_counts_again(
    world: World, is_sent: bool
) -> None:
    """Sent once, it is not sent again; cancelled before it left, it is made anew."""
    (delivery,) = world.detained(1)
    if is_sent:
        send_out(world, [delivery])
    placements.transfer(
        actor=world.supervisor, person=person(delivery), facility=world.facility(), on=clock.today(), source="call",
    )  # fmt: skip
    prepare(world)
    corrections.take_back(
        actor=world.supervisor, person=person(delivery), fact="transfer", reason="Another person"
    )
    prepare(world)
    live = Delivery.objects.exclude(state="cancelled").get()
    assert live.placement_id == delivery.placement_id
    assert (live.state, live == delivery) == ("sent" if is_sent else "queued", is_sent)


def test_a_letter_that_left_before_the_transfer_is_followed_by_another(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    placements.transfer(
        actor=world.supervisor, person=person(delivery), facility=world.facility(), on=clock.today(), source="call",
    )  # fmt: skip
    prepare(world)
    assert states(delivery) == [("hand", "sent"), ("hand", "queued")]
    assert place(delivery) == "underway"


def test_new_counsel_takes_the_place_of_the_person(world: World) -> None:
    (delivery,) = world.detained(1)
    new_counsel(world, person(delivery))
    prepare(world)
    assert duties(delivery) == {"representative": "ready"}
    assert states(delivery) == [("hand", "cancelled"), ("email", "queued")]
    withdrawn = Notification.objects.get(recipient_role="person")
    assert (withdrawn.state, withdrawn.closed_reason) == (
        "withdrawn",
        "Another recipient is told instead",
    )
    assert place(delivery) == "ready"


def test_other_counsel_gets_a_duty_of_their_own(world: World) -> None:
    (delivery,) = world.represented(1)
    counsel = new_counsel(world, person(delivery))
    prepare(world)
    live = Notification.objects.exclude(state="withdrawn").get(recipient_role="representative")
    assert live.representation == counsel
    assert states(delivery) == [("email", "cancelled"), ("email", "queued")]


def test_when_counsel_withdraws_the_person_is_told_directly(world: World) -> None:
    (delivery,) = world.represented(1)
    factories.placement(person(delivery))
    representation.withdraw(
        actor=world.supervisor, representation=Representation.objects.get(), on=clock.today(), reason="left"
    )  # fmt: skip
    prepare(world)
    assert duties(delivery) == {"person": "ready"}
    assert states(delivery) == [("email", "cancelled"), ("hand", "queued")]


@pytest.mark.parametrize("change", ["counsel", "transfer", "removal", "death"])
def test_who_was_told_stays_told_whatever_changes_later(world: World, change: str) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    prove(world, delivery)
    who, boss, today = person(delivery), world.supervisor, clock.today()
    if change == "counsel":
        new_counsel(world, who)
    elif change == "transfer":
        placements.transfer(actor=boss, person=who, facility=world.facility(), on=today, source="x")
    elif change == "removal":
        people.mark_removed(actor=boss, person=who, on=today, source="x")
    else:
        people.mark_deceased(actor=boss, person=who, on=today, source="x")
    report = prepare(world)
    assert (report.exposures, report.queued, report.blocked) == (1, 0, {})
    assert duties(delivery) == {"person": "notified"}
    assert place(delivery) == "notified"
    assert waiting(delivery) == {}


def test_a_removal_before_notice_stays_an_alarm_while_counsel_is_told(world: World) -> None:
    (delivery,) = world.detained(1)
    people.mark_removed(
        actor=world.supervisor, person=person(delivery), on=clock.today(), source="list"
    )
    prepare(world)
    assert set(waiting(delivery)) == {"removed_untold"}
    new_counsel(world, person(delivery))
    prepare(world)
    assert duties(delivery) == {"representative": "ready"}
    assert set(waiting(delivery)) == {"removed_untold"}


def test_nothing_is_queued_beside_an_unknown_outcome(world: World) -> None:
    (delivery,) = world.detained(1)
    Delivery.objects.update(state="ambiguous")
    placements.transfer(
        actor=world.supervisor, person=person(delivery), facility=world.facility(), on=clock.today(), source="call",
    )  # fmt: skip
    assert prepare(world).queued == 0
    assert states(delivery) == [("hand", "ambiguous")]


def test_a_letter_delivered_but_not_proven_keeps_its_duty_underway(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    Delivery.objects.update(state="delivered")
    holds.decide_delay(
        actor=world.privacy, incident=world.incident, exposure=delivery.notification.exposure, authority="court",
        reason="ordered", starts_on=clock.today(), ends_on=clock.today(),
    )  # fmt: skip
    prepare(world)
    assert duties(delivery) == {"person": "underway"}


def test_who_was_thought_unreachable_is_told_through_new_counsel(world: World) -> None:
    (delivery,) = world.represented(1)
    Notification.objects.update(state="unreachable")
    new_counsel(world, person(delivery))
    prepare(world)
    assert duties(delivery) == {"representative": "ready"}


# Signatures.


def unsign(world: World) -> None:
    """A fact changes after the sign-off: what was signed is not what people would read."""
    incidents.change_policy(actor=world.supervisor, incident=world.incident, hold_days=60)


def test_an_unsigned_letter_queues_nothing_and_waits_on_a_worklist(world: World) -> None:
    unsign(world)
    who = factories.person()
    exposure = factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.placement(who)
    assert prepare(world).blocked == {"sign_off": 1}
    assert not Delivery.objects.exists()
    assert FollowUp.objects.get(exposure=exposure, state="open").kind == "sign_off"
    assert Notification.objects.get().state == "pending"
    sign_new_version(world)
    assert prepare(world).queued == 1
    assert not FollowUp.objects.filter(state="open").exists()
    assert Notification.objects.get().state == "ready"


def test_a_signed_successor_replaces_what_still_waits(world: World) -> None:
    (delivery,) = world.detained(1)
    unsign(world)
    version = sign_new_version(world)
    report = prepare(world)
    assert (report.queued, report.cancelled) == (1, 1)
    assert Delivery.objects.get(state="queued").letter_version == version
    assert states(delivery) == [("hand", "cancelled"), ("hand", "queued")]
    assert prepare(world).exposures == 0


def test_a_signed_successor_does_not_follow_a_letter_that_left(world: World) -> None:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    unsign(world)
    sign_new_version(world)
    people.set_language(
        actor=world.supervisor, person=person(delivery), tag="es", reads=True, verified=True, source="x"
    )  # fmt: skip
    assert prepare(world).exposures == 1
    assert states(delivery) == [("hand", "sent")]


def test_what_the_gate_sent_back_to_be_prepared_is_prepared(world: World) -> None:
    """E.g. the letter was signed anew between claim and intent: the gate cancels and says `prepare`."""
    (delivery,) = world.detained(1)
    Delivery.objects.update(state="cancelled")
    FollowUp.objects.create(
        incident=world.incident, exposure=delivery.notification.exposure, kind="prepare", reason="x",
        due_on=clock.today(),
    )  # fmt: skip
    assert prepare(world).queued == 1
    assert waiting(delivery) == {}


# Languages.


def test_a_missing_translation_is_a_next_action_until_there_is_one(world: World) -> None:
    who = factories.person(language="prs")
    exposure = factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.placement(who)
    assert prepare(world).blocked == {"no_translation": 1}
    unsign(world)
    sign_new_version(world)
    assert prepare(world).exposures == 0  # the new version has no Dari either
    PersonLanguage.objects.filter(person=who).update(tag="es-GT")  # as if Dari had come
    assert prepare(world).queued == 1
    assert not FollowUp.objects.filter(exposure=exposure, state="open").exists()


def test_who_reads_nothing_gets_a_letter_and_a_call(world: World) -> None:
    who = factories.person(language="mam", reads=None)
    factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.placement(who)
    assert prepare(world).queued == 2
    assert Notification.objects.get().needs_interpreter
    assert set(Delivery.objects.values_list("channel", "language")) == {
        ("hand", "es"),
        ("call", "es"),
    }


# In between.


def test_the_report_counts_what_happened(world: World) -> None:
    who = factories.person()
    factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.placement(who)
    newcomers(world, 2)
    told = []
    report = preparing.prepare(
        actor=world.system, incident=world.incident, progress=lambda done, all_: told.append((done, all_)),
    )  # fmt: skip
    assert (report.exposures, report.routed, report.queued) == (3, 1, 1)
    assert told == [(3, 3)]


def test_every_promise_holds_after_all_of_it(world: World) -> None:
    hand = world.detained(2)
    (mail,) = world.represented(1)
    newcomers(world, 1)
    send_out(world, hand[:1])
    prove(world, hand[0])
    new_counsel(world, person(hand[1]))
    new_counsel(world, person(mail))
    prepare(world)
    while making.waiting():
        finish(list(Delivery.objects.filter(state="queued", artefact=None)))
    connection.check_constraints()
    broken = invariants.check(Incident.objects.all())
    assert not any(broken.values()), broken


def test_merged_people_are_left_to_whom_they_were_merged_into(world: World) -> None:
    who = factories.person(merged_into=factories.person())
    factories.exposure(of=who, incident=world.incident)
    assert prepare(world).exposures == 0


def test_the_most_at_risk_come_first(world: World) -> None:
    for tier in (3, 1, 2):
        factories.exposure(incident=world.incident, risk_tier=tier)
    order = preparing.stale_exposures(world.incident, None)
    tiers = dict(Exposure.objects.values_list("pk", "risk_tier"))
    assert [tiers[pk] for pk in order] == [1, 2, 3]


# Two recipients of one disclosure, and what changes between their proofs.


def represented_with_a_copy(world: World, *, required: bool) -> tuple[Delivery, Delivery]:
    """Counsel's notice and the person's copy of somebody in custody, both ready to leave."""
    Incident.objects.update(copy_to_person=True, copy_required=required)
    sign_new_version(world)
    who = factories.person()
    exposure = factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.representation(who)
    factories.placement(who)
    prepare(world)
    finish(list(Delivery.objects.filter(state="queued", artefact=None)))
    found = Delivery.objects.filter(notification__exposure=exposure).select_related("notification")
    return found.get(channel="email"), found.get(channel="hand")


def broken() -> dict[str, int]:
    connection.check_constraints()
    finish(list(Delivery.objects.filter(state="queued", artefact=None).exclude(channel="call")))
    return {name: n for name, n in invariants.check(Incident.objects.all()).items() if n}


def test_a_proven_copy_is_notice_once_nobody_speaks_for_the_person_any_more(world: World) -> None:
    _mail, copy = represented_with_a_copy(world, required=False)
    send_out(world, [copy])
    prove(world, copy)
    assert place(copy) == "ready"
    representation.withdraw(
        actor=world.supervisor, representation=Representation.objects.get(), on=clock.today(), reason="left"
    )  # fmt: skip
    prepare(world)
    assert place(copy) == "notified"
    assert Hold.objects.get().notified_at == datetime(2022, 12, 1, tzinfo=UTC)
    assert waiting(copy) == {}
    assert broken() == {}


def test_a_copy_that_becomes_the_notice_is_waited_for_by_a_date(world: World) -> None:
    _mail, copy = represented_with_a_copy(world, required=False)
    send_out(world, [copy])
    representation.withdraw(
        actor=world.supervisor, representation=Representation.objects.get(), on=clock.today(), reason="left"
    )  # fmt: skip
    prepare(world)
    assert duties(copy) == {"person": "underway"}
    assert set(waiting(copy)) == {"await_proof"}
    assert broken() == {}


def test_new_counsel_is_told_although_the_required_copy_is_proven(world: World) -> None:
    _mail, copy = represented_with_a_copy(world, required=True)
    send_out(world, [copy])
    prove(world, copy)
    counsel = new_counsel(world, person(copy))
    prepare(world)
    assert duties(copy) == {"person": "notified", "representative": "ready"}
    assert Notification.objects.get(representation=counsel).state == "ready"
    assert place(copy) == "ready"
    assert broken() == {}


def test_a_copy_that_need_not_be_proven_any_more_ends_the_waiting_and_starts_the_hold(
    world: World,
) -> None:
    mail, copy = represented_with_a_copy(world, required=True)
    send_out(world, [mail])
    prove(world, mail, EvidenceKind.ATTORNEY_ATTESTATION)
    assert place(copy) == "ready"
    incidents.change_policy(actor=world.supervisor, incident=world.incident, copy_required=False)
    prepare(world)
    assert place(copy) == "notified"
    assert Hold.objects.get().exposure_id == copy.notification.exposure_id
    assert broken() == {}


def test_a_changed_policy_has_everybody_routed_again(world: World) -> None:
    (delivery,) = world.detained(1)
    representation.claim(
        actor=world.supervisor, person=person(delivery), attorney=factories.attorney(), forum="eoir", on=clock.today(),
    )  # fmt: skip
    representation.verify(
        actor=world.supervisor, representation=Representation.objects.get(), evidence="eoir28", on=clock.today()
    )  # fmt: skip
    prepare(world)
    assert duties(delivery) == {"person": "ready"}
    incidents.change_policy(actor=world.supervisor, incident=world.incident, forum="eoir")
    assert prepare(world).exposures == 1
    assert duties(delivery) == {"representative": "ready"}


def test_a_shredded_person_does_not_stop_everybody_else(world: World) -> None:
    (gone, there) = world.detained(2)
    cast = factories.cast()
    keys.destroy(
        actor=cast.supervisor, second=cast.privacy, person=person(gone), reason="retention is over"
    )
    newcomers(world, 1)
    assert prepare(world).exposures == 2
    assert duties(there) == {"person": "ready"}
    assert waiting(gone)
    assert broken() == {}


# A claimed appearance.


def claimed(world: World, delivery: Delivery) -> Representation:
    return representation.claim(
        actor=world.supervisor, person=person(delivery), attorney=factories.attorney(), forum=world.incident.forum,
        on=clock.today(),
    )  # fmt: skip


def test_a_claim_is_asked_about_before_the_person_is_told_past_counsel(world: World) -> None:
    (delivery,) = world.detained(1)
    claim = claimed(world, delivery)
    prepare(world)
    assert states(delivery) == [("hand", "cancelled")]
    assert waiting(delivery)["disputed_counsel"].startswith("An attorney claims")
    assert prepare(world).exposures == 0
    representation.verify(
        actor=world.supervisor, representation=claim, evidence="g28", on=clock.today()
    )
    prepare(world)
    assert duties(delivery) == {"representative": "ready"}


def test_a_claim_nobody_verified_in_two_business_days_keeps_nobody_waiting(world: World) -> None:
    (delivery,) = world.detained(1)
    claimed(world, delivery)
    prepare(world)
    long_ago = clock.today() - timedelta(days=10)
    Representation.objects.update(claimed_on=long_ago)
    Notification.objects.update(rests_on={"until": (long_ago + timedelta(days=4)).isoformat()})
    assert following.follow_changes(actor=world.system) == 1
    assert states(delivery) == [("hand", "cancelled"), ("hand", "queued")]
    assert "disputed_counsel" in waiting(delivery)  # verifying is still to be done
    assert broken() == {}


def test_a_claim_that_comes_up_between_queueing_and_sending_stops_the_letter(world: World) -> None:
    (delivery,) = world.detained(1)
    claimed(world, delivery)
    claims = claiming.claim(claiming.due("hand"), limit=1)
    assert sending.pass_gate(world.system, claims) == []
    assert states(delivery) == [("hand", "cancelled")]
