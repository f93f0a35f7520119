"""The supervisor's list of open follow-ups: in the order of every worklist, and no tick is lost to an error."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from breach.models import FollowUp, FollowUpKind
from breach.services import clock, followups
from tests import factories

from .conftest import Enter, Scene


def test_the_list_stands_in_the_order_of_the_worklist(scene: Scene, enter: Enter) -> None:
    """What is due today comes before what is more urgent by kind, but due next month."""
    exposure = factories.exposure(incident=scene.world.incident)
    for kind, days in ((FollowUpKind.TRANSFERRED, 30), (FollowUpKind.DUPLICATE, 0)):
        followups.open_follow_up(
            actor=scene.world.supervisor, incident=exposure.incident, exposure=exposure, kind=kind, reason="Waits",
            due_on=clock.today() + timedelta(days=days),
        )  # fmt: skip
    visitor = enter(scene.world.supervisor)
    here = visitor.get(reverse("supervision-follow-ups", kwargs={"slug": scene.slug}))
    worklist = visitor.get(reverse("worklist"), {"whose": "all", "incident": exposure.incident_id})
    listed = [row.pk for row in here.context["page_obj"]]
    assert listed == [line.pk for line in worklist.context["lines"]]
    kinds = list(FollowUp.objects.filter(pk__in=listed).values_list("pk", "kind"))
    places = {kind: listed.index(pk) for pk, kind in kinds}
    assert places[FollowUpKind.DUPLICATE] < places[FollowUpKind.TRANSFERRED]


def test_what_was_ticked_stays_ticked_when_no_owner_was_chosen(scene: Scene, enter: Enter) -> None:
    chosen, other = FollowUp.objects.filter(state="open")[:2]
    page = reverse("supervision-follow-ups", kwargs={"slug": scene.slug})
    answer = enter(scene.world.supervisor).post(page, {"follow_up": [chosen.pk], "owner": ""})
    html = answer.content.decode()
    assert f'id="choose-{chosen.pk}" checked' in html
    assert f'id="choose-{other.pk}" checked' not in html
