"""A case worker's day through the pages: the worklist, a follow-up, a contact, a pair of records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as program
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from breach.core.roles import Role
from breach.models import (
    AuditEvent,
    ContactLogEntry,
    DuplicatePair,
    Exposure,
    FollowUp,
    FollowUpKind,
    Roster,
    User,
)
from breach.models.duplicates import PairStatus
from breach.models.followups import FollowUpState
from breach.services import clock, followups
from tests import factories, second_person
from tests.factories import Cast
from tests.signing_in import client_of

K = FollowUpKind


def signed_in(user: User) -> Client:
    return client_of(user)


def opened(
    cast: Cast, kind: str = K.CALL_BACK, days: int = 1, exposure: Exposure | None = None
) -> FollowUp:
    exposure = exposure or factories.exposure()
    return followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=kind,
        reason="No answer: try again at another time of day.", due_on=clock.today() + timedelta(days=days),
    )  # fmt: skip


def log_url(exposure: Exposure) -> str:
    return reverse(
        "contact-log",
        kwargs={"slug": exposure.incident.slug, "reference": exposure.person.reference},
    )


THERE = ZoneInfo(program.AGENCY_TIME_ZONE)


def contact(**changes: str) -> dict[str, str]:
    return {
        "at": f"{clock.now().astimezone(THERE):%Y-%m-%dT%H:%M}", "channel": "phone", "reached": "nobody",
        "outcome": "no_answer",
        "next_on": "", "language": "", "interpreter": "", "note": "", **changes,
    }  # fmt: skip


def test_the_worklist_shows_the_own_work_by_initials_with_its_reason_and_never_a_name(
    cast: Cast,
) -> None:
    person = factories.person(family_name="Zapatero", given_names="Inés")
    mine = opened(cast, exposure=factories.exposure(of=person))
    other = opened(cast, exposure=factories.exposure(of=factories.person(language="am")))
    page = signed_in(cast.worker).get(reverse("worklist")).content.decode()
    assert f"I.Z. · {person.reference}" in page
    assert "No answer: try again" in page
    assert "Spanish" in page
    assert "Zapatero" not in page
    assert str(mine.pk) in page
    assert str(other.pk) not in page
    desk = signed_in(cast.worker).get(reverse("worklist"), {"whose": "desk"}).content.decode()
    assert str(other.pk) in desk
    assert str(mine.pk) not in desk


def test_reasons_are_shown_in_the_readers_language(cast: Cast) -> None:
    opened(cast)
    client = signed_in(cast.worker)
    client.cookies["django_language"] = "es"
    assert client.get(reverse("worklist")).status_code == 200


def test_the_worklist_takes_as_many_queries_for_fifty_as_for_one(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(cast.worker)
    incident = factories.incident()
    for exposure in factories.crowd(50, incident=incident):
        opened(cast, exposure=exposure)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("worklist")).content.decode()
    assert page.count('class="card"') == 50


def test_a_follow_up_of_another_desk_is_not_there(cast: Cast) -> None:
    threat = opened(cast, K.SAFETY_CONCERN)
    url = reverse("follow-up-detail", kwargs={"pk": threat.pk})
    assert signed_in(cast.worker).get(url).status_code == 404
    assert signed_in(cast.supervisor).get(url).status_code == 200
    assert signed_in(cast.stranger).get(url).status_code == 403


def test_a_follow_up_is_taken_and_put_off(cast: Cast) -> None:
    follow_up = opened(cast, exposure=factories.exposure(of=factories.person(language="am")))
    client, later = signed_in(cast.worker), clock.today() + timedelta(days=5)
    client.post(reverse("follow-up-take", kwargs={"pk": follow_up.pk}))
    client.post(
        reverse("follow-up-later", kwargs={"pk": follow_up.pk}), {"due_on": later, "reason": ""}
    )
    follow_up.refresh_from_db()
    assert (follow_up.owner, follow_up.due_on) == (cast.worker, later)


def test_closing_the_last_one_asks_what_happens_next(cast: Cast) -> None:
    follow_up = opened(cast)
    client, url = signed_in(cast.worker), reverse("follow-up-close", kwargs={"pk": follow_up.pk})
    answer = client.post(url, {"reason": "It is done.", "kind": "", "due_on": ""})
    assert "This person has not been told yet" in answer.content.decode()
    assert (
        "Say by when"
        in client.post(url, {"reason": "It is done.", "kind": K.NO_ROUTE}).content.decode()
    )
    answer = client.post(
        url, {"reason": "It is done.", "kind": K.NO_ROUTE, "due_on": clock.today()}
    )
    assert answer.status_code == 302
    assert FollowUp.objects.get(state=FollowUpState.OPEN).kind == K.NO_ROUTE


def test_a_contact_is_logged_and_the_next_action_is_set_and_shown(cast: Cast) -> None:
    exposure = factories.exposure()
    answer = signed_in(cast.worker).post(log_url(exposure), contact(note="Ring twice"), follow=True)
    page = answer.content.decode()
    assert "Logged. Next: Call again, due" in page
    assert cast.worker.label in page
    assert "Ring twice" not in page
    assert ContactLogEntry.objects.get().note == "Ring twice"


def test_direct_contact_with_a_represented_person_is_refused_on_the_page(cast: Cast) -> None:
    person = factories.person()
    counsel = factories.representation(person)
    exposure = factories.exposure(of=person)
    client = signed_in(cast.worker)
    assert counsel.attorney.phone in client.get(log_url(exposure)).content.decode()
    page = client.post(
        log_url(exposure), contact(reached="person", outcome="understood")
    ).content.decode()
    assert "This person is represented: contact goes through counsel" in page
    assert not ContactLogEntry.objects.exists()


def test_the_log_tells_of_another_desks_next_action_and_leads_nowhere(cast: Cast) -> None:
    exposure = factories.exposure()
    threat = opened(cast, K.SAFETY_CONCERN, exposure=exposure)
    here = reverse("follow-up-detail", kwargs={"pk": threat.pk})
    page = signed_in(cast.worker).get(log_url(exposure)).content.decode()
    assert "A threat was reported" in page
    assert here not in page
    assert here in signed_in(cast.supervisor).get(log_url(exposure)).content.decode()


def test_one_look_opens_who_and_how_to_reach_them_beside_the_form(cast: Cast) -> None:
    exposure = factories.exposure()
    client = signed_in(cast.worker)
    client.post(log_url(exposure), contact(note="Ring twice"))
    url = reverse(
        "contact-log-reveal",
        kwargs={"slug": exposure.incident.slug, "reference": exposure.person.reference},
    )
    assert client.get(url).url == log_url(exposure)
    page = client.post(url, {"parts": ["identity", "contacts"], "why": "call"}).content.decode()
    assert all(shown in page for shown in ("Luz Quintanilla", "Ring twice", "Save the contact"))
    looks = AuditEvent.objects.filter(action="identity.viewed")
    assert [look.changes for look in looks] == [
        {"what": "identity", "counts": 1},
        {"what": "contacts", "counts": 0},
    ]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MAIL_ROOM, Role.ATTORNEY])
def test_who_does_not_talk_to_people_logs_no_contact(cast: Cast, role: Role) -> None:
    exposure = factories.exposure()
    assert signed_in(factories.user(role)).get(log_url(exposure)).status_code == 403


def pair(cast: Cast) -> DuplicatePair:
    incident = factories.incident()
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, size=1, imported_by=cast.supervisor
    )
    people = sorted(
        (factories.person(), factories.person(given_names="Luz María")), key=lambda one: one.pk
    )
    for one in people:
        factories.exposure(of=one, incident=incident)
    return DuplicatePair.objects.create(
        first=people[0],
        second=people[1],
        roster=roster,
        score=88,
        reasons=["same_birth_date", "part_of_given_name"],
    )


def test_two_records_are_compared_closed_and_opened_only_with_a_trace(cast: Cast) -> None:
    found = pair(cast)
    client, slug = signed_in(cast.worker), found.roster.incident.slug
    listed = client.get(reverse("duplicates-list", kwargs={"slug": slug})).content.decode()
    assert "same birth date" in listed
    closed = client.get(
        reverse("duplicates-review", kwargs={"slug": slug, "pk": found.pk})
    ).content.decode()
    assert "Quintanilla" not in closed
    assert not AuditEvent.objects.filter(action="identity.viewed").exists()
    open_page = client.post(reverse("duplicates-open", kwargs={"slug": slug, "pk": found.pk}))
    assert "Quintanilla" in open_page.content.decode()
    values = {str(line.label): (line.first, line.second) for line in open_page.context["lines"]}
    assert values["Nationality"] == ("Guatemala", "Guatemala")
    assert AuditEvent.objects.filter(action="identity.viewed", changes__counts=1).count() == 2


def test_a_pair_is_decided_and_a_join_can_be_undone(cast: Cast) -> None:
    found = pair(cast)
    client, parts = signed_in(cast.worker), {"slug": found.roster.incident.slug, "pk": found.pk}
    given = {"decision": str(found.second_id), "reason": "Same A-number on the form"}
    client.post(reverse("duplicates-review", kwargs=parts), given)
    second_person.approves(cast.supervisor, found)
    found.refresh_from_db()
    assert (found.status, found.first.merged_into) == (PairStatus.SAME, found.second)
    client.post(reverse("duplicates-part", kwargs=parts), {"reason": "Two siblings after all"})
    client.post(
        reverse("duplicates-review", kwargs=parts), {"decision": "different", "reason": "Siblings"}
    )
    found = DuplicatePair.objects.get()
    assert (found.status, found.first.merged_into) == (PairStatus.DIFFERENT, None)


def test_a_time_is_typed_and_shown_by_the_agencys_clock(cast: Cast, settings: Settings) -> None:
    settings.AGENCY_TIME_ZONE = "America/Chicago"
    exposure = factories.exposure()
    client = signed_in(cast.worker)
    client.post(log_url(exposure), contact(at="2026-01-15T16:30"))
    assert exposure.contacts.get().at == datetime(2026, 1, 15, 22, 30, tzinfo=UTC)
    page = client.get(log_url(exposure)).content.decode()
    assert "The agency’s time: Central Time (C" in page
    assert "4:30 p.m. CST" in page


def test_a_time_that_no_clock_there_showed_is_explained(cast: Cast) -> None:
    exposure = factories.exposure()
    answer = signed_in(cast.worker).post(log_url(exposure), contact(at="2026-03-08T02:30"))
    assert "may not exist" in answer.content.decode()
    assert not exposure.contacts.exists()
