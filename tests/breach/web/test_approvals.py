"""The pages of two people: what waits, what exactly is asked, and one answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from breach.models import Approval, DuplicatePair, Roster, User
from breach.services import merging
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast
from tests.signing_in import client_of


@pytest.fixture
def pair(cast: Cast) -> DuplicatePair:
    exposures = [factories.exposure()]
    incident = exposures[0].incident
    exposures.append(factories.exposure(incident=incident))
    first, second = sorted((one.person for one in exposures), key=lambda person: person.pk)
    roster = Roster.objects.create(
        incident=incident, sha256="0" * 64, imported_by=cast.supervisor, size=1
    )
    return DuplicatePair.objects.create(
        first=first, second=second, score=90, reasons=["same_name"], roster=roster
    )


def asked(by: User, pair: DuplicatePair) -> Approval:
    return merging.ask_to_join(actor=by, pair=pair, keep=pair.first, reason="Same photograph")


def detail(approval: Approval) -> str:
    return reverse("approval-detail", args=[approval.pk])


def approve(client: Client, approval: Approval, **changes: str) -> str:
    given = {"what": "approve", "sha256": approval.content_sha256, "reason": ""} | changes
    return client.post(detail(approval), given, follow=True).content.decode()


def test_the_review_page_asks_and_the_approvals_page_confirms(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    review = reverse("duplicates-review", args=[pair.roster.incident.slug, pair.pk])
    answer = sign_in(cast.worker).post(
        review, {"decision": str(pair.first_id), "reason": "Same photograph"}, follow=True
    )
    assert "Another person is asked to confirm" in answer.content.decode()
    assert "waits for another person" in sign_in(cast.worker).get(review).content.decode()
    pair.refresh_from_db()
    assert pair.status == "open"
    supervisor = sign_in(cast.supervisor)
    assert "Same photograph" in supervisor.get(reverse("approval-list")).content.decode()
    assert "Approved, and done." in approve(supervisor, Approval.objects.get())
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == ("same", cast.supervisor)


def test_the_page_shows_the_hash_the_references_and_no_names(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    approval = asked(cast.worker, pair)
    text = sign_in(cast.supervisor).get(detail(approval)).content.decode()
    for told in (approval.content_sha256, pair.first.reference, pair.second.reference):
        assert told in text
    assert pair.first.family_name not in text


def test_who_asked_sees_no_button_to_approve_and_can_take_it_back(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    approval, client = asked(cast.worker, pair), sign_in(cast.worker)
    assert 'value="approve"' not in client.get(detail(approval)).content.decode()
    assert "You asked for this yourself" in approve(client, approval)
    client.post(detail(approval), {"what": "take_back"})
    approval.refresh_from_db()
    assert approval.state == "void"


def test_another_hash_than_the_page_showed_is_refused(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    approval, client = asked(cast.worker, pair), sign_in(cast.supervisor)
    assert "This is not what you have read" in approve(client, approval, sha256="0" * 64)
    approval.refresh_from_db()
    assert approval.state == "open"


def test_a_refusal_is_told_with_its_reason(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    approval, client = asked(cast.worker, pair), sign_in(cast.supervisor)
    assert "Error:" in client.post(detail(approval), {"what": "refuse"}).content.decode()
    client.post(detail(approval), {"what": "refuse", "reason": "Other birthmarks"})
    text = sign_in(cast.worker).get(detail(approval)).content.decode()
    assert "Other birthmarks" in text and "Refused" in text


def test_the_number_of_waiting_requests_is_on_every_page(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    asked(cast.worker, pair)
    for user, count in ((cast.supervisor, 1), (cast.worker, 0)):
        text = sign_in(user).get(reverse("home")).content.decode()
        assert text.count('class="site-nav__count"') == 2 * count  # menu and sidebar
        assert ("Waiting for your approval" in text) is bool(count)


@pytest.mark.parametrize(
    ("desk", "status"),
    [("worker", 200), ("supervisor", 200), ("privacy", 200), ("auditor", 200), ("mail_room", 403), ("attorney", 403)],
)  # fmt: skip
def test_who_gets_to_the_approvals(cast: Cast, sign_in: SignIn, desk: str, status: int) -> None:
    assert sign_in(getattr(cast, desk)).get(reverse("approval-list")).status_code == status


def test_not_mine_and_not_there_are_the_same_answer(
    cast: Cast, pair: DuplicatePair, sign_in: SignIn
) -> None:
    approval = asked(cast.supervisor, pair)
    administrator = sign_in(factories.user("administrator"))
    foreign = administrator.get(detail(approval))
    absent = administrator.get(reverse("approval-detail", args=[pair.pk]))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content


def test_counsel_is_proofed_on_the_file_and_confirmed_by_another(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure = factories.exposure()
    found = factories.representation(exposure.person)
    page = reverse(
        "counsel-account", args=[exposure.incident.slug, exposure.person.reference, found.pk]
    )
    worker = sign_in(cast.worker)
    given = {
        "jurisdiction": "New York",
        "number": "123",
        "checked_on": "2026-01-05",
        "username": "ada",
    }
    assert "Error:" in worker.post(page, given).content.decode()
    worker.post(page, given | {"reason": "Register and G-28 agree"})
    assert "This waits for another person" in worker.get(page).content.decode()
    approval = Approval.objects.get()
    privacy = sign_in(cast.privacy)
    assert "New York 123" in privacy.get(detail(approval)).content.decode()
    approve(privacy, approval)
    assert "This attorney has an account" in worker.get(page).content.decode()


def test_who_signed_in_long_ago_shows_first_who_it_is(cast: Cast, pair: DuplicatePair) -> None:
    approval, late = asked(cast.worker, pair), client_of(cast.supervisor, ago=600)
    assert late.get(detail(approval)).status_code == 200
    given = {"what": "approve", "sha256": approval.content_sha256}
    assert late.post(detail(approval), given).url.startswith(reverse("step-up"))
    approval.refresh_from_db()
    assert approval.state == "open"
