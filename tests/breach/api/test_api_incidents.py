"""Incidents over the API, and the manners every view of it has: who is let in, and how it says no."""

from __future__ import annotations

import uuid

from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIRequestFactory, force_authenticate

from breach.api.views import ListOfRows
from breach.core.roles import Role
from breach.models import Incident, User
from tests import factories
from tests.api_calls import signed_in
from tests.factories import Cast


def test_the_incidents_come_latest_first_without_their_policy(cast: Cast) -> None:
    first, second = factories.incident(), factories.incident(discovered_at="2023-01-05T00:00Z")
    answer = signed_in(cast.worker).get("/api/incidents/").json()
    assert [row["slug"] for row in answer["results"]] == [second.slug, first.slug]
    assert answer["count"] == 2
    assert "hold_days" not in answer["results"][0]


def test_an_incident_shows_its_policy(cast: Cast) -> None:
    incident = factories.incident()
    answer = signed_in(cast.auditor).get(f"/api/incidents/{incident.pk}/").json()
    assert (answer["hold_days"], answer["data_elements"]) == (30, ["name", "birth_date"])


def test_nobody_is_let_in_without_signing_in(db: None) -> None:
    answer = Client().get("/api/incidents/")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "not_authenticated"


def test_a_disabled_account_is_nobody(cast: Cast) -> None:
    client = signed_in(cast.worker)
    User.objects.filter(pk=cast.worker.pk).update(is_active=False)
    assert client.get("/api/incidents/").status_code == 403


def test_an_incident_that_is_not_there_is_a_404_with_one_form(cast: Cast) -> None:
    answer = signed_in(cast.worker).get(f"/api/incidents/{uuid.uuid4()}/")
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "client_error",
        "errors": [{"code": "not_found", "detail": "Not found.", "attr": None}],
    }


def test_a_method_a_view_does_not_have_is_a_405(cast: Cast) -> None:
    client = signed_in(cast.worker)
    for answer in (client.delete("/api/incidents/"), client.options("/api/incidents/")):
        assert answer.status_code == 405


def test_a_head_request_asks_for_the_capability_of_get(cast: Cast) -> None:
    assert signed_in(cast.worker).head("/api/incidents/").status_code == 200
    assert signed_in(cast.attorney).head("/api/incidents/").status_code == 403


def test_a_page_out_of_range_and_one_that_is_no_number_are_not_there(cast: Cast) -> None:
    client = signed_in(cast.worker)
    for page in ("0", "2", "x", "9" * 5000):
        assert client.get("/api/incidents/", {"page": page}).status_code == 404


def test_a_view_that_declares_no_capability_lets_nobody_in(cast: Cast) -> None:
    class Forgotten(ListOfRows[Incident]):
        queryset = Incident.objects.none()

    request = APIRequestFactory().get("/api/forgotten/")
    force_authenticate(request, cast.supervisor)
    assert Forgotten.as_view()(request).status_code == 403


def test_the_description_is_not_served_in_production(cast: Cast) -> None:
    assert signed_in(cast.supervisor).get(reverse("api-schema")).status_code == 404


def test_while_developing_the_description_is_for_who_has_signed_in(
    cast: Cast, settings: Settings
) -> None:
    settings.DEBUG = True
    administrator = signed_in(factories.user(Role.ADMINISTRATOR))
    assert Client().get(reverse("api-schema")).status_code == 403
    assert administrator.get(reverse("api-schema")).status_code == 200
