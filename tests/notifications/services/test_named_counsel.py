"""The person's copy names the counsel of the day on which it leaves, and is not sent again when that changes later."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2
import pytest

from breach.core.roles import Role
from breach.models import AffectedPerson, FollowUp, Incident, Representation, User
from breach.routing import Route
from breach.services import clock, representation
from notifications import guards
from notifications.models import Delivery
from notifications.services import following, making, preparing, sending
from notifications.services.claiming import claim, due
from tests import factories
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World, finish
from tests.notifications.services.test_preparing import sign_new_version


@pytest.fixture
def worker(db: None) -> User:
    return factories.user(Role.CASE_WORKER)


def with_copies(world: World) -> AffectedPerson:
    """Somebody in custody, of an incident whose policy sends the person a copy."""
    Incident.objects.filter(pk=world.incident.pk).update(copy_to_person=True)
    world.incident.refresh_from_db()
    sign_new_version(world)
    (person,) = world._people(1)
    factories.placement(person, at=world.facility())
    return person


def counsel(world: World, person: AffectedPerson, worker: User, name: str) -> Representation:
    return representation.replace_counsel(
        actor=worker, person=person, attorney=factories.attorney(name=name), forum=world.incident.forum,
        on=clock.today() - timedelta(days=1), evidence="g28",
    )  # fmt: skip


def prepare(world: World) -> None:
    preparing.prepare(actor=world.system, incident=world.incident)


def copies() -> list[Delivery]:
    return list(Delivery.objects.filter(channel="hand").order_by("queued_at"))


def text(delivery: Delivery) -> str:
    pages = pypdfium2.PdfDocument(Delivery.objects.get(pk=delivery.pk).artefact.pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


def leaves(world: World) -> list[Delivery]:
    return sending.pass_gate(world.system, claim(due("hand"), limit=10))


def test_a_copy_that_waits_is_made_again_without_the_counsel_who_left(
    world: World, worker: User
) -> None:
    person = with_copies(world)
    old = counsel(world, person, worker, "Olda Counsel")
    prepare(world)
    making.make_next(actor=world.system)
    (copy,) = copies()
    assert copy.names_counsel == old
    assert "Olda Counsel" in text(copy)
    representation.withdraw(
        actor=worker, representation=old, on=clock.today() - timedelta(days=1), reason="left"
    )
    Representation.objects.filter(pk=old.pk).update(period="[2022-01-01,2022-01-02)")
    following.follow_changes(actor=world.system)
    making.make_next(actor=world.system)
    outdated, fresh = copies()
    assert (outdated.state, fresh.state) == ("cancelled", "queued")
    assert fresh.names_counsel is None
    assert leaves(world) == [fresh]
    assert "Olda Counsel" not in text(fresh)


def test_a_letter_made_before_counsel_appeared_is_made_again_with_their_name(
    world: World, worker: User
) -> None:
    person = with_copies(world)
    prepare(world)
    making.make_next(actor=world.system)
    counsel(world, person, worker, "Nova Counsel")
    following.follow_changes(actor=world.system)
    making.make_next(actor=world.system)
    outdated, fresh = copies()
    assert (outdated.state, fresh.state) == ("cancelled", "queued")
    assert "Nova Counsel" in text(fresh)


def test_the_gate_stops_a_letter_whose_counsel_changed_a_moment_ago(
    world: World, worker: User
) -> None:
    person = with_copies(world)
    counsel(world, person, worker, "Olda Counsel")
    prepare(world)
    finish(copies())
    counsel(world, person, worker, "Nova Counsel")
    assert leaves(world) == []
    (copy,) = copies()
    assert copy.state == "cancelled"
    assert (
        FollowUp.objects.filter(kind="prepare", state="open").get().reason
        == (guards.SENTENCES["other_counsel"][2])
    )
    following.follow_changes(actor=world.system)
    assert [one.names_counsel and one.names_counsel.attorney.name for one in copies()] == [
        "Olda Counsel", "Nova Counsel",
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["other", "none"])
def test_a_copy_that_left_is_not_sent_again_when_counsel_changes(
    world: World, worker: User, how: str
) -> None:
    person = with_copies(world)
    old = counsel(world, person, worker, "Olda Counsel")
    prepare(world)
    finish(copies())
    send_out(world, copies())
    if how == "other":
        counsel(world, person, worker, "Nova Counsel")
    else:
        representation.withdraw(
            actor=worker, representation=old, on=clock.today() - timedelta(days=1), reason="left"
        )
    following.follow_changes(actor=world.system)
    assert [copy.state for copy in copies()] == ["sent"]


def test_a_copy_names_counsel_and_counsels_letter_names_nobody_else(
    world: World, worker: User
) -> None:
    appearance = counsel(world, with_copies(world), worker, "Olda Counsel")
    prepare(world)
    named = {one.channel: one.names_counsel for one in Delivery.objects.all()}
    assert named == {"hand": appearance, "email": None}


def test_after_proof_with_former_counsel_neither_is_named() -> None:
    today = Route("representative", "email", "en", True, (), rests_on={"representation": "new"})
    assert guards.named_counsel([today], "") == "new"
    assert guards.named_counsel([today], "new") == "new"
    assert guards.named_counsel([today], "former") == ""
    assert guards.named_counsel([], "former") == ""
