"""An incident that was just opened: its pages say what is missing, in words, and where to bring it in."""

from __future__ import annotations

from django.urls import reverse

from tests import factories
from tests.notifications.outbox_world import World
from tests.signing_in import client_of


def test_without_a_roster_nobody_is_said_to_be_in_work(world: World) -> None:
    slug = factories.incident().slug
    client = client_of(world.supervisor)
    page = client.get(reverse("notify", args=[slug])).content.decode()
    assert "Nobody is on a roster yet" in page
    assert reverse("roster-list", args=[slug]) in page
    progress = client.get(reverse("job-progress", args=[slug])).content.decode()
    for text in (page, progress):
        assert "Nobody is on a roster yet." in text
        assert "Everybody is being processed" not in text
        assert "Everything that may be sent has been sent." not in text


def test_facts_that_letters_lack_are_named_as_the_policy_names_them(world: World) -> None:
    client, slug = client_of(world.privacy), factories.incident().slug
    page = client.get(reverse("letters", args=[slug])).content.decode()
    assert "organization that writes" in page
    assert "agency_name" not in page
    answer = client.post(reverse("letters-adopt", args=[slug]), follow=True)
    assert "phone for affected people" in answer.content.decode()
    assert "contact_phone" not in answer.content.decode()
