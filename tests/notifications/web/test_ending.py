"""On a person's file: given up or withdrawn by two people, and taken up again by one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from breach.core.roles import Role
from breach.models import Exposure
from breach.services import clock, contacts
from notifications.models import Progress
from tests import factories, second_person
from tests.notifications.outbox_world import World
from tests.notifications.web.conftest import Enter


@pytest.fixture
def exposure(world: World) -> Exposure:
    (delivery,) = world.detained(1)
    exposure = delivery.notification.exposure
    contacts.log_contact(
        actor=factories.user(Role.CASE_WORKER), exposure=exposure, at=clock.now(), channel="phone",
        reached="nobody", outcome="no_answer",
    )  # fmt: skip
    return exposure


def of(exposure: Exposure, name: str, *more: str) -> str:
    return reverse(name, args=[exposure.incident.slug, exposure.person.reference, *more])


def test_the_file_offers_it_another_person_agrees_and_it_can_be_taken_back(
    world: World, enter: Enter, exposure: Exposure
) -> None:
    client, page = enter(world.supervisor), of(exposure, "notice-end", "unreachable")
    panel = of(exposure, "letters-panel")
    assert page in client.get(panel).content.decode()
    client.post(page, {"reason": "Nobody knows the person there"})
    assert "A request waits for approval" in client.get(panel).content.decode()
    second_person.approves(world.privacy, exposure)
    assert Progress.objects.get(exposure=exposure).state == "unreachable"
    again = of(exposure, "notice-take-up")
    assert again in client.get(panel).content.decode()
    client.post(again, {"reason": "A relative called back"})
    assert Progress.objects.get(exposure=exposure).state == "pending"


def test_what_cannot_be_asked_for_is_said_on_the_form(world: World, enter: Enter) -> None:
    (delivery,) = world.detained(1)
    page = of(delivery.notification.exposure, "notice-end", "unreachable")
    answer = enter(world.supervisor).post(page, {"reason": "Too much work"})
    assert "Nothing was tried yet" in answer.content.decode()


def test_there_are_two_ways_to_end_and_no_third(
    world: World, enter: Enter, exposure: Exposure
) -> None:
    client = enter(world.supervisor)
    assert client.get(of(exposure, "notice-end", "withdrawal")).status_code == 200
    assert client.get(of(exposure, "notice-end", "forgotten")).status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MAIL_ROOM, Role.ADMINISTRATOR, Role.ATTORNEY])
def test_other_desks_ask_for_nothing(enter: Enter, exposure: Exposure, role: Role) -> None:
    client = enter(factories.user(role))
    for page in (of(exposure, "notice-end", "unreachable"), of(exposure, "notice-take-up")):
        assert client.post(page, {"reason": "Why not"}).status_code == 403
