"""Logging a contact: counsel first, every outcome leads somewhere, nothing is ever logged with a consulate."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from breach.core.deadlines import is_business_day
from breach.models import (
    AuditEvent,
    ContactChannel,
    ContactLogEntry,
    ContactOutcome,
    Desk,
    Exposure,
    FollowUp,
    FollowUpKind,
    Forum,
    ReachedRole,
    User,
)
from breach.models.followups import FollowUpState
from breach.services import clock, contacts, followups
from tests import factories
from tests.factories import Cast

FRIDAY = date(2026, 11, 20)


def logged(actor: User, exposure: Exposure, outcome: str, **more) -> contacts.Logged:
    given = {
        "at": clock.now(),
        "channel": ContactChannel.PHONE,
        "reached": ReachedRole.PERSON,
        "outcome": outcome,
        **more,
    }
    return contacts.log_contact(actor=actor, exposure=exposure, **given)


def test_direct_contact_with_a_represented_person_is_refused_with_counsels_contact(
    cast: Cast,
) -> None:
    person = factories.person()
    counsel = factories.representation(
        person,
        by=factories.attorney(name="Ada Invented", phone="+12025550101", email="ada@firm.invalid"),
    )
    exposure = factories.exposure(of=person)
    with pytest.raises(contacts.DirectContactRefused) as refused:
        logged(cast.worker, exposure, ContactOutcome.UNDERSTOOD)
    assert refused.value.counsel == counsel
    assert "Ada Invented, +12025550101, ada@firm.invalid" in str(refused.value)
    assert not ContactLogEntry.objects.exists()


def test_a_visit_that_found_nobody_is_direct_contact_too_and_a_call_to_counsel_is_not(
    cast: Cast,
) -> None:
    person = factories.person()
    factories.representation(person)
    exposure = factories.exposure(of=person)
    for reached in (ReachedRole.NOBODY, ReachedRole.GUARDIAN):
        with pytest.raises(contacts.DirectContactRefused):
            logged(
                cast.worker,
                exposure,
                ContactOutcome.APPOINTMENT,
                channel=ContactChannel.LEGAL_CALL,
                reached=reached,
            )
    logged(cast.worker, exposure, ContactOutcome.UNDERSTOOD, reached=ReachedRole.REPRESENTATIVE)
    logged(cast.worker, exposure, ContactOutcome.NO_ANSWER, reached=ReachedRole.NOBODY)


@pytest.mark.parametrize(
    "counsel",
    [
        {"forum": Forum.EOIR},
        {"status": "withdrawn"},
        {"status": "claimed", "evidence": "none"},
        {"since": date(2020, 1, 1), "until": date(2021, 1, 1)},
    ],
)
def test_who_does_not_represent_the_person_here_today_does_not_bar_contact(
    cast: Cast, counsel: dict
) -> None:
    person = factories.person()
    factories.representation(person, **counsel)
    entry = logged(cast.worker, factories.exposure(of=person), ContactOutcome.UNDERSTOOD).entry
    assert (entry.reached, ContactLogEntry.objects.get()) == (ReachedRole.PERSON, entry)


def test_co_counsel_without_a_lead_is_counsel_all_the_same(cast: Cast) -> None:
    person = factories.person()
    factories.representation(person, is_lead=False)
    with pytest.raises(contacts.DirectContactRefused):
        logged(cast.worker, factories.exposure(of=person), ContactOutcome.UNDERSTOOD)


def test_a_threat_is_taken_down_even_from_a_represented_person_and_reaches_a_supervisor_today(
    cast: Cast,
) -> None:
    person = factories.person(do_not_contact=True)
    factories.representation(person)
    exposure = factories.exposure(of=person)
    waiting = followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.AWAIT_PROOF,
        reason="Wait", due_on=clock.today(),
    )  # fmt: skip
    next_action = logged(cast.worker, exposure, ContactOutcome.SAFETY_CONCERN).proposed
    assert next_action.desk == Desk.SUPERVISOR
    assert next_action.owner in (cast.supervisor, cast.second_supervisor)
    assert (next_action.priority, next_action.due_on) == (1, clock.today())
    waiting.refresh_from_db()
    assert waiting.state == FollowUpState.OPEN


def test_only_a_supervisor_contacts_somebody_who_must_not_be_contacted(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(do_not_contact=True))
    with pytest.raises(contacts.DoNotContact):
        logged(cast.worker, exposure, ContactOutcome.UNDERSTOOD)
    logged(cast.supervisor, exposure, ContactOutcome.UNDERSTOOD)


@pytest.mark.parametrize("outcome", ContactOutcome.values)
def test_every_outcome_leads_to_a_next_action_on_a_business_day(outcome: str) -> None:
    proposal = contacts.propose_next(outcome, FRIDAY)
    assert proposal.kind in FollowUpKind.values
    assert str(proposal.reason)
    if outcome == ContactOutcome.SAFETY_CONCERN:
        assert proposal.due_on == FRIDAY
    else:
        assert proposal.due_on > FRIDAY
        assert is_business_day(proposal.due_on)


def test_the_next_action_takes_the_place_of_the_one_it_answers(cast: Cast) -> None:
    exposure = factories.exposure()
    first = logged(
        cast.worker, exposure, ContactOutcome.NO_ANSWER, reached=ReachedRole.NOBODY
    ).proposed
    second = logged(
        cast.worker, exposure, ContactOutcome.NEUTRAL_MESSAGE, reached=ReachedRole.OTHER
    ).proposed
    first.refresh_from_db()
    assert first.state == FollowUpState.SUPERSEDED
    assert FollowUp.objects.get(state=FollowUpState.OPEN) == second
    assert second.kind == FollowUpKind.CALL_BACK


def test_trying_again_with_an_interpreter_still_takes_the_interpreter(cast: Cast) -> None:
    exposure = factories.exposure()
    logged(cast.worker, exposure, ContactOutcome.INTERPRETER_NEEDED)
    again = logged(
        cast.worker, exposure, ContactOutcome.NO_ANSWER, reached=ReachedRole.NOBODY
    ).proposed
    assert again.kind == FollowUpKind.INTERPRETER_CALL


def test_an_appointment_is_due_on_the_day_agreed_on(cast: Cast) -> None:
    agreed = clock.today() + timedelta(days=12)
    assert (
        logged(
            cast.worker, factories.exposure(), ContactOutcome.APPOINTMENT, next_on=agreed
        ).proposed.due_on
        == agreed
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": ContactOutcome.UNDERSTOOD, "reached": ReachedRole.FACILITY_STAFF},
        {"outcome": ContactOutcome.NO_ANSWER, "reached": ReachedRole.PERSON},
        {"outcome": ContactOutcome.REFUSED, "understanding_confirmed": True},
        {
            "outcome": ContactOutcome.NEUTRAL_MESSAGE,
            "reached": ReachedRole.OTHER,
            "identity_confirmed": True,
        },
        {"outcome": ContactOutcome.REFUSED, "note": "x" * 2001},
        {"outcome": ContactOutcome.APPOINTMENT, "next_on": date(2020, 1, 1)},
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(cast: Cast, wrong: dict) -> None:
    with pytest.raises(contacts.ContactRefused):
        logged(cast.worker, factories.exposure(), **wrong)


def test_a_contact_in_the_future_is_refused(cast: Cast) -> None:
    with pytest.raises(contacts.ContactRefused):
        logged(
            cast.worker,
            factories.exposure(),
            ContactOutcome.REFUSED,
            at=clock.now() + timedelta(hours=1),
        )


def test_a_consulate_can_never_be_who_was_reached(cast: Cast) -> None:
    with pytest.raises(ValueError, match="consulate"):
        logged(cast.worker, factories.exposure(), ContactOutcome.UNDERSTOOD, reached="consulate")


def test_a_correction_is_a_new_entry_of_the_same_person(cast: Cast) -> None:
    exposure = factories.exposure()
    wrong = logged(cast.worker, exposure, ContactOutcome.REFUSED).entry
    with pytest.raises(contacts.ContactRefused):
        logged(cast.worker, factories.exposure(), ContactOutcome.UNSAFE, corrects=wrong)
    right = logged(cast.worker, exposure, ContactOutcome.UNSAFE, corrects=wrong).entry
    assert list(wrong.corrected_by.all()) == [right]


def test_the_note_is_sealed_and_stays_out_of_the_history(cast: Cast) -> None:
    entry = logged(
        cast.worker, factories.exposure(), ContactOutcome.REFUSED, note="An invented remark"
    ).entry
    assert ContactLogEntry.objects.get(pk=entry.pk).note == "An invented remark"
    assert "remark" not in str(AuditEvent.objects.get(action="contact.logged").changes)


def test_an_attorney_logs_nothing(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        logged(cast.stranger, factories.exposure(), ContactOutcome.UNDERSTOOD)


def test_a_contact_from_before_the_disclosure_was_discovered_is_a_slip(cast: Cast) -> None:
    """A year mistyped would start a hold that is over already."""
    exposure = factories.exposure()
    before = exposure.incident.discovered_at - timedelta(days=1)
    with pytest.raises(contacts.ContactRefused, match="before the disclosure was discovered"):
        logged(cast.worker, exposure, ContactOutcome.UNDERSTOOD, at=before)
