"""Opening an incident, its overview, its policy and its stop switch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.models import EvidenceKind, FollowUpKind, Incident
from breach.models.incidents import default_evidence
from breach.services import clock, followups
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

OPENING = {
    "title": "An invented posting", "slug": "invented-posting", "occurred_at": "2022-11-28T14:45",
    "discovered_at": "2022-11-28T19:10", "contained_at": "", "extract_as_of": "2022-11-22",
    "data_elements": ["name", "nationality"], "forum": "ice", "copy_to_person": "on",
    "sufficient_evidence": [EvidenceKind.SIGNED_SHEET], "hold_days": "30", "attorney_days": "5", "proof_days": "7",
    "retention_years": "5",
}  # fmt: skip


def test_a_supervisor_opens_an_incident(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.supervisor).post(reverse("incident-open"), OPENING)
    incident = Incident.objects.get(slug="invented-posting")
    assert answer.url == reverse("incident-detail", args=[incident.slug])
    assert incident.occurred_at == datetime(2022, 11, 28, 19, 45, tzinfo=UTC)  # 14:45 in New York
    assert incident.sufficient_evidence == [EvidenceKind.SIGNED_SHEET]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"discovered_at": "2022-11-27T10:00"}, "cannot be discovered before it occurred"),
        ({"contained_at": "2022-11-27T10:00"}, "cannot be contained before it occurred"),
        ({"discovered_at": "2999-01-01T10:00"}, "This is in the future"),
        ({"sufficient_evidence": []}, "without it nobody can ever count as told"),
        ({"hold_days": "0"}, "greater than or equal to 1"),
        ({"slug": "Not A Slug"}, "Use small letters, digits and hyphens only"),
        ({"slug": "", "title": "訊息"}, "none can be made from the title"),
        ({"occurred_at": "yesterday"}, "valid date/time"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    cast: Cast, sign_in: SignIn, change: dict[str, object], sentence: str
) -> None:
    answer = sign_in(cast.supervisor).post(reverse("incident-open"), OPENING | change)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Incident.objects.exists()


def test_the_form_proposes_what_the_command_would_take(cast: Cast, sign_in: SignIn) -> None:
    """The usual proofs are ticked, and a short name that nobody typed is made from the title."""
    client = sign_in(cast.supervisor)
    form = client.get(reverse("incident-open")).context["form"]
    assert form["sufficient_evidence"].value() == default_evidence()
    client.post(reverse("incident-open"), OPENING | {"slug": "", "title": "An Invented  Posting!"})
    assert Incident.objects.get().slug == "an-invented-posting"


def test_a_short_name_is_taken_once(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.supervisor)
    client.post(reverse("incident-open"), OPENING)
    assert "already" in client.post(reverse("incident-open"), OPENING).content.decode()


def test_the_overview_shows_policy_clock_and_what_waits(cast: Cast, sign_in: SignIn) -> None:
    exposure = factories.exposure()
    followups.open_follow_up(
        actor=cast.supervisor, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.RETURNED,
        reason="The post returned it", due_on=clock.today(),
    )  # fmt: skip
    page = sign_in(cast.supervisor).get(reverse("incident-detail", args=[exposure.incident.slug]))
    text = page.content.decode()
    counts = page.context["counts"]
    assert [counts[name] for name in ("open", "overdue", "soon", "ownerless")] == [1, 0, 1, 0]
    for shown in (
        "The post returned it",
        "Stop sending",
        "30 days",
        "Date of birth",
        "Upload a roster",
    ):
        assert shown in text, shown


def test_who_cannot_change_it_sees_no_switch(cast: Cast, sign_in: SignIn) -> None:
    url = reverse("incident-detail", args=[factories.incident().slug])
    text = sign_in(cast.worker).get(url).content.decode()
    assert "Stop switch" not in text
    assert reverse("roster-upload", args=[url.split("/")[2]]) not in text


def test_the_stop_switch_needs_a_reason_and_can_be_turned_back(cast: Cast, sign_in: SignIn) -> None:
    incident, client = factories.incident(), sign_in(cast.mail_room)
    url = reverse("incident-stop", args=[incident.slug])
    assert "This field is required" in client.post(url, {"then": "stop"}).content.decode()
    client.post(url, {"then": "stop", "reason": "Wrong wording"})
    incident.refresh_from_db()
    assert (incident.sending_stopped, incident.sending_stopped_reason) == (True, "Wrong wording")
    assert (
        "Wrong wording"
        in client.get(reverse("incident-detail", args=[incident.slug])).content.decode()
    )
    client.post(url, {"then": "resume", "reason": "Corrected"})
    incident.refresh_from_db()
    assert not incident.sending_stopped


def test_only_what_differs_is_changed(cast: Cast, sign_in: SignIn) -> None:
    incident, client = factories.incident(), sign_in(cast.privacy)
    url = reverse("incident-policy", args=[incident.slug])
    form = client.get(url).context["form"]
    given = {
        name: form[name].value()
        for name in form.fields
        if form[name].value() not in (None, "", False)
    }
    assert client.post(url, {**given, "hold_days": "45"}).status_code == 302
    changed = Incident.objects.get(pk=incident.pk)
    assert (changed.hold_days, changed.title, changed.copy_to_person) == (45, incident.title, True)


def test_containment_before_the_disclosure_is_refused(cast: Cast, sign_in: SignIn) -> None:
    incident, client = factories.incident(), sign_in(cast.privacy)
    url = reverse("incident-policy", args=[incident.slug])
    answer = client.post(url, {**OPENING, "contained_at": "2022-11-01T10:00"})
    assert "cannot be contained before it occurred" in answer.content.decode()


def test_fifty_incidents_cost_as_many_queries_as_one(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.supervisor), reverse("incident-list")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(url)
        return len(counted)

    for _number in range(2):
        factories.incident()
    queries()
    before = queries()
    for _number in range(48):
        factories.incident()
    assert queries() == before


def test_with_no_incident_the_list_says_what_to_do(cast: Cast, sign_in: SignIn) -> None:
    assert (
        reverse("incident-open")
        in sign_in(cast.supervisor).get(reverse("incident-list")).content.decode()
    )
    waiting = sign_in(cast.worker).get(reverse("incident-list")).content.decode()
    assert "A supervisor opens an incident" in waiting
