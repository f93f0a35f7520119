"""On a person's file: a wrong proof is taken back by a supervisor, and stays there, struck out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import Hold
from breach.services import clock
from notifications.models import Evidence, Notification
from notifications.services import proving
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World
from tests.notifications.web.conftest import Enter
from tests.signing_in import client_of


@pytest.fixture
def proof(world: World) -> Evidence:
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    return proving.record_evidence(
        actor=world.mail_room, notification=delivery.notification, kind="confirmed_call", proven_at=clock.now()
    )  # fmt: skip


def page(proof: Evidence) -> str:
    exposure = proof.notification.exposure
    return reverse(
        "proof-wrong", args=[exposure.incident.slug, exposure.person.reference, proof.pk]
    )


def file(proof: Evidence, client: Client, name: str = "letters-panel") -> str:
    exposure = proof.notification.exposure
    where = reverse(name, args=[exposure.incident.slug, exposure.person.reference])
    return client.get(where).content.decode()


def test_a_supervisor_takes_a_wrong_proof_back_and_it_stays_in_the_list_struck_out(
    world: World, enter: Enter, proof: Evidence
) -> None:
    client = enter(world.supervisor)
    assert page(proof) in file(proof, client)
    assert "The person counts as not told." in client.get(page(proof)).content.decode()
    assert Evidence.objects.get().disproved_at is None, "looking does nothing"
    answer = client.post(page(proof), {"reason": "wrong_person", "words": ""})
    assert answer.status_code == 302
    panel = file(proof, client)
    assert "It is about another person" in panel
    assert "<s>" in panel
    assert page(proof) not in panel
    assert "No removal before notice is proven again" in panel
    assert "No removal before notice is proven again" in file(proof, client, "person-detail")
    assert Notification.objects.get().state == "underway"


def test_without_a_reason_nothing_is_taken_back(
    world: World, enter: Enter, proof: Evidence
) -> None:
    answer = enter(world.supervisor).post(page(proof), {"words": "Because"})
    assert answer.status_code == 200
    assert Evidence.objects.get().disproved_at is None


def test_who_was_not_seen_for_a_while_shows_again_who_they_are(
    world: World, proof: Evidence
) -> None:
    client = client_of(world.supervisor, ago=600)
    answer = client.post(page(proof), {"reason": "wrong_person"})
    assert reverse("step-up") in answer.headers["Location"]
    assert Hold.objects.get().paused_at is None


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.PRIVACY_OFFICER, Role.AUDITOR])
def test_others_are_not_offered_it(role: Role, enter: Enter, proof: Evidence) -> None:
    client = enter(role)
    assert page(proof) not in file(proof, client)
    assert client.post(page(proof), {"reason": "wrong_person"}).status_code == 403


def test_a_proof_taken_back_meanwhile_says_so(world: World, enter: Enter, proof: Evidence) -> None:
    client = enter(world.supervisor)
    client.post(page(proof), {"reason": "not_genuine", "words": ""})
    assert "taken back already" in client.get(page(proof)).content.decode()
    assert (
        "taken back already" in client.post(page(proof), {"reason": "not_genuine"}).content.decode()
    )


def test_a_proof_of_somebody_else_is_not_there(world: World, enter: Enter, proof: Evidence) -> None:
    (delivery,) = world.detained(1)
    exposure = delivery.notification.exposure
    parts = [exposure.incident.slug, exposure.person.reference, proof.pk]
    assert enter(world.supervisor).get(reverse("proof-wrong", args=parts)).status_code == 404
