"""What was changed past the verbs is found: by the auditor on a page, by the operator in verify_audit."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from breach.access import table_changes_visible_to
from breach.models import Incident
from breach.outside import outside_of_verbs, summed
from breach.services import incidents
from tests import factories
from tests.factories import Cast
from tests.signing_in import client_of

pytestmark = pytest.mark.django_db(transaction=True)  # a transaction of its own for each change


@pytest.fixture
def quiet(cast: Cast) -> Incident:
    """An incident; the test's own scenery is forgotten, as owners can."""
    incident = factories.incident()
    forget_changes()
    return incident


def forget_changes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE breach_tablechange DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM breach_tablechange")
        cursor.execute("ALTER TABLE breach_tablechange ENABLE TRIGGER USER")


def found() -> list[tuple[str, str, int]]:
    return [
        (one["table"], one["operation"], one["rows_changed"]) for one in summed(outside_of_verbs())
    ]


def test_a_verb_leaves_nothing_outside(quiet: Incident, cast: Cast) -> None:
    incidents.stop_sending(actor=cast.supervisor, incident=quiet, reason="Wrong wording")
    assert found() == []


def test_an_update_past_the_verbs_is_found_and_told(quiet: Incident, cast: Cast) -> None:
    Incident.objects.update(title="Another title")
    assert found() == [("breach_incident", "update", 1)]
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "outside of the verbs: update breach_incident as" in said.getvalue()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", outside=True, stdout=StringIO())
    assert ended.value.code == 3


def test_a_step_of_the_outbox_counts_only_when_the_programs_own_role_took_it(
    quiet: Incident, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = apps.get_app_config("breach")
    monkeypatch.setattr(steps, "changes_without_event", {"breach_incident": ["update"]})
    Incident.objects.update(title="Another title")
    settings.DATABASE_APPLICATION_ROLE = connection.settings_dict["USER"]
    assert found() == []
    settings.DATABASE_APPLICATION_ROLE = "somebody_else"
    assert found() == [("breach_incident", "update", 1)]


def test_the_auditor_sees_it_and_a_case_worker_does_not(quiet: Incident, cast: Cast) -> None:
    Incident.objects.update(title="Another title")
    page = client_of(cast.auditor).get(reverse("change-list")).content.decode()
    assert "breach_incident" in page
    assert client_of(cast.worker).get(reverse("change-list")).status_code == 403
    assert not table_changes_visible_to(cast.worker).exists()


def test_with_nothing_outside_the_page_says_so(quiet: Incident, cast: Cast) -> None:
    client = client_of(cast.auditor)
    forget_changes()
    page = client.get(reverse("change-list")).content.decode()
    assert "Every change has its event" in page
