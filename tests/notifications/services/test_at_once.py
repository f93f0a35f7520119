"""Two people act on one person at the same moment, in transactions of their own: neither's work is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Event, current_thread
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet

from breach.core.roles import Role
from breach.models import AffectedPerson, FollowUp, Hold, Placement
from breach.services import incidents
from notifications import invariants
from notifications.models import Delivery, Notification, Progress
from notifications.services import (
    following,
    letters,
    outcomes,
    portal,
    preparing,
    proving,
    receiving,
    sending,
)
from notifications.services.claiming import Claim, claim, due
from tests import factories
from tests.at_once import SOON, meeting, meeting_before, start, together
from tests.notifications.outbox_world import SINCE, World, finish
from tests.notifications.services.test_receiving import TODAY, load, sheet

pytestmark = pytest.mark.django_db(transaction=True)


def intended(world: World, channel: str) -> list[Claim]:
    """Claimed, and past the gate: the worker is about to hear what became of these."""
    claims = claim(due(channel), limit=5)
    with transaction.atomic():
        sending.write_intent(sending.pass_gate(world.system, claims), lease=timedelta(seconds=60))
    return claims


def both_to_be_told(world: World, **counsel: Any) -> None:
    """One represented person in custody, where the person's own copy counts as much as counsel's notice."""
    incidents.change_policy(
        actor=world.privacy, incident=world.incident, copy_to_person=True, copy_required=True,
        sufficient_evidence=["signed_sheet", "carrier_proof"],
    )  # fmt: skip
    world.incident.refresh_from_db()
    version = letters.adopt_standard_wording(actor=world.privacy, incident=world.incident)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    for signer in (world.supervisor, factories.cast().supervisor):
        letters.sign(actor=signer, version=version)
    held_and_represented(world, **counsel)
    preparing.prepare(actor=world.system, incident=world.incident)
    finish(list(Delivery.objects.all()))


def held_and_represented(world: World, **counsel: Any) -> None:
    (person,) = world._people(1)
    Placement.objects.create(person=person, facility=world.facility(), period=(SINCE, None))
    attorney = factories.attorney(**counsel)
    factories.representation(person, forum=world.incident.forum, by=attorney)


def violations(world: World) -> dict[str, int]:
    found = invariants.check(type(world.incident).objects.filter(pk=world.incident.pk))
    return {name: count for name, count in found.items() if count}


def test_two_proofs_at_the_same_moment_start_the_hold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_to_be_told(world, email="", address="1 Office\nTown, ST 00003")
    for channel in ("mailhouse", "hand"):
        outcomes.accepted(actor=world.system, claims=intended(world, channel))
    counsels, persons = (
        Delivery.objects.get(channel="mailhouse"),
        Delivery.objects.get(channel="hand"),
    )
    scans = f"Reference,Date,Status,Tracking\r\n{counsels.notification.reference},{TODAY},delivered,9400\r\n"
    step = meeting(proving.refresh_progress, Barrier(2, timeout=1))
    monkeypatch.setattr(proving, "refresh_progress", step)
    faults = together(
        lambda: load(world, scans.encode()), lambda: load(world, sheet((persons, "delivered")))
    )
    assert not faults
    assert set(Notification.objects.values_list("state", flat=True)) == {"notified"}
    assert Progress.objects.get().state == "notified"
    assert Hold.objects.get().paused_at is None
    assert not FollowUp.objects.filter(state="open").exists()
    assert violations(world) == {}


def test_two_workers_who_send_at_the_same_moment_leave_the_funnel_right(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_to_be_told(world)
    mails, sheets = intended(world, "email"), intended(world, "hand")
    step = meeting(outcomes.refresh_progress, Barrier(2, timeout=1))
    monkeypatch.setattr(outcomes, "refresh_progress", step)
    faults = together(
        lambda: outcomes.accepted(actor=world.system, claims=mails),
        lambda: outcomes.accepted(actor=world.system, claims=sheets),
    )
    assert not faults
    assert Progress.objects.get().state == "underway"
    assert violations(world) == {}


def test_a_policy_that_changes_while_people_are_routed_is_followed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_and_represented(world)
    reading, changed = Event(), Event()
    select_for_update = QuerySet.select_for_update
    routing: list[object] = []

    def paused(rows: QuerySet[Any], *args: Any, **kwargs: Any) -> QuerySet[Any]:
        if current_thread() in routing and rows.model is AffectedPerson and not reading.is_set():
            reading.set()
            changed.wait(SOON)
        return select_for_update(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", paused)

    def route() -> None:
        routing.append(current_thread())
        preparing.prepare(actor=world.system, incident=world.incident)

    worker = start(route)
    assert reading.wait(SOON)
    incidents.change_policy(actor=world.privacy, incident=world.incident, copy_to_person=True)
    changed.set()
    assert worker.outcome() is None
    following.follow_changes(actor=world.system)
    roles = set(Notification.objects.values_list("recipient_role", flat=True))
    assert roles == {"representative", "person"}


def counted(step: Callable[..., Any], calls: list[Any]) -> Callable[..., Any]:
    """`step`, with each call noted: a transaction that the database ended is begun a second time."""

    def noted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return step(*args, **kwargs)

    return noted


def test_an_attestation_and_a_change_of_policy_do_not_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = factories.user(Role.ATTORNEY)
    held_and_represented(world, account=account)
    preparing.prepare(actor=world.system, incident=world.incident)
    finish(list(Delivery.objects.all()))
    outcomes.accepted(actor=world.system, claims=intended(world, "email"))
    duty = Notification.objects.get()
    portal.open_notice(actor=account, notification=duty)
    gate, tries = Barrier(2, timeout=1), list[Any]()
    monkeypatch.setattr(portal, "_own", counted(meeting(portal._own, gate), tries))
    change = counted(meeting_before(incidents.locked_people, gate), tries)
    monkeypatch.setattr(incidents, "locked_people", change)
    faults = together(
        lambda: portal.attest(actor=account, notifications=[duty], sentence=portal.sentence_for(1)),
        lambda: incidents.change_policy(
            actor=world.privacy, incident=world.incident, copy_to_person=True, copy_required=True
        ),
    )
    assert not faults
    assert len(tries) == 2  # each of them once


def test_a_bounce_and_a_change_of_policy_do_not_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (delivery,) = world.outside(1)
    outcomes.accepted(actor=world.system, claims=intended(world, "mailhouse"))
    back = f"Reference,Date,Reason\r\n{delivery.notification.reference},{TODAY},vacant\r\n"
    gate, tries = Barrier(2, timeout=1), list[Any]()
    monkeypatch.setattr(receiving, "mark_bad", counted(meeting(receiving.mark_bad, gate), tries))
    change = counted(meeting_before(incidents.locked_people, gate), tries)
    monkeypatch.setattr(incidents, "locked_people", change)
    faults = together(
        lambda: load(world, back.encode()),
        lambda: incidents.change_policy(
            actor=world.privacy, incident=world.incident, copy_to_person=True
        ),
    )
    assert not faults
    assert len(tries) == 2  # each of them once
