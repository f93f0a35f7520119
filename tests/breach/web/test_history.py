"""History is for who may read it, filtered by what somebody looks for, and never costs more for more rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.core.agency import agency_midnight
from breach.core.roles import Role
from breach.models import AuditEvent, Incident
from breach.services import audit, incidents, users
from breach.services.looking import Part
from breach.web.happenings import ACTIONS, entries
from tests import factories
from tests.agency import day_there
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

pytestmark = pytest.mark.django_db(transaction=True)  # the chain is built at commit


def shown(client: Client, url: str, **query: str) -> list[str]:
    return [row[1] for row in client.get(url, query).context["rows"]]


def stopped(cast: Cast) -> Incident:
    incident = factories.incident()
    incidents.stop_sending(actor=cast.supervisor, incident=incident, reason="Wrong wording")
    return incident


def test_an_incidents_history_has_only_its_own_events(cast: Cast, sign_in: SignIn) -> None:
    here, client = stopped(cast), sign_in(cast.auditor)
    stopped(cast)
    assert shown(client, reverse("incident-history", args=[here.slug])) == ["Sending stopped"]
    assert len(shown(client, reverse("audit-list"))) == 2
    assert "Wrong wording" in client.get(reverse("audit-list")).content.decode()


def test_where_chains_are_mixed_each_event_names_its_own(cast: Cast, sign_in: SignIn) -> None:
    here = stopped(cast)
    users.close(actor=factories.user(Role.ADMINISTRATOR), user=cast.worker, reason="Left")
    rows = sign_in(cast.auditor).get(reverse("audit-list")).context["rows"]
    assert {str(row[3]) for row in rows} == {here.title, "Outside of incidents"}


def test_what_the_system_did_is_said_once() -> None:
    did = AuditEvent(actor_label="System", actor_role=Role.SYSTEM, action="hold.started")
    saw = AuditEvent(actor_label="Ana Prueba", actor_role=Role.AUDITOR, action="hold.started")
    assert [one["actor"] for one in entries([did, saw])] == [
        "The system itself",
        "Ana Prueba, Auditor",
    ]


def test_filters_narrow_it_and_nonsense_does_not_break_it(cast: Cast, sign_in: SignIn) -> None:
    stopped(cast)
    client, url = sign_in(cast.privacy), reverse("audit-list")
    assert shown(client, url, action="incident.sending_stopped", actor_role="supervisor")
    assert not shown(client, url, actor_role="mail_room")
    assert not shown(client, url, until="2000-01-01")
    assert client.get(url, {"since": "yesterday", "page": "many"}).status_code == 200


def test_a_day_is_the_agencys_from_its_first_to_its_last_moment(
    cast: Cast, sign_in: SignIn
) -> None:
    stopped(cast)
    client, url = sign_in(cast.privacy), reverse("audit-list")
    today = day_there(AuditEvent.objects.get(action="incident.sending_stopped").at)
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    assert shown(client, url, since=f"{today}", until=f"{today}", action="incident.sending_stopped")
    assert not shown(client, url, since=f"{tomorrow}")
    assert not shown(client, url, until=f"{yesterday}", action="incident.sending_stopped")
    assert client.get(url, {"until": "9999-12-31"}).status_code == 200


def test_days_and_actions_are_found_by_an_index() -> None:
    """The table only grows: a day must not be computed of every row."""
    midnight = agency_midnight(date(2026, 11, 1))
    for rows, index in (
        (AuditEvent.objects.filter(at__gte=midnight).order_by(), "auditevent_at_idx"),
        (AuditEvent.objects.filter(action="hold.started").order_by("-id"), "auditevent_action_idx"),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("SET enable_sort = off")
        try:
            assert index in rows.explain()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET enable_seqscan")
                cursor.execute("RESET enable_sort")


def test_one_look_at_several_parts_says_which_part_each_line_is() -> None:
    looked = [
        AuditEvent(actor_role=Role.SYSTEM, action="identity.viewed", changes={"what": part.value})
        for part in Part
    ]
    titles = [one["title"] for one in entries(looked)]
    assert titles[0] == "File opened: Who it is"
    assert len(set(titles)) == len(Part)


def test_every_action_of_the_filter_has_words_of_its_own() -> None:
    words = [str(one) for one in ACTIONS.values()]
    assert not {one for one in words if words.count(one) > 1}


def test_fifty_events_cost_as_many_queries_as_one(cast: Cast, sign_in: SignIn) -> None:
    incident, client, url = stopped(cast), sign_in(cast.auditor), reverse("audit-list")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(url)
        return len(counted)

    queries()
    before = queries()
    for _number in range(50):
        audit.record(
            actor=cast.supervisor, action="people.searched", subject=incident, incident=incident
        )
    assert queries() == before
