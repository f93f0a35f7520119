"""Where a case stands, what waits, and how to name and contact the person: written down on the file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from breach.core import keyring
from breach.models import AuditEvent, Delay, Exposure, FollowUp, FollowUpKind
from breach.services import clock, followups, rosters
from breach.web.happenings import words_for
from tests import factories
from tests.breach.services.lists import ADA, written
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


@pytest.fixture
def exposure(db: None) -> Exposure:
    return factories.exposure()


def form_of(exposure: Exposure, action: str) -> str:
    return reverse(
        "person-action", args=[exposure.incident.slug, exposure.person.reference, action]
    )


def test_the_risk_follows_from_where_the_case_stands_and_moves_the_worklist(
    cast: Cast, sign_in: SignIn, exposure: Exposure
) -> None:
    waiting = followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.PREPARE,
        reason="Prepare the notice", due_on=clock.today(),
    )  # fmt: skip
    sign_in(cast.worker).post(form_of(exposure, "posture"), {"posture": "final_order"})
    exposure.refresh_from_db()
    assert (exposure.posture, exposure.risk_tier) == ("final_order", 1)
    assert exposure.risk_reason == "A final order of removal can be carried out at any time"
    assert FollowUp.objects.get(pk=waiting.pk).priority < waiting.priority


def test_a_risk_set_by_hand_needs_its_reason(
    cast: Cast, sign_in: SignIn, exposure: Exposure
) -> None:
    client, sent = sign_in(cast.worker), {"posture": "in_proceedings", "risk_tier": "1"}
    assert "needs its reason" in client.post(form_of(exposure, "posture"), sent).content.decode()
    client.post(form_of(exposure, "posture"), {**sent, "risk_reason": "Named in the news at home"})
    exposure.refresh_from_db()
    assert (exposure.risk_tier, exposure.risk_reason) == (1, "Named in the news at home")


def test_the_note_for_safe_contact_and_other_names_are_sealed_and_stay_out_of_the_history(
    cast: Cast, sign_in: SignIn, exposure: Exposure
) -> None:
    client = sign_in(cast.worker)
    client.post(form_of(exposure, "safe-contact"), {"note": "Only before noon"})
    client.post(form_of(exposure, "aliases"), {"aliases": "Nita Invented\n\nN. Inventada"})
    exposure.person.refresh_from_db()
    assert exposure.person.safe_contact_note == "Only before noon"
    assert exposure.person.aliases == ["Nita Invented", "N. Inventada"]
    events = AuditEvent.objects.filter(
        action__in=["person.safe_contact_noted", "person.aliases_set"]
    )
    assert events.count() == 2
    assert not any("noon" in str(e.changes) or "Nita" in str(e.changes) for e in events)


def test_other_names_come_in_with_a_roster(cast: Cast) -> None:
    factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")
    header = [*ADA, "Also known as"]
    data = written(header, [[*ADA.values(), "Nita Sample; A. Pérez"]])
    rosters.import_roster(actor=cast.supervisor, incident=factories.incident(), source=data)
    keyring.forget()
    assert Exposure.objects.get().person.aliases == ["Nita Sample", "A. Pérez"]


def test_a_supervisor_decides_to_wait_and_ends_it_and_a_case_worker_does_not(
    cast: Cast, sign_in: SignIn, exposure: Exposure
) -> None:
    where = [exposure.incident.slug, exposure.person.reference]
    today = clock.today()
    sent: dict[str, Any] = {
        "authority": "Invented Police, 12/3", "reason": "An arrest is prepared", "starts_on": today,
        "ends_on": today + timedelta(days=91),
    }  # fmt: skip
    assert sign_in(cast.worker).get(reverse("delay-decide", args=where)).status_code == 403
    client = sign_in(cast.supervisor)
    assert (
        "at most 90 days" in client.post(reverse("delay-decide", args=where), sent).content.decode()
    )
    client.post(
        reverse("delay-decide", args=where), {**sent, "ends_on": today + timedelta(days=30)}
    )
    delay = Delay.objects.get()
    file = reverse("person-detail", args=where)
    assert "Invented Police, 12/3" in client.get(file).content.decode()
    client.post(reverse("delay-end", args=[*where, delay.pk]), {"reason": "The arrest was made"})
    delay.refresh_from_db()
    assert delay.ended_at is not None


@pytest.mark.parametrize("action", ["keys.rotated", "keys.moved", "person.key_destroyed"])
def test_what_happens_to_keys_is_said_in_words(action: str) -> None:
    assert words_for(action) != action
