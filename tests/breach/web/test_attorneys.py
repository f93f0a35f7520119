"""An attorney opens from a client's file: how mail reaches them, whom they represent, what is recorded of both."""

from __future__ import annotations

import pytest
from django.urls import reverse

from breach.models import AffectedPerson, AuditEvent, Exposure, FollowUpKind, Representation
from breach.services import attorneys, clock, followups
from tests import factories
from tests.breach.web.conftest import SignIn
from tests.factories import Cast


@pytest.fixture
def counsel(db: None) -> Representation:
    return factories.representation(factories.exposure().person)


def page(counsel: Representation, action: str = "") -> str:
    exposure = Exposure.objects.select_related("incident").get(person=counsel.person)
    where = [exposure.incident.slug, counsel.person.reference, counsel.pk]
    name = "attorney-action" if action else "attorney-detail"
    return reverse(name, args=[*where, action] if action else where)


def test_the_page_says_how_mail_reaches_counsel_and_whom_they_represent(
    cast: Cast, sign_in: SignIn, counsel: Representation
) -> None:
    attorneys.mark_email_bad(actor=cast.worker, attorney=counsel.attorney, reason="mailbox full")
    shown = sign_in(cast.worker).get(page(counsel)).content.decode()
    assert "Does not arrive: mailbox full" in shown
    assert counsel.person.reference in shown and counsel.attorney.name in shown


def test_only_clients_in_the_readers_scope_are_listed(
    cast: Cast, sign_in: SignIn, counsel: Representation
) -> None:
    elsewhere = factories.exposure()
    factories.representation(elsewhere.person, by=counsel.attorney)
    shown = sign_in(cast.worker).get(page(counsel)).content.decode()
    assert elsewhere.person.reference not in shown


def test_a_bounced_address_is_corrected_and_the_clients_are_routed_anew(
    cast: Cast, sign_in: SignIn, counsel: Representation
) -> None:
    attorneys.mark_email_bad(actor=cast.worker, attorney=counsel.attorney, reason="unknown user")
    before = AffectedPerson.objects.get(pk=counsel.person_id).routing_version
    answer = sign_in(cast.worker).post(
        page(counsel, "email"), {"email": "new@firm.invalid", "verified": "on"}
    )
    assert (answer.status_code, answer.url) == (302, page(counsel))
    counsel.attorney.refresh_from_db()
    assert (counsel.attorney.email, counsel.attorney.can_be_mailed) == ("new@firm.invalid", True)
    assert AffectedPerson.objects.get(pk=counsel.person_id).routing_version > before


def test_a_suspension_is_recorded_with_its_reason_and_taken_back(
    cast: Cast, sign_in: SignIn, counsel: Representation
) -> None:
    client = sign_in(cast.worker)
    assert client.post(page(counsel, "suspended"), {"reason": ""}).status_code == 200
    client.post(page(counsel, "suspended"), {"reason": "Order of the court"})
    counsel.attorney.refresh_from_db()
    assert counsel.attorney.is_suspended
    assert "Suspended from practice" in client.get(page(counsel)).content.decode()
    client.post(page(counsel, "reinstated"), {"reason": "Reinstated by the court"})
    counsel.attorney.refresh_from_db()
    assert not counsel.attorney.is_suspended
    reasons = AuditEvent.objects.filter(action="attorney.suspended").values_list(
        "reason", flat=True
    )
    assert set(reasons) == {"Order of the court", "Reinstated by the court"}


def test_the_follow_up_of_a_bounce_leads_to_the_attorney(
    cast: Cast, sign_in: SignIn, counsel: Representation
) -> None:
    exposure = Exposure.objects.select_related("incident").get(person=counsel.person)
    follow_up = followups.open_follow_up(
        actor=cast.worker, incident=exposure.incident, exposure=exposure, kind=FollowUpKind.RETURNED,
        reason="The e-mail bounced", due_on=clock.today(), owner=cast.worker,
    )  # fmt: skip
    shown = sign_in(cast.worker).get(reverse("follow-up-detail", args=[follow_up.pk]))
    assert page(counsel) in shown.content.decode()
