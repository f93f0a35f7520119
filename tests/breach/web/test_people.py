"""The list of people and the search: masked, filtered, paged, and nothing personal in any URL."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.models import AuditEvent, Incident, RiskTier
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


def listed(page: object) -> set[str]:
    return {exposure.person.reference for exposure, _language in page.context["people"]}  # type: ignore[attr-defined]  # a test response


def test_the_list_shows_initials_and_no_name(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    page = sign_in(cast.worker).get(reverse("people-list", args=[exposure.incident.slug]))
    text = page.content.decode()
    assert exposure.person.reference in text
    assert "L.Q." in text
    assert "Quintanilla" not in text


def test_fifty_rows_cost_as_many_queries_as_one(cast: Cast, sign_in: SignIn) -> None:
    def queries(incident: Incident) -> int:
        client, url = sign_in(cast.supervisor), reverse("people-list", args=[incident.slug])
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as counted:
            client.get(url)
        return len(counted)

    one, many = factories.incident(), factories.incident()
    factories.crowd(1, incident=one)
    factories.crowd(50, incident=many)
    assert queries(one) == queries(many)


def test_filters_show_only_whom_they_name(cast: Cast, sign_in: SignIn) -> None:
    incident = factories.incident()
    held = factories.exposure(incident=incident, risk_tier=RiskTier.CRITICAL)
    stay = factories.placement(held.person)
    spoken_for = factories.exposure(incident=incident, caseworker=cast.worker)
    factories.representation(spoken_for.person)
    silent = factories.exposure(incident=incident, of=factories.person(language=""))
    url = reverse("people-list", args=[incident.slug])
    expected = {
        f"facility={stay.facility_id}": {held},
        "facility=nowhere": {spoken_for, silent},
        "represented=yes": {spoken_for},
        "represented=no": {held, silent},
        "language=unknown": {silent},
        "language=es": {held, spoken_for},
        "risk=1": {held},
        "assigned=somebody": {spoken_for},
        "assigned=nobody": {held, silent},
        "facility=nonsense": {held, spoken_for, silent},
    }
    client = sign_in(cast.supervisor)
    for query, people in expected.items():
        assert listed(client.get(f"{url}?{query}")) == {one.person.reference for one in people}, (
            query
        )
    assert listed(sign_in(cast.worker).get(f"{url}?assigned=me")) == {spoken_for.person.reference}


def test_no_list_tells_a_case_worker_who_is_held_where(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    stay = factories.placement(exposure.person, at=factories.facility(name="Invented County Jail"))
    client, url = sign_in(cast.worker), reverse("people-list", args=[exposure.incident.slug])
    assert "Invented County Jail" not in client.get(url).content.decode()
    elsewhere = factories.exposure(incident=exposure.incident)
    both = {exposure.person.reference, elsewhere.person.reference}
    assert listed(client.get(f"{url}?facility={stay.facility_id}")) == both, (
        "there is no such filter"
    )


def test_counsel_withdrawn_does_not_count_as_represented(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    factories.representation(exposure.person, status="withdrawn")
    url = reverse("people-list", args=[exposure.incident.slug])
    assert not listed(sign_in(cast.worker).get(f"{url}?represented=yes"))


@pytest.mark.parametrize("text", ["quint", "LUZ quintanilla", "A012345678", "a 012-345-678"])
def test_one_match_opens_the_file(cast: Cast, sign_in: SignIn, text: str) -> None:
    person = factories.person(a_number="A012345678")
    exposure = factories.exposure(of=person)
    factories.exposure(
        incident=exposure.incident, of=factories.person(family_name="Other", given_names="Eva")
    )
    url = reverse("people-search", args=[exposure.incident.slug])
    answer = sign_in(cast.worker).post(url, {"text": text})
    assert answer.url == reverse("person-detail", args=[exposure.incident.slug, person.reference])


def test_a_search_stays_within_the_incident_and_is_recorded_without_its_words(
    cast: Cast, sign_in: SignIn
) -> None:
    incident, elsewhere = factories.incident(), factories.exposure()
    answer = sign_in(cast.worker).post(
        reverse("people-search", args=[incident.slug]), {"text": "Quintanilla"}
    )
    assert not answer.context["people"]
    event = AuditEvent.objects.get(action="people.searched")
    assert event.changes == {"by": "name", "found": 0}
    assert elsewhere.person.reference not in answer.content.decode()


def test_a_link_searches_nothing_and_leads_to_the_list(cast: Cast, sign_in: SignIn) -> None:
    slug = factories.incident().slug
    answer = sign_in(cast.worker).get(reverse("people-search", args=[slug]))
    assert answer.url == reverse("people-list", args=[slug])
    assert not AuditEvent.objects.filter(action="people.searched").exists()


def test_too_little_to_search_for_is_said(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.worker), reverse("people-search", args=[factories.incident().slug])
    assert "Type at least two letters" in client.post(url, {"text": " x "}).content.decode()
    assert "This field is required" in client.post(url, {}).content.decode()
    assert not AuditEvent.objects.filter(action="people.searched").exists()


def test_who_may_see_no_names_cannot_search_for_them(cast: Cast, sign_in: SignIn) -> None:
    incident = factories.incident()
    client = sign_in(cast.auditor)
    assert (
        client.post(reverse("people-search", args=[incident.slug]), {"text": "Luz"}).status_code
        == 403
    )
    assert client.get(reverse("people-list", args=[incident.slug])).context["search"] is None


def test_an_empty_list_sends_nobody_to_a_page_that_is_not_theirs(
    cast: Cast, sign_in: SignIn
) -> None:
    incident = factories.incident()
    page, upload = (
        reverse(name, args=[incident.slug]) for name in ("people-list", "roster-upload")
    )
    assert upload in sign_in(cast.supervisor).get(page).content.decode()
    shown = sign_in(cast.worker).get(page).content.decode()
    assert upload not in shown
    assert "once a supervisor has imported a roster" in shown
