"""Follow-ups over the API: the worklist, and closing, moving and giving away through the verbs."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from breach.models import AuditEvent, Exposure, FollowUp, Roster, User
from breach.services import clock, followups
from tests import factories
from tests.api_calls import post, sentence, signed_in
from tests.factories import Cast


@pytest.fixture
def exposure(db: None) -> Exposure:
    return factories.exposure()


def opened(cast: Cast, exposure: Exposure, **fields: Any) -> FollowUp:
    return followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure,
        **{"kind": "call_back", "reason": "Call again.", "due_on": clock.today(), **fields},
    )  # fmt: skip


def soon() -> date:
    return clock.today() + timedelta(days=3)


def test_the_worklist_is_masked_and_most_urgent_first(cast: Cast, exposure: Exposure) -> None:
    later = opened(cast, exposure, kind="await_proof", due_on=soon())
    urgent = opened(cast, exposure, kind="safety_concern")
    answer = signed_in(cast.supervisor).get("/api/follow-ups/", {"state": "open"}).json()
    assert [row["id"] for row in answer["results"]] == [str(urgent.pk), str(later.pk)]
    assert answer["results"][0]["person"] == {
        "reference": exposure.person.reference,
        "initials": "L.Q.",
    }
    assert "Quintanilla" not in str(answer)


def test_filters_narrow_the_worklist(cast: Cast, exposure: Exposure) -> None:
    mine = opened(cast, exposure, owner=cast.supervisor)
    opened(cast, exposure, kind="await_proof", owner=cast.worker, due_on=soon())
    client = signed_in(cast.supervisor)
    for query in ({"mine": "true"}, {"kind": "call_back"}, {"mine": "true", "overdue": "false"}):
        rows = client.get("/api/follow-ups/", query).json()["results"]
        assert [row["id"] for row in rows] == [str(mine.pk)]
    assert client.get("/api/follow-ups/", {"overdue": "true"}).json()["count"] == 0
    assert client.get("/api/follow-ups/", {"incident": uuid.uuid4()}).json()["count"] == 0


def test_only_what_is_still_open_can_be_overdue(cast: Cast, exposure: Exposure) -> None:
    late = opened(cast, exposure)
    FollowUp.objects.filter(pk=late.pk).update(due_on=clock.today() - timedelta(days=1))
    client = signed_in(cast.supervisor)
    assert client.get("/api/follow-ups/", {"overdue": "true"}).json()["count"] == 1
    FollowUp.objects.filter(pk=late.pk).update(state="done", closed_at=clock.now())
    assert client.get("/api/follow-ups/", {"overdue": "true"}).json()["count"] == 0
    assert client.get("/api/follow-ups/", {"overdue": "false"}).json()["count"] == 1


def test_a_follow_up_about_a_roster_takes_no_next_action_for_a_person(cast: Cast) -> None:
    incident = factories.incident()
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, size=1, imported_by=cast.supervisor
    )
    follow_up = followups.open_follow_up(
        actor=cast.supervisor, incident=incident, roster=roster, kind="roster_rows",
        reason="Settle the rows.", due_on=clock.today(),
    )  # fmt: skip
    path = f"/api/follow-ups/{follow_up.pk}/close/"
    then = {"kind": "call_back", "due_on": str(soon())}
    refused = post(signed_in(cast.supervisor), path, {"reason": "done", "then": then})
    assert refused.status_code == 400
    assert "about a roster" in str(refused.json())
    follow_up.refresh_from_db()
    assert follow_up.state == "open"


def test_a_filter_with_a_wrong_value_says_so(cast: Cast) -> None:
    answer = signed_in(cast.worker).get("/api/follow-ups/", {"state": "asleep", "incident": "x"})
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == {"state", "incident"}


def test_a_follow_up_of_another_desk_answers_like_one_that_is_not_there(
    cast: Cast, exposure: Exposure
) -> None:
    foreign = opened(cast, exposure, desk="privacy_officer", owner=cast.privacy)
    client = signed_in(cast.worker)

    def answers(pk: object) -> list[Any]:
        path = f"/api/follow-ups/{pk}/"
        return [
            client.get(path),
            post(client, f"{path}close/", {"reason": "done"}),
            post(client, f"{path}reschedule/", {"due_on": str(soon())}),
        ]

    for theirs, nothing in zip(answers(foreign.pk), answers(uuid.uuid4()), strict=True):
        assert theirs.status_code == 404
        assert theirs.content == nothing.content


def test_closing_needs_a_next_action_while_the_person_has_not_been_told(
    cast: Cast, exposure: Exposure
) -> None:
    follow_up = opened(cast, exposure, owner=cast.worker)
    client, path = signed_in(cast.worker), f"/api/follow-ups/{follow_up.pk}/close/"
    refused = post(client, path, {"reason": "done"})
    assert refused.status_code == 409
    assert sentence(refused).startswith("This person has not been told yet")
    then = {"kind": "interpreter_call", "due_on": str(soon())}
    closed = post(client, path, {"reason": "done", "then": then})
    assert closed.status_code == 200
    assert (closed.json()["state"], closed.json()["closed_reason"]) == ("done", "It is done.")
    assert FollowUp.objects.get(state="open").kind == "interpreter_call"
    assert AuditEvent.objects.filter(action="follow_up.done", actor_id=cast.worker.pk).exists()
    again = post(client, path, {"reason": "done"})
    assert again.status_code == 409
    assert "closed in the meantime" in sentence(again)


def test_a_date_moves_but_not_into_the_past(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure, owner=cast.worker)
    client, path = signed_in(cast.worker), f"/api/follow-ups/{follow_up.pk}/reschedule/"
    moved = post(client, path, {"due_on": str(soon()), "reason": "appointment"}).json()
    assert (moved["due_on"], moved["reason"]) == (str(soon()), "An appointment was made.")
    assert post(client, path, {"due_on": "2020-01-01"}).status_code == 409


def test_reasons_come_in_the_language_of_the_reader(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure, owner=cast.worker)
    client = signed_in(cast.worker)
    refused = post(
        client, f"/api/follow-ups/{follow_up.pk}/close/", {}, **{"Accept-Language": "es"}
    )
    assert refused.status_code == 400
    assert sentence(refused) == "Este campo es requerido."


def test_the_auditor_reads_and_changes_nothing(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure)
    client = signed_in(cast.auditor)
    assert client.get(f"/api/follow-ups/{follow_up.pk}/").status_code == 200
    refused = post(client, f"/api/follow-ups/{follow_up.pk}/reschedule/", {"due_on": str(soon())})
    assert refused.status_code == 403


def assign(user: User, owner: str | None, *ids: object) -> Any:
    body = {"follow_ups": [str(pk) for pk in ids], "owner": owner}
    return post(signed_in(user), "/api/follow-ups/assign/", body)


def test_a_supervisor_gives_follow_ups_to_somebody_and_back(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure)
    given = assign(cast.supervisor, cast.worker.username, follow_up.pk)
    assert given.json() == {"assigned": 1}
    follow_up.refresh_from_db()
    assert follow_up.owner == cast.worker
    assign(cast.supervisor, None, follow_up.pk)
    follow_up.refresh_from_db()
    assert follow_up.owner is None


def test_giving_away_is_all_or_nothing_and_for_supervisors(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure)
    assert assign(cast.worker, cast.worker.username, follow_up.pk).status_code == 403
    missing = assign(cast.supervisor, cast.worker.username, follow_up.pk, uuid.uuid4())
    assert missing.status_code == 404
    idle = assign(cast.supervisor, cast.attorney.username, follow_up.pk)
    assert (idle.status_code, "does not work on follow-ups" in sentence(idle)) == (409, True)
    nobody = assign(cast.supervisor, "nobody-of-this-name", follow_up.pk)
    assert nobody.status_code == 400


def test_a_form_of_another_site_changes_nothing(cast: Cast, exposure: Exposure) -> None:
    follow_up = opened(cast, exposure, owner=cast.worker)
    client = signed_in(cast.worker, enforce_csrf_checks=True)
    refused = post(client, f"/api/follow-ups/{follow_up.pk}/reschedule/", {"due_on": str(soon())})
    assert refused.status_code == 403
    follow_up.refresh_from_db()
    assert follow_up.due_on == clock.today()
