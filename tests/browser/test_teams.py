"""Teams in a real browser: made, filled, and given an incident."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from breach.core.roles import Role
from breach.models import Team
from tests import factories
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_teams_are_made_filled_and_given_an_incident(visitor: Visitor, site: str) -> None:
    factories.user(Role.CASE_WORKER, first_name="Wanda")
    incident = factories.incident()
    visitor.arrive_as(factories.user(Role.ADMINISTRATOR))
    page = visitor.open(reverse("team-list"))
    visitor.assert_sound("team-list-empty")
    page.get_by_label("Name of the team").fill("Field team")
    page.get_by_role("button", name="Create the team").click()
    visitor.assert_sound("team-list")
    page.get_by_role("link", name="Field team").click()
    page.get_by_label("Who").select_option(label="Wanda (Case worker)")
    page.get_by_role("button", name="Move to this team").click()
    expect(page.get_by_role("rowheader", name="Wanda")).to_be_visible()
    visitor.assert_sound("team-detail")
    supervisor = factories.user(Role.SUPERVISOR, team=Team.objects.get())
    visitor.context.clear_cookies()
    visitor.arrive_as(supervisor)
    page = visitor.open(reverse("incident-teams", args=[incident.slug]))
    page.get_by_text("Field team").click()
    visitor.assert_sound("incident-teams")
    page.get_by_role("button", name="Save the teams").click()
    expect(page.locator("#teams")).to_contain_text("Field team")
    visitor.assert_sound("incident-with-teams")
