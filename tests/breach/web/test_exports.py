"""The pages of exports: asked for with name, address and key; fetched by a POST of who asked, and nobody else."""

from __future__ import annotations

import pyrage
import pytest
from django.urls import reverse

from breach.models import Export, Exposure
from tests import factories, second_person
from tests.breach.web.conftest import SignIn
from tests.factories import Cast
from tests.signing_in import client_of


@pytest.fixture
def exposure(db: None) -> Exposure:
    return factories.exposure()


@pytest.fixture
def given() -> dict[str, str]:
    return {
        "kind": "service_figures", "format": "csv", "recipient": "Invented Court", "address": "1 Way, Town",
        "key": str(pyrage.x25519.Identity.generate().to_public()), "hours": "4", "reason": "The court asked",
    }  # fmt: skip


def page(name: str, exposure: Exposure, **parts: object) -> str:
    return reverse(name, kwargs={"slug": exposure.incident.slug, **parts})


def test_from_the_form_to_the_file(
    cast: Cast, exposure: Exposure, given: dict[str, str], sign_in: SignIn
) -> None:
    asker = sign_in(cast.supervisor)
    answer = asker.post(page("export-ask", exposure), given, follow=True)
    assert "Nothing leaves until then" in answer.content.decode()
    export = Export.objects.get()
    fetch = page("export-fetch", exposure, pk=export.pk)
    assert "not there any more" in asker.post(fetch, follow=True).content.decode()
    second_person.approves(cast.privacy, export)
    assert fetch in asker.get(page("export-list", exposure)).content.decode()
    assert asker.get(fetch).status_code == 405
    file = asker.post(fetch)
    assert file.content.startswith(b"age-encryption.org/v1")
    assert file["Content-Disposition"] == f'attachment; filename="{export.reference}.csv.age"'
    assert file["Cache-Control"].startswith("no-store") or "no-store" in file["Cache-Control"]


def test_somebody_elses_file_and_no_file_are_the_same_answer(
    cast: Cast, exposure: Exposure, given: dict[str, str], sign_in: SignIn
) -> None:
    sign_in(cast.supervisor).post(page("export-ask", exposure), given)
    export = Export.objects.get()
    second_person.approves(cast.privacy, export)
    other = sign_in(cast.second_supervisor)
    foreign = other.post(page("export-fetch", exposure, pk=export.pk))
    absent = other.post(page("export-fetch", exposure, pk=exposure.pk))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content
    assert (
        page("export-fetch", exposure, pk=export.pk)
        not in other.get(page("export-list", exposure)).content.decode()
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": ""}, "one of the two"),
        ({"key": "nonsense"}, "no public key"),
        ({"key": "", "passphrase": "too short"}, "too short"),
        ({"kind": "accounting"}, "Nobody here has this reference"),
        ({"kind": "everything"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(
    cast: Cast, exposure: Exposure, given: dict[str, str], sign_in: SignIn, change: dict[str, str], sentence: str,
) -> None:  # fmt: skip
    answer = sign_in(cast.supervisor).post(page("export-ask", exposure), given | change)
    assert sentence in answer.content.decode()
    assert not Export.objects.exists()


def test_one_persons_accounting_is_found_by_the_reference(
    cast: Cast, exposure: Exposure, given: dict[str, str], sign_in: SignIn
) -> None:
    change = {"kind": "accounting", "reference": exposure.person.reference.lower()}
    sign_in(cast.supervisor).post(page("export-ask", exposure), given | change)
    assert Export.objects.get().exposure == exposure


def test_who_signed_in_long_ago_shows_first_who_it_is(cast: Cast, exposure: Exposure) -> None:
    late = client_of(cast.supervisor, ago=600)
    for answer in (
        late.get(page("export-ask", exposure)),
        late.post(page("export-fetch", exposure, pk=exposure.pk)),
    ):
        assert answer.url.startswith(reverse("step-up"))


@pytest.mark.parametrize(
    ("desk", "status"),
    [("worker", 403), ("supervisor", 200), ("privacy", 200), ("auditor", 403), ("mail_room", 403), ("attorney", 403)],
)  # fmt: skip
def test_who_exports(
    cast: Cast, exposure: Exposure, sign_in: SignIn, desk: str, status: int
) -> None:
    answer = sign_in(getattr(cast, desk)).get(page("export-list", exposure))
    assert answer.status_code == status
