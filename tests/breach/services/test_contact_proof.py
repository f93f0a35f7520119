"""What makes a contact proof, when an interpreter must have been there, and who goes on after it."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from breach.models import (
    ContactLogEntry,
    EvidenceKind,
    Exposure,
    FollowUp,
    FollowUpKind,
    PersonLanguage,
    User,
)
from breach.services import clock, contacts, followups, representation
from breach.services.contact_proof import (
    NO_PROOF_HERE,
    NOT_IDENTIFIED,
    NOT_UNDERSTOOD,
    OWED_TO,
    TOO_EARLY,
)
from tests import factories
from tests.factories import Cast

pytestmark = pytest.mark.usefixtures("all_are_prepared")
CONFIRMED = {"identity_confirmed": True, "understanding_confirmed": True}


def told(actor: User, exposure: Exposure, **more: object) -> contacts.Logged:
    given = {"channel": "phone", "reached": "person", "outcome": "understood", **more}
    return contacts.log_contact(actor=actor, exposure=exposure, at=clock.now(), **given)


def waiting(actor: User, exposure: Exposure, kind: str, owner: User | None = None) -> FollowUp:
    return followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, kind=kind, reason="Waits",
        due_on=clock.today(), owner=owner,
    )  # fmt: skip


def test_told_understood_and_both_confirmed_proves_notice(cast: Cast) -> None:
    logged = told(cast.worker, factories.exposure(), **CONFIRMED)
    assert (logged.proves_notice, logged.lacking) == (True, ())
    assert logged.proposed.kind == FollowUpKind.AWAIT_PROOF


@pytest.mark.parametrize(
    ("confirmed", "lacks"),
    [
        ({}, (NOT_IDENTIFIED, NOT_UNDERSTOOD)),
        ({"identity_confirmed": True}, (NOT_UNDERSTOOD,)),
        ({"understanding_confirmed": True}, (NOT_IDENTIFIED,)),
    ],
)
def test_what_is_not_confirmed_is_named_and_asked_again(
    cast: Cast, confirmed: dict[str, bool], lacks: tuple[object, ...]
) -> None:
    logged = told(cast.worker, factories.exposure(), **confirmed)
    assert (logged.proves_notice, logged.lacking) == (False, lacks)
    assert logged.proposed.kind == FollowUpKind.CALL_BACK


def test_an_incident_may_take_no_call_for_proof(cast: Cast) -> None:
    incident = factories.incident(sufficient_evidence=[EvidenceKind.SIGNED_SHEET])
    assert told(cast.worker, factories.exposure(incident=incident), **CONFIRMED).lacking == (
        NO_PROOF_HERE,
    )


def test_whoever_is_told_must_be_the_one_who_has_to_be_told(cast: Cast) -> None:
    child = factories.exposure(of=factories.person(is_minor=True))
    assert told(cast.worker, child, **CONFIRMED).lacking == (OWED_TO["guardian"],)
    assert told(cast.worker, child, reached="guardian", **CONFIRMED).proves_notice
    represented = factories.exposure()
    factories.representation(represented.person)
    assert told(cast.worker, represented, reached="representative", **CONFIRMED).proves_notice
    nobodys = factories.exposure()
    assert told(cast.worker, nobodys, reached="representative", **CONFIRMED).lacking == (
        OWED_TO["person"],
    )


def test_before_the_notice_was_prepared_nothing_is_proven(cast: Cast, settings: Settings) -> None:
    settings.NOTICE_SINCE = "notifications.queries.notice_since"
    logged = told(cast.worker, factories.exposure(), **CONFIRMED)
    assert (logged.proves_notice, logged.lacking) == (False, (TOO_EARLY,))
    assert (logged.proposed.kind, logged.proposed.reason) == ("call_back", contacts.EARLY.reason)


def test_what_was_not_told_lacks_nothing_and_proves_nothing(cast: Cast) -> None:
    logged = told(cast.worker, factories.exposure(), outcome="refused")
    assert (logged.proves_notice, logged.lacking) == (False, ())


def test_a_language_that_is_only_spoken_takes_an_interpreter_or_a_caller_who_speaks_it(
    cast: Cast,
) -> None:
    exposure = factories.exposure(of=factories.person(language="quc", reads=None))
    with pytest.raises(contacts.ContactRefused, match="interpreter’s number"):
        told(cast.worker, exposure, **CONFIRMED)
    assert not ContactLogEntry.objects.exists()
    assert told(cast.worker, exposure, interpreter="INT-204", **CONFIRMED).proves_notice
    assert told(cast.worker, exposure, speaks_language=True, **CONFIRMED).proves_notice
    speaker = factories.user(cast.worker.role, languages=("quc",))
    assert told(speaker, exposure, **CONFIRMED).proves_notice
    assert told(
        cast.worker, exposure
    ).lacking  # understanding was not confirmed: no interpreter asked for


def test_somebody_who_reads_nothing_is_told_in_a_language_both_speak(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(language="pt", reads=False))
    PersonLanguage.objects.create(person=exposure.person, tag="es", rank=2)
    with pytest.raises(contacts.ContactRefused):
        told(cast.worker, exposure, **CONFIRMED)
    assert told(cast.worker, exposure, speaks_language=True, **CONFIRMED).proves_notice


def test_a_call_with_an_interpreter_that_is_to_be_made_is_not_done_without_one(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(language="pt"))
    waiting(cast.worker, exposure, FollowUpKind.INTERPRETER_CALL)
    with pytest.raises(contacts.ContactRefused):
        told(cast.worker, exposure, **CONFIRMED)
    told(cast.worker, exposure, interpreter="INT-204", **CONFIRMED)


@pytest.mark.parametrize("status", ["disputed", "claimed"])
def test_while_it_is_unclear_who_speaks_for_the_person_only_a_supervisor_calls(
    cast: Cast, status: str
) -> None:
    exposure = factories.exposure()
    if status == "claimed":
        representation.claim(
            actor=cast.worker, person=exposure.person, attorney=factories.attorney(),
            forum=exposure.incident.forum, on=clock.today(),
        )  # fmt: skip
    else:
        representation.dispute(
            actor=cast.worker, representation=factories.representation(exposure.person), reason="x"
        )
    with pytest.raises(contacts.CounselUnclear, match="ask a supervisor"):
        told(cast.worker, exposure, **CONFIRMED)
    assert not ContactLogEntry.objects.exists()
    assert told(cast.worker, exposure, outcome="safety_concern").entry
    assert told(cast.worker, exposure, reached="representative", **CONFIRMED).entry
    assert told(cast.supervisor, exposure, **CONFIRMED).entry


def test_counsel_needs_no_interpreter(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(language="quc", reads=None))
    factories.representation(exposure.person)
    assert told(cast.worker, exposure, reached="representative", **CONFIRMED).proves_notice


def test_the_next_call_stays_with_whoever_owned_the_one_that_was_answered(cast: Cast) -> None:
    colleague = factories.user(cast.worker.role, languages=("es",))
    exposure = factories.exposure()
    waiting(cast.supervisor, exposure, FollowUpKind.CALL_BACK, owner=colleague)
    again = told(cast.worker, exposure, reached="nobody", outcome="no_answer").proposed
    assert again.owner == colleague


def test_else_the_next_call_is_the_case_workers_or_the_callers_however_busy(cast: Cast) -> None:
    idle = factories.user(cast.worker.role, languages=("es",))
    busy = factories.exposure()
    waiting(cast.supervisor, busy, FollowUpKind.NO_ROUTE, owner=cast.worker)
    first = told(cast.worker, factories.exposure(), reached="nobody", outcome="no_answer").proposed
    assert first.owner == cast.worker
    of_idle = factories.exposure(caseworker=idle)
    assert told(cast.worker, of_idle, reached="nobody", outcome="no_answer").proposed.owner == idle


def test_what_another_desk_does_next_is_not_the_callers(cast: Cast) -> None:
    threat = told(cast.worker, factories.exposure(), outcome="safety_concern").proposed
    assert threat.owner is not None
    assert threat.owner.role == cast.supervisor.role
    mine = told(cast.second_supervisor, factories.exposure(), outcome="safety_concern").proposed
    assert mine.owner == cast.second_supervisor


def test_a_next_action_that_is_only_moved_keeps_its_owner(cast: Cast) -> None:
    colleague = factories.user(cast.worker.role)
    exposure = factories.exposure()
    waiting(cast.supervisor, exposure, FollowUpKind.REFUSED, owner=colleague)
    moved = told(cast.worker, exposure, outcome="refused").proposed
    assert moved.owner == colleague
