"""The pages of teams: made and filled by an administrator, given incidents by a supervisor."""

from __future__ import annotations

from django.urls import reverse

from breach.core.roles import Role
from breach.models import Team
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


def test_a_team_is_made_and_filled(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(factories.user(Role.ADMINISTRATOR))
    client.post(reverse("team-list"), {"name": "Field team"})
    made = Team.objects.get(name="Field team")
    page = reverse("team-detail", args=[made.pk])
    joined = client.post(page, {"what": "join", "member": str(cast.worker.pk)}, follow=True)
    assert "Wanda" in joined.content.decode()
    cast.worker.refresh_from_db()
    assert cast.worker.team == made
    client.post(page, {"what": "leave", "member": str(cast.worker.pk)})
    cast.worker.refresh_from_db()
    assert cast.worker.team is None


def test_an_attorney_cannot_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    made = Team.objects.create(name="Field team")
    client = sign_in(factories.user(Role.ADMINISTRATOR))
    page = reverse("team-detail", args=[made.pk])
    answer = client.post(page, {"what": "join", "member": str(cast.attorney.pk)})
    assert answer.status_code == 200
    assert not made.members.exists()


def test_a_supervisor_gives_an_incident_and_says_how_much_went_back(
    cast: Cast, sign_in: SignIn
) -> None:
    incident, made = factories.incident(), Team.objects.create(name="Field team")
    factories.exposure(incident=incident, caseworker=cast.worker)
    client = sign_in(cast.supervisor)
    page = reverse("incident-teams", args=[incident.slug])
    answer = client.post(page, {"teams": [str(made.pk)]}, follow=True).content.decode()
    assert "1 case or next action went back to its desk." in answer
    assert "Field team" in answer
    assert sign_in(cast.worker).get(answer_url(incident.slug)).status_code == 404


def answer_url(slug: str) -> str:
    return reverse("incident-detail", args=[slug])
