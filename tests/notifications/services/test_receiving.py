"""Receipts: applied once, proof finishes the duty, a return opens it again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from breach.access import follow_ups_visible_to
from breach.core.roles import NotAllowed
from breach.models import (
    Attorney,
    AuditEvent,
    ContactPoint,
    FollowUp,
    Hold,
    Incident,
    User,
)
from breach.services import followups
from notifications import invariants
from notifications.models import (
    Attempt,
    Delivery,
    Evidence,
    Notification,
    Progress,
    Receipt,
    ReceiptFile,
)
from notifications.receipts.reading import UnreadableReceipts
from notifications.services import letters, outcomes, preparing, sending
from notifications.services.claiming import Claim, claim, due
from notifications.services.receiving import ReceiptReport, apply_receipt, import_receipts
from notifications.services.resolving import Finding, resolve_ambiguous
from notifications.states import ReceiptKind
from tests import factories
from tests.agency import day_there
from tests.notifications.outbox_world import World, finish

NOW = datetime.now(UTC)
TODAY = day_there(NOW)  # as people there write it


def sent(world: World, deliveries: list[Delivery]) -> list[Delivery]:
    """As if the batch had been written: claimed, intended and accepted."""
    claims = claim(due(deliveries[0].channel), limit=len(deliveries))
    passed = sending.pass_gate(world.system, claims)
    sending.write_intent(passed, lease=timedelta(seconds=60))
    outcomes.accepted(actor=world.system, claims=claims)
    return list(
        Delivery.objects.filter(pk__in=[d.pk for d in deliveries]).select_related("notification")
    )


def sheet(*rows: tuple[Delivery, str], day: date | None = None) -> bytes:
    lines = ["Reference,Outcome,Date,Officer"]
    lines += [f"{d.notification.reference},{outcome},{day or TODAY},4471" for d, outcome in rows]
    return "\r\n".join(lines).encode()


def load(world: World, data: bytes) -> ReceiptReport:
    return import_receipts(actor=world.mail_room, data=data)


def counts(report: ReceiptReport) -> tuple[int, int, int, int]:
    return (report.rows, report.applied, report.repeated, report.refused)


def test_a_signed_sheet_proves_notice_and_starts_the_hold(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    report = load(world, sheet((delivery, "delivered")))
    assert counts(report) == (1, 1, 0, 0)
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    evidence = Evidence.objects.get()
    assert (evidence.kind, evidence.is_sufficient) == ("signed_sheet", True)
    assert evidence.artefact_sha256 == delivery.artefact.sha256
    assert "officer 4471" in evidence.statement
    assert Notification.objects.get().state == "notified"
    assert Progress.objects.get().state == "notified"
    assert Hold.objects.get().until == TODAY + timedelta(days=world.incident.hold_days)
    assert not FollowUp.objects.filter(state="open").exists()


def test_a_returned_letter_reopens_the_duty(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    load(world, sheet((delivery, "transferred")))
    delivery.refresh_from_db()
    assert delivery.state == "returned"
    assert Notification.objects.get().state == "pending"
    assert Progress.objects.get().state == "pending"
    assert list(FollowUp.objects.filter(state="open").values_list("kind", flat=True)) == [
        "transferred"
    ]


@pytest.mark.parametrize(("outcome", "kind"), [("refused", "refused"), ("not_here", "transferred")])
def test_every_way_of_coming_back_leaves_a_next_action(
    world: World, outcome: str, kind: str
) -> None:
    (delivery,) = sent(world, world.detained(1))
    load(world, sheet((delivery, outcome)))
    assert list(FollowUp.objects.filter(state="open").values_list("kind", flat=True)) == [kind]


def test_the_same_file_twice_changes_nothing(world: World) -> None:
    rows = [(delivery, "delivered") for delivery in sent(world, world.detained(3))]
    first = load(world, sheet(*rows))
    events = AuditEvent.objects.count()
    again = load(world, sheet(*rows))
    assert (counts(first), counts(again)) == ((3, 3, 0, 0), (3, 0, 3, 0))
    assert (Receipt.objects.count(), Evidence.objects.count()) == (3, 3)
    assert AuditEvent.objects.count() == events


def test_rows_refused_at_first_are_taken_when_the_same_file_comes_again(world: World) -> None:
    (delivery,) = world.detained(1)
    file = sheet((delivery, "delivered"))
    assert counts(load(world, file)) == (1, 0, 0, 1)
    sent(world, [delivery])
    assert counts(load(world, file)) == (1, 1, 0, 0)
    assert counts(load(world, file)) == (1, 0, 1, 0)
    assert Evidence.objects.count() == 1


def test_the_same_news_in_another_file_is_a_repeat(world: World) -> None:
    one, two = sent(world, world.detained(2))
    load(world, sheet((one, "delivered")))
    report = load(world, sheet((two, "delivered"), (one, "delivered")))
    assert counts(report) == (2, 1, 1, 0)


def test_rows_about_nothing_that_left_are_refused_by_number(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    (waiting,) = world.detained(1)
    report = load(world, sheet((waiting, "delivered"), (delivery, "delivered")))
    assert counts(report) == (2, 1, 0, 1)
    assert report.problems[0].row == 2
    waiting.refresh_from_db()
    assert waiting.state == "queued"


def test_a_sheet_dated_before_the_letter_left_is_refused(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    report = load(world, sheet((delivery, "delivered"), day=TODAY - timedelta(days=30)))
    assert counts(report) == (1, 0, 0, 1)
    assert "before the day" in report.problems[0].sentence


def test_news_settles_an_unknown_outcome(world: World) -> None:
    (delivery,) = world.detained(1)
    claims = claim(due("hand"), limit=1)
    sending.write_intent(sending.pass_gate(world.system, claims), lease=timedelta(seconds=60))
    outcomes.unknown(actor=world.system, claims=claims, detail="lost")
    load(world, sheet((delivery, "delivered")))
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    assert Attempt.objects.get().outcome == "accepted"
    assert not FollowUp.objects.filter(state="open").exists()


def test_news_that_comes_before_the_workers_answer_wins_over_it(world: World) -> None:
    (delivery,) = world.detained(1)
    claims = claim(due("hand"), limit=1)
    sending.write_intent(sending.pass_gate(world.system, claims), lease=timedelta(seconds=60))
    load(world, sheet((delivery, "delivered")))
    assert outcomes.refused(actor=world.system, claims=claims, permanent=True, detail="late") == []
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_a_return_after_proof_asks_a_person_and_takes_no_proof_away(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    load(world, sheet((delivery, "delivered")))
    load(world, sheet((delivery, "refused")))
    assert Notification.objects.get().state == "notified"
    assert FollowUp.objects.get(state="open").kind == "refused"


def test_a_bounce_names_its_delivery_by_the_message_id(world: World, sink: Path) -> None:
    (delivery,) = world.represented(1)
    sending.send_next(actor=world.system, channel="email")
    message_id = Attempt.objects.get().message_id
    report = load(
        world,
        (
            "From: MAILER-DAEMON@relay.invalid\nTo: notices@notices.invalid\n"
            'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.invalid\n\n"
            "Final-Recipient: rfc822; x@firm.invalid\nAction: failed\nStatus: 5.2.2\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
        ).encode(),
    )
    assert (report.kind, counts(report)) == ("bounce", (1, 1, 0, 0))
    delivery.refresh_from_db()
    assert delivery.state == "bounced"
    assert FollowUp.objects.get(state="open").kind == "returned"


def bounce(
    reference: str = "", message_id: str = "", action: str = "failed", subject: str = "Undelivered"
) -> bytes:
    back = f"bounces+{reference}@notices.invalid" if reference else "notices@notices.invalid"
    original = f"Message-ID: {message_id}\n" if message_id else "Subject: A notice\n"
    return (
        f"From: MAILER-DAEMON@relay.invalid\nTo: {back}\nSubject: {subject}\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.invalid\n\n"
        f"Final-Recipient: rfc822; x@firm.invalid\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n--b--\n"
    ).encode()


def mailed_twice(world: World) -> tuple[Delivery, Delivery]:
    """One duty, two mails that left: after the first one counsel's address was corrected."""
    (first,) = world.represented(1)
    sending.send_next(actor=world.system, channel="email")
    second = Delivery.objects.get(pk=first.pk)
    Delivery.objects.filter(pk=first.pk).update(address_version="before it was corrected")
    second.pk, second.state, second.fence, second.sent_at = uuid4(), "queued", 0, None
    second.address = first.address  # sealed anew under the row's own key
    second.save(force_insert=True)
    finish([second])
    assert sending.send_next(actor=world.system, channel="email") == {"sent": 1}
    return Delivery.objects.get(pk=first.pk), Delivery.objects.get(pk=second.pk)


