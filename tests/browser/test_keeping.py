"""How long identities are kept, and what was changed without a word: both pages are sound, with and without rows."""

from __future__ import annotations

import pytest
from django.urls import reverse

from breach.models import Facility
from tests import factories
from tests.browser.visitor import Visitor
from tests.notifications.outbox_world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_retention_and_changes_are_sound(visitor: Visitor) -> None:
    world = make_world()
    visitor.arrive_as(world.privacy)
    visitor.open(reverse("retention-list", args=[world.incident.slug]))
    visitor.assert_sound("retention-empty")
    world.detained(2)
    factories.exposure(incident=world.incident)
    Facility.objects.update(county="Changed past the verbs")
    page = visitor.open(reverse("retention-list", args=[world.incident.slug]))
    page.get_by_text("Not told yet, or not proven").first.wait_for()
    visitor.assert_sound("retention")
    page = visitor.open(reverse("audit-list"))
    page.get_by_role("link", name="Changes not recorded in the history").click()
    page.get_by_role("heading", name="One by one, the newest first").wait_for()
    visitor.assert_sound("changes")
