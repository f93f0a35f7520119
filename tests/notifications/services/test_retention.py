"""Identities are kept until the last incident lets go, and while anything is open; they end by two people."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from breach.core import keyring
from breach.core.roles import NotAllowed
from breach.models import AffectedPerson, Approval, AuditEvent, FollowUpKind, Incident, PersonKey
from breach.services import clock, followups, incidents
from breach.services.keys import KeyRefused
from notifications.models import Delivery, Progress
from notifications.services import proving, retention
from notifications.services.retention import Keeping
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World
from tests.signing_in import client_of

TOLD = datetime(2020, 3, 1, 15, tzinfo=UTC)
WHY = "The retention period is over"


@pytest.fixture
def person(world: World) -> AffectedPerson:
    """Somebody who was told more than five years ago; nothing is open any more."""
    (delivery,) = world.detained(1)
    send_out(world, [delivery])
    delivery.refresh_from_db()
    proving.record_evidence(
        actor=world.mail_room,
        notification=delivery.notification,
        kind="signed_sheet",
        proven_at=TOLD,
    )
    return AffectedPerson.objects.get()


def only() -> Keeping:
    (keeping,) = retention.plan()
    return keeping


def test_the_time_runs_from_the_proof_of_notice(world: World, person: AffectedPerson) -> None:
    assert (only().until, only().blockers) == (date(2025, 3, 1), ())
    assert only().is_over(clock.today())
    assert not only().is_over(date(2025, 3, 1))
    incidents.change_policy(actor=world.privacy, incident=world.incident, retention_years=30)
    assert only().until == date(2050, 3, 1)
    assert not only().is_over(clock.today())


def test_a_second_incident_keeps_the_person(world: World, person: AffectedPerson) -> None:
    exposure = factories.exposure(of=person, incident=factories.incident())
    Progress.objects.create(exposure=exposure, incident=exposure.incident)
    assert (only().until, only().blockers) == (None, ("not_told",))


@pytest.mark.parametrize("blocker", ["follow_up", "hold", "delay", "delivery", "approval"])
def test_what_is_open_stops_it_with_a_reason(
    world: World, person: AffectedPerson, blocker: str
) -> None:
    exposure, today = person.exposures.get(), clock.today()
    if blocker == "follow_up":
        followups.open_follow_up(
            actor=world.supervisor, incident=world.incident, exposure=exposure, kind=FollowUpKind.SAFETY_CONCERN,
            reason="x", due_on=today,
        )  # fmt: skip
    elif blocker == "hold":
        exposure.hold.until = today
        exposure.hold.save(update_fields=["until"])
    elif blocker == "delay":
        exposure.delays.create(
            incident=world.incident, authority="Example", reason="x", starts_on=today,
            ends_on=today + timedelta(days=1), decided_by=world.privacy,
        )  # fmt: skip
    elif blocker == "delivery":
        Delivery.objects.update(state="ambiguous")
    else:
        Approval.objects.create(
            kind="merge", subject_type="affectedperson", subject_id=person.pk, content_sha256="0" * 64, reason="x",
            needs="sign_off", requested_by=world.privacy, expires_at=clock.now() + timedelta(days=1),
        )  # fmt: skip
    assert only().blockers == (blocker,)
    report = retention.end(
        actor=world.privacy, second=world.supervisor, keepings=[only()], reason=WHY
    )
    assert (report.destroyed, report.kept) == (0, 1)
    assert PersonKey.objects.get(person=person).wrapped


def test_two_people_end_it_and_the_identity_is_gone(world: World, person: AffectedPerson) -> None:
    with pytest.raises(KeyRefused):
        retention.end(actor=world.privacy, second=world.privacy, keepings=[only()], reason=WHY)
    with pytest.raises(NotAllowed):
        retention.end(actor=world.mail_room, second=world.privacy, keepings=[only()], reason=WHY)
    report = retention.end(
        actor=world.privacy, second=world.supervisor, keepings=[only()], reason=WHY
    )
    assert report.destroyed == 1
    assert retention.plan() == []
    assert AuditEvent.objects.get(action="person.key_destroyed").reason == WHY
    keyring.forget()
    with pytest.raises(keyring.KeyDestroyed):
        _ = AffectedPerson.objects.get().family_name


def test_somebody_not_told_has_no_date(world: World) -> None:
    world.detained(1)
    assert only().until is None
    assert "not_told" in only().blockers


def test_the_command_counts_and_destroys_only_with_two_names(
    world: World, person: AffectedPerson
) -> None:
    def figures(**options: object) -> dict[str, int]:
        said = StringIO()
        call_command("retention", world.incident.slug, json=True, stdout=said, **options)
        return dict(json.loads(said.getvalue()))

    names = {"first": world.privacy.username, "second": world.supervisor.username, "reason": WHY}
    assert figures() | figures(dry_run=True, **names) == {
        "people": 1, "over": 1, "stopped": 0, "reasons": {}, "destroyed": 0,
    }  # fmt: skip
    with pytest.raises(CommandError, match="name both"):
        figures(first=world.privacy.username)
    assert figures(**names)["destroyed"] == 1
    assert figures()["people"] == 0


def test_the_page_looks_ahead_by_reference_and_destroys_nothing(
    world: World, person: AffectedPerson
) -> None:
    page = client_of(world.privacy).get(reverse("retention-list", args=[world.incident.slug]))
    text = page.content.decode()
    assert person.reference in text
    assert person.family_name not in text
    assert client_of(world.mail_room).get(page.request["PATH_INFO"]).status_code == 403
    assert Incident.objects.get().retention_years == 5
    assert PersonKey.objects.get().wrapped


def test_the_plan_costs_the_same_for_many(world: World, person: AffectedPerson) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            retention.plan(slug=world.incident.slug)
        return len(asked)

    one = queries()
    world.detained(3)
    assert queries() == one