def test_a_bounce_without_message_id_is_about_the_only_mail_that_left(
    world: World, sink: Path
) -> None:
    (delivery,) = world.represented(1)
    sending.send_next(actor=world.system, channel="email")
    assert counts(load(world, bounce(delivery.notification.reference))) == (1, 1, 0, 0)
    delivery.refresh_from_db()
    assert delivery.state == "bounced"


@pytest.mark.parametrize("message_id", ["", "<rewritten@relay.invalid>"])
def test_a_bounce_that_fits_two_mails_is_applied_to_none_and_the_mail_room_decides(
    world: World, sink: Path, message_id: str
) -> None:
    first, _second = mailed_twice(world)
    report = load(world, bounce(first.notification.reference, message_id))
    assert counts(report) == (1, 0, 0, 1)
    assert "applied to none" in report.problems[0].sentence
    assert ReceiptFile.objects.get().problems[0]["sentence"] == report.problems[0].sentence
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert not Receipt.objects.exists()
    assert Attorney.objects.get().email_verified
    asked = FollowUp.objects.get(kind="unplaced_bounce")
    assert (asked.desk, asked.exposure) == ("mail_room", first.notification.exposure)
    assert asked in follow_ups_visible_to(world.mail_room)
    assert AuditEvent.objects.filter(action="receipt.undecided").count() == 1


