"""Every figure of open work opens the list of exactly what it counts, for every desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from breach.models import FollowUp, FollowUpKind, Incident, User
from breach.services import clock, followups
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

DAYS = (-2, 0, 1, 3, 7, 8)


def opened(cast: Cast, incident: Incident, days: int, desk: str, owner: User | None) -> None:
    exposure = factories.exposure(incident=incident)
    follow_up = followups.open_follow_up(
        actor=cast.supervisor, incident=incident, exposure=exposure, kind=FollowUpKind.OTHER, reason="Waits",
        due_on=clock.today() + timedelta(days=days), desk=desk, owner=owner,
    )  # fmt: skip
    FollowUp.objects.filter(pk=follow_up.pk).update(owner=owner)


@pytest.fixture
def incident(cast: Cast) -> Incident:
    """Work of three desks on six days, owned and not."""
    incident = factories.incident()
    for days in DAYS:
        for desk, owner in (
            ("case_worker", cast.worker), ("case_worker", None), ("privacy_officer", None),
            ("privacy_officer", cast.privacy), ("mail_room", None), ("supervisor", cast.supervisor),
        ):  # fmt: skip
            opened(cast, incident, days, desk, owner)
    return incident


def listed(client: Client, url: str) -> int:
    return int(client.get(url).context["page_obj"].paginator.count)


@pytest.mark.parametrize("desk", ["worker", "supervisor", "privacy", "mail_room"])
def test_each_figure_of_the_start_page_opens_what_it_counts(
    cast: Cast, sign_in: SignIn, incident: Incident, desk: str
) -> None:
    client = sign_in(getattr(cast, desk))
    figures: list[dict[str, Any]] = client.get(reverse("home")).context["stats"]
    assert len(figures) == (4 if desk == "worker" else 5)  # a case worker's work has an owner
    for figure in figures:
        assert figure["value"] > 0
        assert listed(client, figure["url"]) == figure["value"], figure["label"]


@pytest.mark.parametrize("desk", ["worker", "supervisor", "privacy"])
def test_each_figure_of_an_incident_opens_what_it_counts(
    cast: Cast, sign_in: SignIn, incident: Incident, desk: str
) -> None:
    opened(cast, factories.incident(), 0, "supervisor", None)
    client = sign_in(getattr(cast, desk))
    context = client.get(reverse("incident-detail", args=[incident.slug])).context
    for name, url in context["urls"].items():
        assert context["counts"][name] > 0
        assert listed(client, url) == context["counts"][name], name


def test_an_empty_list_says_whether_it_is_done_or_only_narrowed(
    cast: Cast, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.worker), reverse("worklist")
    for query, said in (
        ({}, "You have done everything that is yours"),
        ({"whose": "all"}, "next action is done"),
        ({"due": "overdue"}, "No open follow-up matches"),
        ({"whose": "all", "due": "overdue"}, "No open follow-up matches"),
        ({"whose": "ours"}, "No open follow-up matches"),
        ({"whose": "nonsense"}, "No open follow-up matches"),
    ):
        assert said in client.get(url, query).content.decode(), query


def test_a_figure_of_nothing_leads_nowhere(cast: Cast, sign_in: SignIn) -> None:
    figures = sign_in(cast.supervisor).get(reverse("home")).context["stats"]
    assert {(figure["value"], figure["url"]) for figure in figures} == {(0, "")}
