"""Opening an incident, changing its policy, stopping its letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from breach.core.roles import NotAllowed
from breach.models import AuditEvent, Incident
from breach.services import incidents
from breach.services.incidents import IncidentRefused
from tests import factories
from tests.factories import Cast

OCCURRED = datetime(2022, 11, 28, 14, tzinfo=UTC)
DISCOVERED = datetime(2022, 11, 28, 19, tzinfo=UTC)


def opened(cast: Cast, **fields: object) -> Incident:
    facts = {
        "slug": "posting",
        "title": "A posting",
        "occurred_at": OCCURRED,
        "discovered_at": DISCOVERED,
        **fields,
    }
    return incidents.open_incident(actor=cast.supervisor, **facts)  # type: ignore[arg-type]  # facts of one incident


def test_an_incident_opens_with_the_usual_policy(cast: Cast) -> None:
    incident = opened(cast)
    assert (incident.hold_days, incident.copy_to_person, incident.opened_by) == (
        30,
        True,
        cast.supervisor,
    )
    assert AuditEvent.objects.get(action="incident.opened").changes["slug"] == "posting"


@pytest.mark.parametrize(
    "wrong",
    [
        {"discovered_at": OCCURRED, "occurred_at": DISCOVERED},
        {"contained_at": datetime(2022, 11, 1, tzinfo=UTC)},
        {"sufficient_evidence": []},
        {"sufficient_evidence": ["hearsay"]},
        {"slug": "no spaces please"},
        {"title": ""},
    ],
)
def test_what_cannot_be_true_is_refused_in_words(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(IncidentRefused, match=r"\."):
        opened(cast, **wrong)
    assert Incident.objects.count() == 0


def test_a_short_name_is_given_once(cast: Cast) -> None:
    opened(cast)
    with pytest.raises(IncidentRefused, match="posting"):
        opened(cast)


def test_a_change_of_policy_is_recorded_without_names(cast: Cast) -> None:
    incident = opened(cast)
    incidents.change_policy(
        actor=cast.privacy, incident=incident, hold_days=45, signatory_name="Somebody Invented"
    )
    incident.refresh_from_db()
    event = AuditEvent.objects.get(action="incident.policy_changed")
    assert incident.hold_days == 45
    assert event.changes == {"hold_days": {"from": 30, "to": 45}, "signatory_name": True}


def test_changing_nothing_leaves_no_trace(cast: Cast) -> None:
    incidents.change_policy(actor=cast.privacy, incident=opened(cast), hold_days=30)
    assert not AuditEvent.objects.filter(action="incident.policy_changed").exists()


def test_the_slug_is_no_policy(cast: Cast) -> None:
    with pytest.raises(TypeError):
        incidents.change_policy(actor=cast.privacy, incident=opened(cast), slug="other")


def test_the_stop_switch_keeps_its_first_time_until_sending_resumes(cast: Cast) -> None:
    incident = opened(cast)
    incidents.stop_sending(actor=cast.mail_room, incident=incident, reason="Wrong letter")
    incident.refresh_from_db()
    first = incident.sending_stopped_at
    incidents.stop_sending(actor=cast.supervisor, incident=incident, reason="Once more")
    incident.refresh_from_db()
    assert (incident.sending_stopped_at, incident.sending_stopped_reason) == (first, "Wrong letter")
    incidents.resume_sending(actor=cast.supervisor, incident=incident, reason="Corrected")
    incident.refresh_from_db()
    assert not incident.sending_stopped
    actions = AuditEvent.objects.filter(action__startswith="incident.sending").order_by("id")
    assert [event.action for event in actions] == [
        "incident.sending_stopped",
        "incident.sending_resumed",
    ]


def test_a_stop_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(IncidentRefused):
        incidents.stop_sending(actor=cast.supervisor, incident=opened(cast), reason=" ")


def test_desks_do_only_what_is_theirs(cast: Cast) -> None:
    incident = factories.incident()
    with pytest.raises(NotAllowed):
        incidents.change_policy(actor=cast.worker, incident=incident, hold_days=1)
    with pytest.raises(NotAllowed):
        incidents.stop_sending(actor=cast.attorney, incident=incident, reason="No")


def test_what_cannot_be_recorded_cannot_be_chosen_as_proof(cast: Cast) -> None:
    incident = factories.incident()
    with pytest.raises(IncidentRefused, match="stamped copy"):
        incidents.change_policy(
            actor=cast.privacy, incident=incident, sufficient_evidence=["court_stamp"]
        )
    old = factories.incident(sufficient_evidence=["signed_sheet", "court_stamp"])
    assert incidents.change_policy(actor=cast.privacy, incident=old, hold_days=45).hold_days == 45


def test_identities_are_kept_for_a_human_lifetime_at_most(cast: Cast) -> None:
    with pytest.raises(IncidentRefused):
        incidents.change_policy(
            actor=cast.privacy, incident=factories.incident(), retention_years=9000
        )