def test_the_same_undecided_bounce_asks_once_and_another_asks_again(
    world: World, sink: Path
) -> None:
    first, _second = mailed_twice(world)
    reference = first.notification.reference
    load(world, bounce(reference))
    followups.close(
        actor=world.mail_room, follow_up=FollowUp.objects.get(kind="unplaced_bounce"), reason="The first."
    )  # fmt: skip
    assert counts(load(world, bounce(reference))) == (1, 0, 0, 1)
    assert not FollowUp.objects.filter(kind="unplaced_bounce", state="open").exists()
    load(world, bounce(reference, subject="Undelivered again"))
    assert FollowUp.objects.filter(kind="unplaced_bounce", state="open").exists()


def test_of_two_mails_the_message_id_names_the_one_that_bounced(world: World, sink: Path) -> None:
    first, second = mailed_twice(world)
    message_id = Attempt.objects.get(delivery=first).message_id
    load(world, bounce(first.notification.reference, message_id))
    assert Delivery.objects.get(pk=first.pk).state == "bounced"
    assert Delivery.objects.get(pk=second.pk).state == "sent"


def test_a_bounce_of_a_mail_that_is_not_theirs_is_not_about_another_one(
    world: World, sink: Path
) -> None:
    one, other = world.represented(2)
    sending.send_next(actor=world.system, channel="email", limit=2)
    message_id = Attempt.objects.get(delivery=other).message_id
    Delivery.objects.filter(pk=other.pk).update(state="failed")
    report = load(world, bounce(one.notification.reference, message_id))
    assert counts(report) == (1, 0, 0, 1)
    assert Delivery.objects.get(pk=one.pk).state == "sent"


def test_a_delay_that_fits_two_mails_is_refused_and_calls_for_nothing(
    world: World, sink: Path
) -> None:
    first, _second = mailed_twice(world)
    assert counts(load(world, bounce(first.notification.reference, action="delayed"))) == (
        1,
        0,
        0,
        1,
    )
    assert not FollowUp.objects.filter(kind="unplaced_bounce").exists()


