"""A roster in by the API: 202 and a job to ask about; a bad list ends as its sentence."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breach.models import Incident, Roster, RosterJob
from breach.services import rosters_jobs
from breach.services.users import system_user
from tests import factories
from tests.api_calls import sentence, signed_in
from tests.breach.services.lists import twenty
from tests.factories import Cast


@pytest.fixture
def incident(db: None) -> Incident:
    return factories.incident()


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.supervisor)


def sent(client: Client, incident: Incident, data: bytes):  # type: ignore[no-untyped-def]  # a test response
    given = {"file": SimpleUploadedFile("list.csv", data), "as_of": "2022-11-19"}
    return client.post(f"/api/incidents/{incident.pk}/roster-jobs/", given)


def work_off() -> None:
    while claim := rosters_jobs.claim_job(actor=system_user()):
        rosters_jobs.carry_out(actor=system_user(), claim=claim)


def test_an_upload_is_accepted_and_its_job_tells_how_it_ended(
    client: Client, incident: Incident
) -> None:
    answer = sent(client, incident, twenty({}))
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    work_off()
    told = client.get(f"/api/roster-jobs/{answer.json()['id']}/").json()
    assert (told["state"], told["roster"]) == ("done", str(Roster.objects.get().pk))
    assert "Sample" not in str(told)


def test_what_cannot_be_read_is_told_as_a_sentence(client: Client, incident: Incident) -> None:
    assert sent(client, incident, b"").status_code == 400
    job = sent(client, incident, b"Colour,Size\nred,5\n").json()["id"]
    again = sent(client, incident, b"Colour,Size\nred,5\n")
    assert again.status_code == 409
    assert "being read already" in sentence(again)
    work_off()
    told = client.get(f"/api/roster-jobs/{job}/").json()
    assert told["state"] == "failed"
    assert "The file has no column for" in told["problem"]


def test_whoever_may_not_import_finds_no_job(
    cast: Cast, client: Client, incident: Incident
) -> None:
    job = sent(client, incident, twenty({})).json()["id"]
    assert signed_in(cast.worker).get(f"/api/roster-jobs/{job}/").status_code == 403
    assert sent(signed_in(cast.worker), incident, twenty({})).status_code == 403
    assert RosterJob.objects.count() == 1
