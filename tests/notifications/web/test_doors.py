"""Who may open which page, what a GET may do (nothing), and how many queries a list costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.core.roles import Role
from breach.models import AuditEvent
from notifications.models import Delivery, Notification
from tests.notifications.factories import clients, counsel, send_out
from tests.notifications.outbox_world import World

from .conftest import Enter, Scene

R = Role
CASE = {R.CASE_WORKER, R.SUPERVISOR, R.PRIVACY_OFFICER, R.AUDITOR}
WHO_ENTERS: dict[str, set[Role]] = {
    "funnel-panel": CASE | {R.MAIL_ROOM},
    "funnel-list": CASE,
    "job-progress": CASE | {R.MAIL_ROOM},
    "notifications-list": CASE,
    "deliveries-list": CASE | {R.MAIL_ROOM},
    "batches-list": {R.SUPERVISOR, R.MAIL_ROOM},
    "letters": CASE | {R.MAIL_ROOM},
    "notify": {R.SUPERVISOR},
    "supervision": {R.SUPERVISOR, R.PRIVACY_OFFICER, R.AUDITOR},
    "supervision-follow-ups": {R.SUPERVISOR, R.PRIVACY_OFFICER, R.AUDITOR},
}


def pages_of(scene: Scene) -> list[str]:
    """Every page of telling people that a supervisor can open."""
    slug, delivery = scene.slug, scene.hand[0]
    reference = delivery.notification.exposure.person.reference
    wording = {"slug": slug, "number": 1, "language": "es"}
    return [
        *(reverse(name, kwargs={"slug": slug}) for name in WHO_ENTERS),
        *(
            reverse("supervision-by", kwargs={"slug": slug, "dimension": name})
            for name in ("facility", "language", "channel", "firm")
        ),
        reverse("letters-panel", kwargs={"slug": slug, "reference": reference}),
        reverse("delivery-detail", kwargs={"pk": delivery.pk}),
        reverse("letter-version", kwargs={"slug": slug, "number": 1}),
        reverse("letter-sign", kwargs={"slug": slug, "number": 1}),
        reverse("letter-wording", kwargs=wording),
        reverse("letter-preview", kwargs=wording),
        reverse("receipts"),
    ]


def test_each_desk_opens_its_pages_and_no_others(scene: Scene, enter: Enter) -> None:
    desks = {role: enter(role) for role in Role if role != R.SYSTEM}
    for name, welcome in WHO_ENTERS.items():
        page = reverse(name, kwargs={"slug": scene.slug})
        entered = {role for role, visitor in desks.items() if visitor.get(page).status_code == 200}
        assert entered == welcome, name


def test_strangers_are_asked_to_sign_in(scene: Scene) -> None:
    for page in pages_of(scene):
        answer = Client().get(page)
        assert answer.status_code == 302, page
        assert answer["Location"].startswith(reverse("sign-in")), page


def test_no_get_changes_anything(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    before = AuditEvent.objects.count(), set(Delivery.objects.values_list("state", "fence"))
    for page in pages_of(scene):
        assert visitor.get(page).status_code == 200, page
        visitor.head(page)
        visitor.options(page)
    assert before == (
        AuditEvent.objects.count(),
        set(Delivery.objects.values_list("state", "fence")),
    )


def test_a_get_shows_no_letter(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    assert (
        visitor.get(reverse("delivery-letter", kwargs={"pk": scene.hand[0].pk})).status_code == 405
    )


def test_no_page_names_anybody(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    for page in pages_of(scene):
        shown = visitor.get(page).content.decode(errors="replace")
        assert "Quintanilla" not in shown, page
        assert "Inventada" not in shown, page


def test_an_unknown_incident_is_not_there(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    for name in WHO_ENTERS:
        assert visitor.get(reverse(name, kwargs={"slug": "nowhere"})).status_code == 404, name


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "funnel-list",
        "notifications-list",
        "deliveries-list",
        "supervision-follow-ups",
        "supervision",
    ],
)
def test_a_list_of_fifty_costs_as_many_queries_as_a_list_of_one(
    world: World, enter: Enter, name: str
) -> None:
    attorney, _account = counsel()
    clients(world, attorney, 1)
    visitor, page = enter(world.supervisor), reverse(name, kwargs={"slug": world.incident.slug})
    visitor.get(page)
    with CaptureQueriesContext(connection) as one:
        visitor.get(page)
    clients(world, attorney, 49)
    with CaptureQueriesContext(connection) as fifty:
        visitor.get(page)
    assert Notification.objects.count() == 50
    assert len(fifty) <= len(one) + 1  # a list longer than a page may count its rows once more


def test_a_case_with_many_deliveries_costs_no_more_queries(world: World, enter: Enter) -> None:
    (delivery,) = world.detained(1)
    exposure = delivery.notification.exposure
    visitor = enter(world.supervisor)
    page = reverse(
        "letters-panel",
        kwargs={"slug": world.incident.slug, "reference": exposure.person.reference},
    )
    visitor.get(page)
    with CaptureQueriesContext(connection) as before:
        visitor.get(page)
    send_out(world, [delivery])
    with CaptureQueriesContext(connection) as after:
        visitor.get(page)
    assert len(after) == len(before)
