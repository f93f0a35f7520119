"""What was entered wrong about an incident is corrected with a reason, until the first notice has left."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from breach.core.roles import NotAllowed
from breach.models import AuditEvent, Incident
from breach.services import incidents
from breach.services.disclosing import Disclosed, record_disclosures
from breach.services.incidents import IncidentRefused
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast

RIGHT = {
    "title": "The right title", "occurred_at": "2022-11-27T14:45", "discovered_at": "2022-11-28T19:10",
    "extract_as_of": "2022-11-20", "reason": "Typed the wrong day",
}  # fmt: skip


def page_of(incident: Incident) -> str:
    return reverse("incident-facts", args=[incident.slug])


def tell_somebody(cast: Cast, incident: Incident) -> None:
    """What a letter leaves in the ledger when it leaves."""
    exposure = factories.exposure(incident=incident)
    record_disclosures(
        actor=cast.supervisor,
        rows=[
            Disclosed(
                incident.pk, exposure.person_id, "sealed_letter", "notice", "facility", "A place", "", "delivery",
                exposure.pk,
            )
        ],
    )  # fmt: skip


def test_facts_are_corrected_with_a_reason_and_everybody_is_routed_anew(
    cast: Cast, sign_in: SignIn
) -> None:
    exposure = factories.exposure()
    incident, before = exposure.incident, exposure.person.routing_version
    client = sign_in(cast.privacy)
    assert (
        page_of(incident)
        in client.get(reverse("incident-detail", args=[incident.slug])).content.decode()
    )
    answer = client.post(page_of(incident), RIGHT)
    assert answer.status_code == 302, answer.context["form"].errors
    incident.refresh_from_db()
    assert incident.title == "The right title"
    assert incident.occurred_at == datetime(2022, 11, 27, 19, 45, tzinfo=UTC)
    assert incident.extract_as_of == date(2022, 11, 20)
    exposure.person.refresh_from_db()
    assert exposure.person.routing_version > before
    event = AuditEvent.objects.get(action="incident.facts_corrected")
    assert event.reason == "Typed the wrong day"
    assert event.changes["title"] is True  # free text may name people
    assert event.changes["extract_as_of"] == {"from": None, "to": "2022-11-20"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": ""}, "This field is required"),
        ({"occurred_at": "2022-11-29T10:00"}, "cannot be discovered before it occurred"),
        ({"discovered_at": "2999-01-01T10:00"}, "This is in the future"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(
    cast: Cast, sign_in: SignIn, change: dict[str, str], sentence: str
) -> None:
    incident = factories.incident()
    answer = sign_in(cast.supervisor).post(page_of(incident), RIGHT | change)
    assert sentence in answer.content.decode()
    assert Incident.objects.get().title == incident.title


def test_once_somebody_was_told_the_facts_stand(cast: Cast, sign_in: SignIn) -> None:
    incident = factories.incident()
    tell_somebody(cast, incident)
    client = sign_in(cast.supervisor)
    assert "can no longer be changed" in client.get(page_of(incident)).content.decode()
    assert "has left already" in client.post(page_of(incident), RIGHT).content.decode()
    assert Incident.objects.get().title == incident.title


def test_a_correction_is_for_who_sets_the_policy_and_must_correct_something(cast: Cast) -> None:
    incident = factories.incident()
    with pytest.raises(NotAllowed):
        incidents.correct_facts(actor=cast.worker, incident=incident, reason="why", title="x")
    with pytest.raises(IncidentRefused, match="Nothing differs"):
        incidents.correct_facts(
            actor=cast.supervisor, incident=incident, reason="why", title=incident.title
        )
