"""The attorney's verbs: own clients only, the very bytes, the exact sentence, and "not my client"."""

from __future__ import annotations

import hashlib

import pytest
from django.utils import translation

from breach.core.roles import NotAllowed
from breach.models import AuditEvent, FollowUp, Hold
from breach.services import attorneys, clock, incidents, representation
from notifications.models import Artefact, Delivery, Evidence, Notification, Progress, Receipt
from notifications.services import portal, preparing, receiving
from notifications.services.looking import Damaged, very_bytes
from notifications.services.portal import NotMyClientReason
from notifications.states import NotificationState, ReceiptKind
from tests import factories
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World, blank_pdf, finish


def test_an_attorney_sees_the_notices_of_own_clients_only(world: World) -> None:
    attorney, account = counsel()
    other, _account = counsel()
    mine, theirs = clients(world, attorney, 2), clients(world, other, 1)
    assert set(portal.notices_for(account)) == set(mine)
    assert not set(portal.notices_for(account)) & set(theirs)


def test_a_notice_that_has_not_left_is_not_in_the_portal(world: World) -> None:
    attorney, account = counsel()
    person = factories.person()
    factories.exposure(of=person, incident=world.incident)
    factories.representation(person, by=attorney)
    assert not portal.notices_for(account).exists()


def test_a_client_is_gone_on_the_day_the_representation_ends(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    assert notice.representation is not None
    representation.withdraw(
        actor=world.supervisor,
        representation=notice.representation,
        on=clock.today(),
        reason="ended",
    )
    assert not portal.notices_for(account).exists()
    with pytest.raises(Notification.DoesNotExist):
        portal.open_notice(actor=account, notification=notice)


def test_opening_gives_the_very_bytes_and_dates_the_first_look_once(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    assert portal.open_notice(actor=account, notification=notice) == blank_pdf()
    notice.refresh_from_db()
    first = notice.first_viewed_at
    assert first is not None
    portal.open_notice(actor=account, notification=notice)
    notice.refresh_from_db()
    assert notice.first_viewed_at == first
    looks = AuditEvent.objects.filter(action="notice.opened", subject_id=str(notice.pk))
    assert [look.changes["first"] for look in looks] == [True, False]


def test_opening_proves_nothing(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    notice.refresh_from_db()
    assert notice.state == NotificationState.UNDERWAY
    assert not Evidence.objects.exists()
    assert not Hold.objects.exists()


def test_bytes_that_do_not_match_their_hash_are_not_shown() -> None:
    right, wrong = hashlib.sha256(b"as written").hexdigest(), Artefact(pdf=b"altered")
    wrong.sha256 = right
    with pytest.raises(Damaged):
        very_bytes(wrong)


def test_an_attestation_finishes_the_duty_and_starts_the_hold(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    (evidence,) = portal.attest(
        actor=account, notifications=[notice], sentence="I received this notice for my client"
    )
    notice.refresh_from_db()
    assert notice.state == NotificationState.NOTIFIED
    assert evidence.statement == "I received this notice for my client"
    assert evidence.artefact_sha256 == hashlib.sha256(blank_pdf()).hexdigest()
    assert Progress.objects.get(exposure=notice.exposure_id).state == NotificationState.NOTIFIED
    assert Hold.objects.filter(exposure=notice.exposure_id, evidence_id=evidence.pk).exists()


def test_a_letter_sent_again_is_opened_again_before_it_is_confirmed(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    first = Delivery.objects.get(notification=notice)
    receiving.apply_receipt(
        actor=world.supervisor, delivery=first, kind=ReceiptKind.BOUNCED, at=clock.now(), source="test",
        source_key="bounce", reason="5.1.1",
    )  # fmt: skip
    attorneys.change_email(
        actor=world.supervisor, attorney=attorney, email="new@firm.invalid", verified=True
    )
    preparing.prepare(actor=world.system, incident=world.incident)
    (again,) = Delivery.objects.filter(notification=notice, state="queued")
    finish([again])
    send_out(world, [again])
    sentence = "I received this notice for my client"
    with pytest.raises(portal.NotOpenedYet):
        portal.attest(actor=account, notifications=[notice], sentence=sentence)
    portal.open_notice(actor=account, notification=notice)
    assert portal.attest(actor=account, notifications=[notice], sentence=sentence)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "yes",
        "i received this notice for my client",
        "I received this notice",
        "I received this notice for my client.",
    ],
)
def test_only_the_exact_sentence_attests(world: World, typed: str) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    with pytest.raises(portal.OtherSentence):
        portal.attest(actor=account, notifications=[notice], sentence=typed)
    assert not Evidence.objects.exists()


def test_the_sentence_is_in_the_language_of_the_page_and_names_how_many(world: World) -> None:
    assert portal.sentence_for(3) == "I received these 3 notices for my clients"
    with translation.override("es"):
        assert "%" not in portal.sentence_for(3)


def test_each_of_many_clients_gets_an_own_receipt_and_evidence(world: World) -> None:
    attorney, account = counsel()
    notices = clients(world, attorney, 3)
    for notice in notices:
        portal.open_notice(actor=account, notification=notice)
    portal.attest(actor=account, notifications=notices, sentence=portal.sentence_for(3))
    assert Receipt.objects.filter(kind="acknowledged").count() == 3
    assert set(Evidence.objects.values_list("notification_id", flat=True)) == {
        n.pk for n in notices
    }


def test_a_sentence_for_one_does_not_confirm_two(world: World) -> None:
    attorney, account = counsel()
    notices = clients(world, attorney, 2)
    for notice in notices:
        portal.open_notice(actor=account, notification=notice)
    with pytest.raises(portal.OtherSentence):
        portal.attest(actor=account, notifications=notices, sentence=portal.sentence_for(1))


def test_a_notice_that_was_never_opened_cannot_be_confirmed(world: World) -> None:
    attorney, account = counsel()
    opened, unopened = clients(world, attorney, 2)
    portal.open_notice(actor=account, notification=opened)
    with pytest.raises(portal.NotOpenedYet, match=unopened.reference):
        portal.attest(
            actor=account, notifications=[opened, unopened], sentence=portal.sentence_for(2)
        )
    assert not Evidence.objects.exists()


def test_confirming_twice_changes_nothing(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    portal.attest(actor=account, notifications=[notice], sentence=portal.sentence_for(1))
    assert (
        portal.attest(actor=account, notifications=[notice], sentence=portal.sentence_for(1)) == []
    )
    assert Evidence.objects.count() == 1


def test_a_confirmation_that_did_not_count_can_be_given_again_once_it_counts(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    policy = {"actor": world.privacy, "incident": world.incident}
    incidents.change_policy(**policy, sufficient_evidence=["signed_sheet"])
    portal.open_notice(actor=account, notification=notice)
    portal.attest(actor=account, notifications=[notice], sentence=portal.sentence_for(1))
    again = {"actor": account, "notifications": [notice], "sentence": portal.sentence_for(1)}
    assert portal.attest(**again) == []
    assert not portal.to_be_confirmed(portal.notices_for(account)).exists()
    incidents.change_policy(**policy, sufficient_evidence=["signed_sheet", "attorney_attestation"])
    assert portal.to_be_confirmed(portal.notices_for(account)).get() == notice
    assert portal.notices_for(account).get().attested_at is None
    (evidence,) = portal.attest(**again)
    assert evidence.is_sufficient
    notice.refresh_from_db()
    assert notice.state == NotificationState.NOTIFIED
    assert Hold.objects.get().evidence_id == evidence.pk


def test_nobody_confirms_for_the_client_of_somebody_else(world: World) -> None:
    attorney, account = counsel()
    _other, stranger = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    with pytest.raises(Notification.DoesNotExist):
        portal.attest(actor=stranger, notifications=[notice], sentence=portal.sentence_for(1))


def test_staff_cannot_attest(world: World) -> None:
    attorney, _account = counsel()
    (notice,) = clients(world, attorney)
    with pytest.raises(NotAllowed):
        portal.attest(
            actor=world.supervisor, notifications=[notice], sentence=portal.sentence_for(1)
        )


def test_not_my_client_disputes_the_representation_and_routes_the_person_anew(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.not_my_client(actor=account, notification=notice, reason=NotMyClientReason.NEVER_WAS)
    notice.refresh_from_db()
    assert notice.state == NotificationState.WITHDRAWN
    assert notice.representation is not None
    assert notice.representation.status == "disputed"
    assert Delivery.objects.get(notification=notice).state == "returned"
    assert Receipt.objects.get().kind == "not_my_client"
    again = Notification.objects.exclude(pk=notice.pk).get(exposure=notice.exposure_id)
    assert (again.recipient_role, again.state) == ("person", NotificationState.PENDING)
    kinds = set(FollowUp.objects.filter(state="open").values_list("kind", flat=True))
    assert {"not_my_client", "disputed_counsel"} <= kinds
    assert not portal.notices_for(account).exists()


def test_what_is_confirmed_cannot_be_sent_back(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    portal.open_notice(actor=account, notification=notice)
    portal.attest(actor=account, notifications=[notice], sentence=portal.sentence_for(1))
    with pytest.raises(portal.ConfirmedAlready):
        portal.not_my_client(actor=account, notification=notice, reason="never_was")


def test_a_reason_that_is_not_on_the_list_is_refused(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    with pytest.raises(ValueError, match="not a valid"):
        portal.not_my_client(
            actor=account, notification=notice, reason="their name is written here"
        )