def returned_post(delivery: Delivery, reason: str) -> bytes:
    return f"Reference,Date,Reason\n{delivery.notification.reference},{TODAY},{reason}".encode()


def test_an_address_the_post_does_not_know_is_never_used_again(world: World) -> None:
    (delivery,) = sent(world, world.outside(1))
    load(world, returned_post(delivery, "NSN"))
    point = ContactPoint.objects.get()
    assert (point.deliverability, point.bad_reason) == ("bad", "no_such_number")
    assert Notification.objects.get().state == "pending"
    preparing.prepare(actor=world.system, incident=world.incident)
    assert Delivery.objects.count() == 1
    assert "no_route" in FollowUp.objects.filter(state="open").values_list("kind", flat=True)


def test_an_unclaimed_letter_says_nothing_against_the_address(world: World) -> None:
    (delivery,) = sent(world, world.outside(1))
    load(world, returned_post(delivery, "unclaimed"))
    assert ContactPoint.objects.get().deliverability == "deliverable"


def test_the_carriers_proof_finishes_a_posted_notice(world: World) -> None:
    (delivery,) = sent(world, world.outside(1))
    lines = [
        "Reference,Date,Status,Tracking",
        f"{delivery.notification.reference},{TODAY},Delivered,9400 1",
    ]
    report = load(world, "\n".join(lines).encode())
    assert (report.kind, report.applied) == ("carrier_scan", 1)
    assert Evidence.objects.get().kind == "carrier_proof"
    assert Notification.objects.get().state == "notified"


