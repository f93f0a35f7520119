"""Every number opens exactly the list behind it, and follow-ups are handed out."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from breach.core.roles import Role
from breach.models import FollowUp
from notifications import queries
from notifications.models import Delivery
from notifications.services import following, outcomes, releasing
from notifications.services.claiming import claim, due
from notifications.states import NotificationState
from tests import factories, second_person
from tests.notifications.factories import newcomers
from tests.notifications.outbox_world import World

from .conftest import Enter, Scene

# A number that is a link, as charts, tables and figures show it.
NUMBER = re.compile(
    r'<a href="(/incidents/[^"]+\?[^"]+)">(?:<span class="usa-sr-only">[^<]*</span>)?([\d,]+)'
)


def numbers_on(page: str, visitor: Client) -> list[tuple[str, int]]:
    found = NUMBER.findall(visitor.get(page).content.decode())
    return [(unescape(url), int(number.replace(",", ""))) for url, number in found]


def rows_of(url: str, visitor: Client) -> int:
    page = visitor.get(url).context["page_obj"]
    return int(page.paginator.count)


@pytest.mark.parametrize("page", ["funnel-panel", "supervision"])
def test_every_number_is_the_length_of_its_list(scene: Scene, enter: Enter, page: str) -> None:
    visitor = enter(scene.world.supervisor)
    numbers = numbers_on(reverse(page, kwargs={"slug": scene.slug}), visitor)
    assert numbers
    for url, number in numbers:
        assert rows_of(url, visitor) == number, url


def test_the_sum_of_the_funnel_opens_everybody(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    everybody = reverse("funnel-list", kwargs={"slug": scene.slug})
    for page in ("funnel-panel", "supervision"):
        html = visitor.get(reverse(page, kwargs={"slug": scene.slug})).content.decode()
        assert f'<a href="{everybody}">5<' in html
    assert rows_of(everybody, visitor) == 5


def test_beside_another_incident_the_funnel_says_which_one_it_is(
    scene: Scene, enter: Enter
) -> None:
    visitor = enter(scene.world.supervisor)
    panel = reverse("funnel-panel", kwargs={"slug": scene.slug})
    assert f"{panel}?named" in visitor.get(reverse("home")).content.decode()
    named = visitor.get(f"{panel}?named", headers={"HX-Request": "true"}).content.decode()
    assert f"Who has been told: {scene.world.incident.title}</h2>" in named
    assert f'id="funnel-{scene.slug}"' in named
    assert "Who has been told</h2>" in visitor.get(panel).content.decode()


@pytest.mark.parametrize("dimension", ["facility", "language", "channel", "firm"])
def test_a_dimension_sums_to_the_roster_and_drills_down(
    scene: Scene, enter: Enter, dimension: str
) -> None:
    visitor = enter(scene.world.supervisor)
    page = reverse("supervision-by", kwargs={"slug": scene.slug, "dimension": dimension})
    lines = visitor.get(page).context["lines"]
    assert sum(line["total"] for line in lines) == 5
    for url, number in numbers_on(page, visitor):
        assert rows_of(url, visitor) == number, url


def test_an_unknown_dimension_is_not_there(scene: Scene, enter: Enter) -> None:
    visitor = enter(scene.world.supervisor)
    page = reverse("supervision-by", kwargs={"slug": scene.slug, "dimension": "nationality"})
    assert visitor.get(page).status_code == 404


def test_who_is_not_prepared_yet_counts_as_pending_and_is_on_the_list(
    world: World, enter: Enter
) -> None:
    newcomers(world, 3)
    visitor = enter(world.supervisor)
    assert queries.funnel(world.incident)[NotificationState.PENDING] == 3
    people = reverse("funnel-list", kwargs={"slug": world.incident.slug})
    assert rows_of(f"{people}?state=pending", visitor) == 3
    assert rows_of(f"{people}?state=open", visitor) == 3


def test_an_unknown_outcome_is_found_from_the_number(scene: Scene, enter: Enter) -> None:
    claims = claim(due("hand"), limit=1)
    assert claims
    Delivery.objects.filter(pk=claims[0].delivery_id).update(state="sending")
    outcomes.unknown(actor=scene.world.system, claims=claims, detail="connection lost")
    visitor = enter(scene.world.supervisor)
    page = reverse("deliveries-list", kwargs={"slug": scene.slug})
    assert rows_of(f"{page}?state=ambiguous", visitor) == 1


def test_a_supervisor_hands_the_chosen_follow_ups_to_somebody(scene: Scene, enter: Enter) -> None:
    worker = factories.user(Role.CASE_WORKER)
    chosen = list(FollowUp.objects.filter(state="open")[:2])
    page = reverse("supervision-follow-ups", kwargs={"slug": scene.slug})
    answer = enter(scene.world.supervisor).post(
        page, {"follow_up": [one.pk for one in chosen], "owner": str(worker.pk)}, follow=True
    )
    assert "2 follow-ups have a new owner." in answer.content.decode()
    assert set(FollowUp.objects.filter(owner=worker)) == set(chosen)


def test_choosing_nothing_or_nobody_is_said_on_the_page(scene: Scene, enter: Enter) -> None:
    page = reverse("supervision-follow-ups", kwargs={"slug": scene.slug})
    answer = enter(scene.world.supervisor).post(page, {"owner": ""})
    assert "Choose at least one follow-up." in answer.content.decode()


def test_an_auditor_looks_but_does_not_assign(scene: Scene, enter: Enter) -> None:
    one = FollowUp.objects.filter(state="open").first()
    assert one is not None
    page = reverse("supervision-follow-ups", kwargs={"slug": scene.slug})
    visitor = enter(Role.AUDITOR)
    assert "Assign the chosen" not in visitor.get(page).content.decode()
    worker = factories.user(Role.CASE_WORKER)
    assert visitor.post(page, {"follow_up": [one.pk], "owner": str(worker.pk)}).status_code == 403


def test_prepare_and_send_says_first_what_would_happen(world: World, enter: Enter) -> None:
    newcomers(world, 2)
    page = reverse("notify", kwargs={"slug": world.incident.slug})
    shown = enter(world.supervisor).get(page)
    assert shown.context["outlook"].questions.total() == 2
    assert "We know neither a place of custody nor an address" in shown.content.decode()
    assert "Nobody can be told yet. Open the follow-ups of 2 people?" in shown.content.decode()
    assert queries.unprepared(world.incident).count() == 2


def test_pressing_it_asks_another_person_who_releases_and_the_tick_does_the_rest(
    world: World, enter: Enter
) -> None:
    newcomers(world, 2)
    page = reverse("notify", kwargs={"slug": world.incident.slug})
    supervisor = enter(world.supervisor)
    answer = supervisor.post(page, {"reason": "The roster is complete"}, follow=True)
    assert "The release waits for another person" in answer.content.decode()
    assert queries.unprepared(world.incident).count() == 2
    second_person.approves(world.privacy, world.incident)
    assert queries.unprepared(world.incident).count() == 0
    assert queries.job_progress(world.incident).routed == 0
    following.follow_changes(actor=world.system)
    assert queries.job_progress(world.incident).routed == 2
    assert FollowUp.objects.filter(kind="no_route", state="open").count() == 2


def test_the_approver_reads_ways_words_and_policy(world: World, enter: Enter) -> None:
    world.detained(1)  # in the funnel already, so not part of the release
    newcomers(world, 2)
    approval = releasing.ask_for_release(
        actor=world.supervisor, incident=world.incident, reason="The roster is complete"
    )
    page = reverse("approval-detail", args=[approval.pk])
    text = enter(world.privacy).get(page).content.decode()
    for told in (
        approval.content_sha256,
        world.version.content_sha256,
        "Hold, days",
        "Cannot be told yet",
    ):
        assert told in text


def test_there_is_nobody_to_tell_before_a_roster(world: World, enter: Enter) -> None:
    with pytest.raises(releasing.NobodyToTell):
        releasing.release(actor=world.supervisor, incident=world.incident)
    page = reverse("notify", kwargs={"slug": world.incident.slug})
    answer = enter(world.supervisor).post(page, {"reason": "Now"}, follow=True)
    assert "upload and commit the roster first" in answer.content.decode()
