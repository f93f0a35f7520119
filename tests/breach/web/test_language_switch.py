"""Changing the language leads on from every page, also from one that only a button opens."""

from __future__ import annotations

import re

from django.urls import reverse

from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

NEXT = re.compile(r'name="next" value="([^"]+)"')
WHO = {"parts": "identity", "why": "call"}


def test_from_opened_pages_it_leads_to_the_closed_one(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    factories.exposure(incident=exposure.incident)
    parts = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
    client = sign_in(cast.worker)
    for name, given, sent in (
        ("people-search", {"slug": exposure.incident.slug}, {"text": "Quintanilla"}),
        ("person-detail-reveal", parts, WHO),
        ("contact-log-reveal", parts, WHO),
        ("person-disclosures-reveal", parts, WHO),
    ):
        page = client.post(reverse(name, kwargs=given), sent)
        assert page.status_code == 200, name
        (back,) = NEXT.findall(page.content.decode())
        answer = client.post(reverse("set_language"), {"language": "es", "next": back}, follow=True)
        assert answer.status_code == 200, name
        assert 'lang="es"' in answer.content.decode(), name


def test_an_address_that_only_answers_a_button_says_so_in_the_dress_of_the_others(
    cast: Cast, sign_in: SignIn
) -> None:
    answer = sign_in(cast.worker).get(reverse("sign-out"))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    page = answer.content.decode()
    assert "This address does not open by itself" in page
    assert "site-header" in page


def test_an_api_answers_a_wrong_method_in_its_own_way(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.worker).delete("/api/follow-ups/")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/json")
