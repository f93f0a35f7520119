"""A person's file: masked until somebody says why, every look recorded, every panel there."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.core import keyring
from breach.models import AuditEvent, Exposure, FollowUpKind, PersonKey
from breach.services import clock, followups, holds, placements
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

WHO = {"parts": ["identity"], "why": "call"}


def file_of(exposure: Exposure, name: str = "person-detail") -> str:
    return reverse(name, args=[exposure.incident.slug, exposure.person.reference])


def test_the_file_opens_without_a_name_on_it(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure(of=factories.person(a_number="A012345678"))
    text = sign_in(cast.worker).get(file_of(exposure)).content.decode()
    assert "L.Q." in text
    assert not any(secret in text for secret in ("Quintanilla", "A012345678", "Guatemala"))
    assert f"<title>{exposure.person.reference} · " in text


def test_the_identity_opens_for_a_reason_and_the_look_is_recorded(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure = factories.exposure(of=factories.person(a_number="A012345678"))
    answer = sign_in(cast.worker).post(file_of(exposure, "person-detail-reveal"), WHO)
    text = answer.content.decode()
    assert all(shown in text for shown in ("Luz Quintanilla", "A012345678", "Guatemala"))
    assert answer.headers["Cache-Control"] == "no-store"
    event = AuditEvent.objects.get(action="identity.viewed")
    assert (event.subject_id, event.actor_id, event.reason) == (
        str(exposure.person_id), cast.worker.pk, "call",
    )  # fmt: skip
    assert "Quintanilla" not in str(event.changes)


def test_without_a_reason_of_the_list_nothing_is_shown(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    client = sign_in(cast.worker)
    for given in ({}, {"why": "call"}, {**WHO, "why": "curiosity"}, {**WHO, "parts": ["diary"]}):
        answer = client.post(file_of(exposure, "person-detail-reveal"), given)
        assert answer.status_code == 200
        assert "Quintanilla" not in answer.content.decode()
    assert not AuditEvent.objects.filter(action="identity.viewed").exists()


def test_no_link_ever_opens_an_identity(cast: Cast, sign_in: SignIn) -> None:
    """It leads to the closed file: so does changing the language of a page that was opened."""
    exposure = factories.exposure()
    answer = sign_in(cast.worker).get(file_of(exposure, "person-detail-reveal"), WHO)
    assert answer.url == file_of(exposure)
    assert not AuditEvent.objects.filter(action="identity.viewed").exists()


def test_an_auditor_sees_the_file_and_no_identity(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.auditor)
    assert "Your role works without names" in client.get(file_of(exposure)).content.decode()
    assert client.post(file_of(exposure, "person-detail-reveal"), WHO).status_code == 403


def test_htmx_gets_the_panel_alone(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.worker).post(
        file_of(factories.exposure(), "person-detail-reveal"),
        WHO,
        headers={"HX-Request": "true"},
    )
    assert "Luz Quintanilla" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_panels_tell_where_who_speaks_what_waits_and_what_happened(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure = factories.exposure()
    before, after = (
        factories.facility(name="First Invented Jail"),
        factories.facility(name="Second Invented Jail"),
    )
    factories.placement(exposure.person, at=before)
    counsel = factories.representation(exposure.person).attorney
    placements.transfer(
        actor=cast.worker,
        person=exposure.person,
        facility=after,
        on=date(2022, 12, 1),
        source="facility list",
    )
    followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.CALL_BACK,
        reason="Nobody picked up", due_on=clock.today(), owner=cast.worker,
    )  # fmt: skip
    holds.start_hold(
        actor=cast.worker, exposure=exposure, notified_at=clock.now(), evidence_id=uuid4()
    )
    text = sign_in(cast.worker).get(file_of(exposure)).content.decode()
    for shown in (
        counsel.name, "Told first", "Nobody picked up",
        "No removal through", "Transfer recorded", "Nobody has tried to reach the person yet",
    ):  # fmt: skip
        assert shown in text, shown
    assert "Invented Jail" not in text, "where somebody is opens like who it is"


def test_counsel_in_another_forum_is_not_told_first(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    factories.representation(exposure.person, forum="bia")
    assert "Told first" not in sign_in(cast.worker).get(file_of(exposure)).content.decode()


def test_a_long_history_costs_no_more_queries(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(file_of(exposure)).status_code == 200
        return len(counted)

    queries()
    before = queries()
    for _number in range(5):
        factories.representation(exposure.person, status="withdrawn")
        client.post(file_of(exposure, "person-detail-reveal"), WHO)
    assert queries() == before


def test_a_shredded_person_has_a_page_without_an_identity(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    PersonKey.objects.filter(person=exposure.person).update(wrapped=None, destroyed_at=clock.now())
    keyring.forget()
    client = sign_in(cast.worker)
    assert client.get(file_of(exposure)).status_code == 200
    answer = client.post(file_of(exposure, "person-detail-reveal"), WHO)
    assert (answer.status_code, "destroyed" in answer.content.decode()) == (200, True)


def test_the_whole_history_of_the_person_is_one_link_away(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    client.post(file_of(exposure, "person-detail-reveal"), {**WHO, "why": "deliver"})
    text = client.get(file_of(exposure, "person-history")).content.decode()
    assert "File opened" in text
    assert "To settle a delivery" in text
