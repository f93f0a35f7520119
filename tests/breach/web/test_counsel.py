"""The pages that name an attorney: search, choose or add, save; nothing of it stands in an address."""

from __future__ import annotations

import pytest
from django.urls import reverse

from breach.models import Attorney, Exposure, Representation
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

DAY = "2022-12-01"
FACTS = {"forum": "ice", "on": DAY}


def page_of(exposure: Exposure, action: str) -> str:
    return reverse("counsel-new", args=[exposure.incident.slug, exposure.person.reference, action])


@pytest.mark.parametrize(("action", "more"), [("claim", {}), ("replace", {"evidence": "g28"})])
def test_an_attorney_on_file_is_found_chosen_and_saved(
    cast: Cast, sign_in: SignIn, action: str, more: dict[str, str]
) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    ada = factories.attorney(name="Ada Found", eoir_id="EX9", email="ada@firm.invalid")
    factories.attorney(name="Bea Hidden")
    page = client.get(page_of(exposure, action)).content.decode()
    assert "Ada" not in page  # nobody is listed before somebody is searched
    page = client.post(page_of(exposure, action), {"text": "ada", "find": "1"}).content.decode()
    assert "Ada Found" in page
    assert "EOIR ID EX9" in page
    assert "Bea" not in page
    assert ada.email not in page
    assert ada.phone not in page
    given = {**FACTS, **more, "text": "ada", "who": str(ada.pk)}
    answer = client.post(page_of(exposure, action), given)
    assert answer.status_code == 302, answer.context["form"].errors
    saved = Representation.objects.get(person=exposure.person)
    assert (saved.attorney, saved.status) == (ada, {"claim": "claimed"}.get(action, "active"))


def test_an_attorney_who_is_not_on_file_is_added_on_the_same_page(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    page = client.post(
        page_of(exposure, "claim"), {"text": "Grace Invented", "find": "1"}
    ).content.decode()
    assert "Nobody on file fits" in page
    assert 'value="Grace Invented"' in page
    given = {**FACTS, "text": "Grace Invented", "who": "new", "kind": "attorney"}
    answer = client.post(page_of(exposure, "claim"), {**given, "name": "", "licence": "5"})
    assert "Enter the name as on the appearance." in answer.content.decode()
    assert "Enter both: where the license was given" in answer.content.decode()
    answer = client.post(page_of(exposure, "claim"), {**given, "name": "Grace Invented"})
    assert answer.status_code == 302, answer.context["form"].errors
    assert Attorney.objects.get().name == "Grace Invented"


def test_only_an_attorney_whom_the_search_found_can_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.worker)
    hidden = factories.attorney(name="Bea Hidden")
    barred = factories.attorney(name="Ada Barred", is_suspended=True)
    page = client.post(page_of(exposure, "claim"), {"text": "ada", "find": "1"}).content.decode()
    assert "cannot be chosen while the suspension lasts" in page
    for one in (hidden, barred):
        answer = client.post(
            page_of(exposure, "claim"), {**FACTS, "text": "ada", "who": str(one.pk)}
        )
        assert answer.status_code == 200
        assert answer.context["form"].errors["who"]
    assert not Representation.objects.exists()


def test_nothing_and_nonsense_get_sentences(cast: Cast, sign_in: SignIn) -> None:
    exposure, client = factories.exposure(), sign_in(cast.supervisor)
    for given in (
        {},
        {"find": "1"},
        {"find": "1", "text": "x"},
        {"text": "\x00☃" * 200, "who": "\x00", "on": "never", "evidence": "none"},
    ):
        for action in ("claim", "replace"):
            answer = client.post(page_of(exposure, action), given)
            assert answer.status_code == 200
            assert "There " in answer.content.decode()  # the summary at the top
    assert client.get(page_of(exposure, "vanish")).status_code == 404
