"""The attorney's pages: no GET changes anything, and a stranger's client is not there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.looks import looks_at, standing
from breach.models import AuditEvent, User
from notifications.models import Evidence, Notification, Receipt
from notifications.services import portal
from tests.notifications.factories import clients, counsel
from tests.notifications.outbox_world import World, blank_pdf
from tests.signing_in import client_of
from tests.unwritable import refuse_history


def signed_in(user: User) -> Client:
    return client_of(user)


def pages_of(notice: Notification) -> list[str]:
    here = {"reference": notice.reference}
    return [
        reverse("portal-home"),
        reverse("portal-notice", kwargs=here),
        reverse("portal-not-my-client", kwargs=here),
        reverse("portal-attest") + f"?notice={notice.reference}",
    ]


def test_no_get_opens_confirms_or_changes_anything(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    visitor, before = signed_in(account), AuditEvent.objects.count()
    for page in pages_of(notice):
        for method in (visitor.get, visitor.head):
            assert method(page).status_code == 200, page
        visitor.options(page)
    opening = reverse("portal-open", kwargs={"reference": notice.reference})
    assert visitor.get(opening).status_code == 405
    notice.refresh_from_db()
    assert notice.first_viewed_at is None
    assert not Evidence.objects.exists()
    assert not Receipt.objects.exists()
    assert AuditEvent.objects.count() == before


def test_opening_answers_with_the_letter_for_the_browsers_own_viewer(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    answer = signed_in(account).post(reverse("portal-open", kwargs={"reference": notice.reference}))
    assert answer.content == blank_pdf()
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="notice-{notice.reference}.pdf"'
    assert answer["Cache-Control"] == "no-store"


def test_a_look_that_cannot_be_recorded_opens_no_letter_and_is_not_the_first(
    world: World,
) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    visitor = signed_in(account)
    refuse_history()
    answer = visitor.post(reverse("portal-open", kwargs={"reference": notice.reference}))
    assert answer.status_code == 503
    assert blank_pdf() not in answer.content
    notice.refresh_from_db()
    assert notice.first_viewed_at is None


def test_own_notices_open_by_right_and_stand_under_who_looked(world: World) -> None:
    attorney, account = counsel()
    notices = clients(world, attorney, 3)
    for notice in notices:
        answer = signed_in(account).post(
            reverse("portal-open", kwargs={"reference": notice.reference})
        )
        assert answer.status_code == 200
    assert standing(account).is_limited is False
    (seen,) = looks_at(notices[0].exposure)
    assert (seen.action, seen.actor_id) == ("notice.opened", account.pk)


def test_what_is_foreign_and_what_does_not_exist_answer_alike(world: World) -> None:
    attorney, _account = counsel()
    _other, stranger = counsel()
    (notice,) = clients(world, attorney)
    visitor = signed_in(stranger)
    for name in ("portal-notice", "portal-not-my-client"):
        foreign = visitor.get(reverse(name, kwargs={"reference": notice.reference}))
        absent = visitor.get(reverse(name, kwargs={"reference": "N-0000-0000-0000"}))
        assert (foreign.status_code, foreign.content) == (404, absent.content)
    foreign = visitor.post(reverse("portal-open", kwargs={"reference": notice.reference}))
    assert foreign.status_code == 404
    attest = reverse("portal-attest")
    foreign = visitor.post(attest, {"notice": notice.reference, "sentence": portal.sentence_for(1)})
    absent = visitor.post(
        attest, {"notice": "N-0000-0000-0000", "sentence": portal.sentence_for(1)}
    )
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    assert not Evidence.objects.exists()


def test_only_attorneys_enter(world: World) -> None:
    for user in (world.supervisor, world.mail_room, world.privacy):
        assert signed_in(user).get(reverse("portal-home")).status_code == 403
    anonymous = Client().get(reverse("portal-home"))
    assert anonymous.status_code == 302
    assert reverse("sign-in") in anonymous["Location"]


def test_the_typed_sentence_confirms_and_a_wrong_one_says_so(world: World) -> None:
    attorney, account = counsel()
    notices = clients(world, attorney, 2)
    visitor, page = signed_in(account), reverse("portal-attest")
    for notice in notices:
        visitor.post(reverse("portal-open", kwargs={"reference": notice.reference}))
    chosen = [notice.reference for notice in notices]
    wrong = visitor.post(page, {"notice": chosen, "sentence": "yes, both"})
    assert "Type the sentence exactly as it is shown." in wrong.content.decode()
    assert not Evidence.objects.exists()
    right = visitor.post(page, {"notice": chosen, "sentence": portal.sentence_for(2)}, follow=True)
    assert "Receipt is confirmed for 2 clients." in right.content.decode()
    assert Evidence.objects.count() == 2


def test_confirming_nothing_leads_back_with_a_sentence(world: World) -> None:
    _attorney, account = counsel()
    answer = signed_in(account).get(reverse("portal-attest"), follow=True)
    assert "Choose at least one notice to confirm." in answer.content.decode()


def test_not_my_client_asks_why_and_takes_the_notice_away(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    visitor = signed_in(account)
    page = reverse("portal-not-my-client", kwargs={"reference": notice.reference})
    assert visitor.post(page, {}).status_code == 200  # the reason is missing
    answer = visitor.post(page, {"reason": "ended"}, follow=True)
    assert notice.reference not in answer.content.decode()
    notice.refresh_from_db()
    assert notice.state == "withdrawn"


def test_names_stand_on_no_page_only_in_the_letter(world: World) -> None:
    attorney, account = counsel()
    (notice,) = clients(world, attorney)
    visitor = signed_in(account)
    for page in pages_of(notice):
        assert "Quintanilla" not in visitor.get(page).content.decode()


@pytest.mark.slow
def test_fifty_clients_cost_as_many_queries_as_one(world: World) -> None:
    attorney, account = counsel()
    clients(world, attorney, 1)
    visitor, page = signed_in(account), reverse("portal-home")
    visitor.get(page)
    with CaptureQueriesContext(connection) as one:
        visitor.get(page)
    clients(world, attorney, 49)
    with CaptureQueriesContext(connection) as fifty:
        answer = visitor.get(page)
    assert answer.content.decode().count("Open it first") == 50
    assert len(fifty) == len(one)