def test_a_receipt_given_twice_is_recorded_once(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    first, again = (
        apply_receipt(
            actor=world.mail_room, delivery=delivery, kind=ReceiptKind.REFUSED, at=NOW, source="test",
            source_key="test:1",
        )
        for _ in range(2)
    )  # fmt: skip
    assert first.pk == again.pk
    assert Receipt.objects.count() == 1


def test_receipts_need_the_capability(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    with pytest.raises(NotAllowed):
        import_receipts(actor=world.privacy, data=sheet((delivery, "delivered")))


def test_a_file_that_is_no_list_of_receipts_changes_nothing(world: World) -> None:
    with pytest.raises(UnreadableReceipts):
        load(world, b"Colour,Shape\r\nred,round\r\n")
    assert not Receipt.objects.exists()


def test_the_command_prints_what_became_of_every_row(world: World, tmp_path: Path) -> None:
    (delivery,) = sent(world, world.detained(1))
    path, out = tmp_path / "sheet.csv", StringIO()
    path.write_bytes(sheet((delivery, "delivered"), (delivery, "dancing")))
    call_command("import_receipts", str(path), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["rows"], told["applied"], told["refused"]) == (2, 1, 1)
    assert told["problems"][0]["row"] == 3


def test_the_command_says_in_one_sentence_why_it_will_not(tmp_path: Path, db: None) -> None:
    (tmp_path / "x.csv").write_bytes(b"\x00\x01")
    for name in ("x.csv", "absent.csv"):
        with pytest.raises(CommandError, match=r"\.$"):
            call_command("import_receipts", str(tmp_path / name))


# Two notices of one person: news of one is no news of the other.


def counsel_and_copy(world: World) -> tuple[Delivery, Delivery]:
    """A represented person in custody: counsel's e-mail and the person's own copy by hand, both ready to leave."""
    Incident.objects.update(copy_to_person=True)
    letters_signed_again(world)
    who = factories.person()
    exposure = factories.exposure(of=who, incident=world.incident, elements=["name"])
    factories.representation(who)
    factories.placement(who)
    preparing.prepare(actor=world.system, incident=Incident.objects.get())
    finish(list(Delivery.objects.filter(state="queued", artefact=None)))
    rows = Delivery.objects.filter(notification__exposure=exposure).select_related("notification")
    return rows.get(channel="email"), rows.get(channel="hand")


def letters_signed_again(world: World) -> None:
    version = letters.adopt_standard_wording(
        actor=world.privacy, incident=Incident.objects.get(pk=world.incident.pk)
    )
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    for signer in (world.supervisor, User.objects.get(username="sup2-invented")):
        letters.sign(actor=signer, version=version)


def under_way(world: World, delivery: Delivery) -> list[Claim]:
    """Claimed and intended; the worker has not said what became of it."""
    claims = claim(due(delivery.channel), limit=1)
    sending.write_intent(sending.pass_gate(world.system, claims), lease=timedelta(seconds=60))
    return claims


def waiting() -> set[str]:
    return set(FollowUp.objects.filter(state="open").values_list("kind", flat=True))


def broken() -> dict[str, int]:
    connection.check_constraints()
    return {name: n for name, n in invariants.check(Incident.objects.all()).items() if n}


def test_a_copy_that_comes_back_does_not_end_the_search_for_counsels_notice(world: World) -> None:
    mail, copy = counsel_and_copy(world)
    outcomes.unknown(actor=world.system, claims=under_way(world, mail), detail="lost")
    sent(world, [copy])
    load(world, sheet((copy, "transferred")))
    assert {"ambiguous", "transferred"} <= waiting()
    assert broken() == {}


def test_proof_of_counsels_notice_is_still_awaited_when_the_copy_comes_back(world: World) -> None:
    mail, copy = counsel_and_copy(world)
    sent(world, [mail])
    sent(world, [copy])
    load(world, sheet((copy, "transferred")))
    assert waiting() == {"await_proof", "transferred"}


def test_one_of_two_unknown_outcomes_settled_leaves_the_other_on_the_worklist(world: World) -> None:
    mail, copy = counsel_and_copy(world)
    for delivery in (mail, copy):
        outcomes.unknown(actor=world.system, claims=under_way(world, delivery), detail="lost")
    resolve_ambiguous(
        actor=world.supervisor, delivery=copy, finding=Finding.SENT, statement="the facility has it"
    )
    assert "ambiguous" in waiting()
    assert broken() == {}
    resolve_ambiguous(
        actor=world.supervisor, delivery=mail, finding=Finding.SENT, statement="the relay's log"
    )
    assert waiting() == {"await_proof"}


def test_a_copy_on_its_way_does_not_answer_for_counsels_notice_that_failed(world: World) -> None:
    mail, copy = counsel_and_copy(world)
    outcomes.refused(
        actor=world.system, claims=under_way(world, mail), permanent=True, detail="policy"
    )
    sent(world, [copy])
    assert waiting() == {"send_failed"}
    assert broken() == {}


def test_news_before_the_workers_answer_leaves_somebody_waiting_for_proof(world: World) -> None:
    (delivery,) = world.outside(1)
    under_way(world, delivery)
    reference = delivery.notification.reference
    load(world, f"Reference,Status,Date\n{reference},accepted,{TODAY}".encode())
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert Notification.objects.get().state == "underway"
    assert waiting() == {"await_proof"}
    assert broken() == {}


# Days.


def test_a_sheet_of_the_same_evening_is_taken_though_the_database_counts_the_next_day(
    world: World,
) -> None:
    """Handed over in California on the evening of the 24th: in Greenwich it left on the 25th."""
    (delivery,) = sent(world, world.detained(1))
    Delivery.objects.update(sent_at=datetime(2026, 11, 25, 2, tzinfo=UTC))
    assert counts(load(world, sheet((delivery, "delivered"), day=date(2026, 11, 24))))[1] == 1


def test_a_sheet_about_an_unknown_outcome_is_not_older_than_the_letter(world: World) -> None:
    (delivery,) = world.detained(1)
    outcomes.unknown(actor=world.system, claims=under_way(world, delivery), detail="lost")
    assert counts(load(world, sheet((delivery, "delivered"), day=date(2019, 11, 24))))[3] == 1
    assert not Evidence.objects.exists()


def test_refused_first_and_signed_for_later_is_proof(world: World) -> None:
    (delivery,) = sent(world, world.detained(1))
    load(world, sheet((delivery, "refused")))
    load(world, sheet((delivery, "delivered")))
    assert Notification.objects.get().state == "notified"
    assert waiting() == set()
    assert broken() == {}
