"""What can be read over the API: masked people with their state, notices, deliveries, the funnel; to each their own."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from breach.core import keyring
from breach.models import AffectedPerson, Exposure, PersonKey, User
from breach.services import clock, contacts, followups, representation
from tests import factories
from tests.api_calls import signed_in
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World


def get(user: User, path: str, **query: Any) -> Any:
    answer = signed_in(user).get(f"/api/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_people_are_masked_and_carry_their_place_in_the_funnel(world: World) -> None:
    send_out(world, world.detained(1))
    newcomer = factories.exposure(incident=world.incident, risk_tier=1, posture="final_order")
    rows = get(world.supervisor, "exposures/")["results"]
    assert [(row["state"], row["risk_tier"]) for row in rows] == [("pending", 1), ("underway", 3)]
    assert rows[0]["person"] == {"reference": newcomer.person.reference, "initials": "L.Q."}
    assert set(rows[0]) == {
        "id", "incident", "person", "elements", "posture", "risk_tier", "caseworker", "hold_until", "state",
            "hold_paused_at",
    }  # fmt: skip
    assert not {"Luz", "Quintanilla", "Ana", "Inventada"} & set(str(rows).replace("'", " ").split())


def test_people_are_found_by_state_risk_posture_and_incident(world: World) -> None:
    send_out(world, world.detained(1))
    newcomer = factories.exposure(incident=world.incident, risk_tier=1, posture="final_order")
    queries: list[dict[str, Any]] = [
        {"state": "pending"}, {"risk_tier": 1}, {"posture": "final_order"},
    ]  # fmt: skip
    for query in queries:
        rows = get(world.supervisor, "exposures/", incident=world.incident.pk, **query)["results"]
        assert [row["id"] for row in rows] == [str(newcomer.pk)]
    assert get(world.supervisor, "exposures/", incident=uuid.uuid4())["count"] == 0


def test_a_shredded_person_still_has_a_row(world: World) -> None:
    exposure = factories.exposure(incident=world.incident)
    PersonKey.objects.filter(person=exposure.person).update(
        wrapped=None, destroyed_at="2026-01-01T00:00Z"
    )
    keyring.forget()
    rows = get(world.supervisor, "exposures/")["results"]
    assert rows[0]["person"] == {"reference": exposure.person.reference, "initials": "-"}


def test_a_merged_record_answers_like_one_that_is_not_there(world: World) -> None:
    kept, merged = factories.exposure(), factories.exposure()
    AffectedPerson.objects.filter(pk=merged.person_id).update(merged_into=kept.person)
    client = signed_in(world.supervisor)
    answers = [client.get(f"/api/exposures/{pk}/") for pk in (merged.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_the_funnel_sums_to_everybody_whole_and_by_dimension(world: World) -> None:
    send_out(world, world.detained(2))
    factories.exposure(incident=world.incident)
    path = f"incidents/{world.incident.pk}/funnel/"
    counts = get(world.supervisor, path)["counts"]
    assert (counts["underway"], counts["pending"], sum(counts.values())) == (2, 1, 3)
    rows = get(world.supervisor, f"{path}channel/")["rows"]
    assert [(row["key"], row["counts"]["underway"]) for row in rows] == [("hand", 2)]
    assert signed_in(world.supervisor).get(f"/api/{path}mood/").status_code == 404


def test_an_attorney_finds_only_notices_of_own_clients(world: World) -> None:
    attorney, account = counsel()
    other, _account = counsel()
    (own,) = clients(world, attorney)
    (foreign,) = clients(world, other)
    rows = get(account, "notifications/")["results"]
    assert [row["reference"] for row in rows] == [own.reference]
    assert get(account, f"notifications/{own.pk}/")["reference"] == own.reference
    client = signed_in(account)
    answers = [client.get(f"/api/notifications/{pk}/") for pk in (foreign.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_former_client_is_not_there_any_more(world: World) -> None:
    attorney, account = counsel()
    (own,) = clients(world, attorney)
    assert own.representation
    representation.withdraw(
        actor=world.supervisor, representation=own.representation, on=clock.today(), reason="ended"
    )
    assert get(account, "notifications/")["count"] == 0
    assert signed_in(account).get(f"/api/notifications/{own.pk}/").status_code == 404


def test_a_notice_tells_why_it_goes_this_way_and_nothing_of_the_letter(world: World) -> None:
    (delivery,) = send_out(world, world.detained(1))
    answer = get(world.supervisor, f"notifications/{delivery.notification_id}/")
    assert any("in custody" in reason for reason in answer["why"])
    assert "Invented Center" not in str(answer), "a place opens by a recorded look only"
    assert (answer["state"], answer["channel"], answer["evidence"]) == ("underway", "hand", [])


def test_a_delivery_shows_its_story_and_neither_address_nor_bytes(world: World) -> None:
    (delivery,) = send_out(world, world.outside(1))
    answer = get(world.mail_room, f"deliveries/{delivery.pk}/")
    assert (answer["state"], answer["notification_reference"]) == (
        "sent",
        delivery.notification.reference,
    )
    assert [attempt["outcome"] for attempt in answer["attempts"]] == ["accepted"]
    assert answer["artefact_sha256"] == delivery.artefact.sha256
    assert "Way" not in str(answer)
    assert str(delivery.person_id) not in str(answer)
    rows = get(world.mail_room, "deliveries/", state="sent", channel="mailhouse")["results"]
    assert [row["id"] for row in rows] == [str(delivery.pk)]


def fill(world: World, count: int) -> Exposure:
    """So many rows in every list; the exposure whose contact log is read."""
    world.detained(count)
    exposures = list(Exposure.objects.filter(incident=world.incident).select_related("incident"))
    rows = [
        followups.NextAction(exposure.pk, "other", "Look.", clock.today()) for exposure in exposures
    ]
    followups.open_many(actor=world.supervisor, incident=world.incident, rows=rows)
    for _number in range(count):
        contacts.log_contact(
            actor=world.supervisor, exposure=exposures[0], at=clock.now(), channel="phone", reached="nobody",
            outcome="no_answer", note="Called.",
        )  # fmt: skip
    return exposures[0]


def queries_for(user: User, path: str) -> tuple[int, int]:
    """Rows on the page, and queries it took."""
    client = signed_in(user)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    return len(answer.json()["results"]), len(queries)


def test_a_page_of_fifty_takes_as_many_queries_as_a_page_of_one(world: World) -> None:
    exposure = fill(world, 1)
    lists = [
        "incidents/", "exposures/", f"exposures/{exposure.pk}/contacts/", "notifications/", "deliveries/",
        "follow-ups/",
    ]  # fmt: skip
    before = {path: queries_for(world.supervisor, f"/api/{path}") for path in lists}
    assert {rows for rows, _queries in before.values()} <= {1, 2}
    fill(world, 50)
    for path in lists:
        rows, queries = queries_for(world.supervisor, f"/api/{path}")
        assert rows == (1 if path == "incidents/" else 50), path
        assert queries <= before[path][1], (path, queries)
