"""Places: the list of facilities comes in by a page, and a place nobody knows is shown in the roster's own words."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from breach.models import Facility, Incident, Roster
from breach.services import rosters
from tests import factories
from tests.api_calls import post, signed_in
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

URL = reverse("facility-list")
LIST = "Name,Birthdate,Nationality,Detention Location\n" + "".join(
    f'"Robles, Invented{number}",1990-03-1{number},Guatemala,{place}\n'
    for number, place in enumerate(("Invented Creek Jail", "Invented Creek Jail", "Other Place"))
)


@pytest.fixture
def incident(db: None) -> Incident:
    return factories.incident()


def file_of(text: str) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("list.csv", text.encode())}


def test_a_list_of_facilities_is_imported_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.supervisor)
    assert "No facility on file" in client.get(URL).content.decode()
    rows = "CRK,Invented Creek Jail,Texas,many\n,No Code,Texas,\n"
    page = client.post(URL, file_of("Code,Name,State,Capacity\n" + rows)).content.decode()
    assert "2 rows were read" in page
    assert "1 new, 0 changed, 0 unchanged, 1 rejected" in page
    assert "The row has no code or no name." in page
    assert "The capacity is not a whole number" in page
    assert "Invented Creek Jail" in page
    assert Facility.objects.get().code == "CRK"


def test_what_is_no_list_of_facilities_gets_a_sentence(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.supervisor)
    for given, words in (
        ({}, "Choose the file with the list."),
        (file_of("A,B\n1,2\n"), "The file has no column for: code, name"),
        (file_of("\x00"), "neither UTF-8"),
    ):
        assert words in client.post(URL, given).content.decode()
    assert sign_in(cast.worker).get(URL).status_code == 403


def test_a_dry_run_names_the_places_that_are_no_facility(
    cast: Cast, sign_in: SignIn, incident: Incident
) -> None:
    client = sign_in(cast.supervisor)
    roster = staged(cast, incident)
    url = reverse("roster-detail", args=[incident.slug, roster.pk])
    page = client.get(url).content.decode()
    assert "Places that are no facility on file" in page
    assert "Invented Creek Jail (2 rows)" in page
    assert "Other Place (1 row)" in page
    for code, name in (("CRK", "Invented Creek Jail"), ("OTH", "Other Place")):
        factories.facility(code=code, name=name)
    rosters.commit_roster(actor=cast.supervisor, roster=roster)
    assert "no facility on file" not in client.get(url).content.decode()
    assert not roster.follow_ups.exists()


def test_the_place_as_listed_opens_with_the_whereabouts(
    cast: Cast, sign_in: SignIn, incident: Incident
) -> None:
    """The roster's own word for the place is often all that is known; it opens by a recorded look, as places do."""
    rosters.commit_roster(actor=cast.supervisor, roster=staged(cast, incident))
    exposure = incident.exposures.order_by("person__roster_rows__number")[0]
    here = [incident.slug, exposure.person.reference]
    client = sign_in(cast.worker)
    assert (
        "Invented Creek Jail"
        not in client.get(reverse("person-detail", args=here)).content.decode()
    )
    look = {"parts": ["whereabouts"], "why": "call"}
    page = client.post(reverse("person-detail-reveal", args=here), look).content.decode()
    assert "As listed: Invented Creek Jail" in page
    assert "row 2 of the roster" in page
    assert "“field office”" in page
    told = post(
        signed_in(cast.worker), f"/api/exposures/{exposure.pk}/reveal/", {**look, "reason": "call"}
    )
    assert told.json()["whereabouts"]["listed"] == [
        {"place": "Invented Creek Jail", "row": 2, "as_of": None, "roster": "field office"}
    ]


def staged(cast: Cast, incident: Incident) -> Roster:
    roster = rosters.stage_roster(
        actor=cast.supervisor, incident=incident, source=LIST.encode(), described_as="field office"
    )
    rosters.check_roster(actor=cast.supervisor, roster=roster)
    return roster
