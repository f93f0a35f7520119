"""A release takes two people, and is for exactly these people, these ways and these words."""

from __future__ import annotations

import pytest

from breach.core.roles import NotAllowed, Role
from breach.models import Approval, SignOff
from breach.services import incidents
from breach.services.approvals import NotAsAsked, OwnRequest
from notifications import queries
from notifications.services import following, letters, releasing
from notifications.services.releasing import NobodyToTell, NothingSigned
from tests import factories, second_person
from tests.notifications.factories import newcomers
from tests.notifications.outbox_world import World

WHY = "The roster is complete"


def ask(world: World) -> Approval:
    return releasing.ask_for_release(actor=world.supervisor, incident=world.incident, reason=WHY)


def released(world: World) -> bool:
    return not queries.unprepared(world.incident).exists()


def test_nothing_is_released_before_another_person_approves(world: World) -> None:
    newcomers(world, 2)
    approval = ask(world)
    following.follow_changes(actor=world.system)
    assert not released(world)
    second_person.approves(world.privacy, world.incident)
    assert released(world)
    approval.refresh_from_db()
    assert (approval.state, approval.content["people"]) == ("approved", 2)


def test_a_supervisor_does_not_approve_the_own_release(world: World) -> None:
    newcomers(world, 1)
    ask(world)
    with pytest.raises(OwnRequest):
        second_person.approves(world.supervisor, world.incident)
    assert not released(world)


@pytest.mark.parametrize(
    "role", [Role.MAIL_ROOM, Role.CASE_WORKER, Role.AUDITOR, Role.ADMINISTRATOR]
)
def test_other_desks_do_not_approve_a_release(world: World, role: Role) -> None:
    newcomers(world, 1)
    ask(world)
    with pytest.raises((NotAllowed, Approval.DoesNotExist)):
        second_person.approves(factories.user(role), world.incident)
    assert not released(world)


def test_one_more_person_voids_it(world: World) -> None:
    newcomers(world, 2)
    ask(world)
    newcomers(world, 1)
    with pytest.raises(NotAsAsked):
        second_person.approves(world.privacy, world.incident)
    assert not released(world) and Approval.objects.get().state == "void"


def test_another_policy_voids_it(world: World) -> None:
    newcomers(world, 1)
    ask(world)
    incidents.change_policy(actor=world.supervisor, incident=world.incident, copy_to_person=True)
    with pytest.raises(NotAsAsked):
        second_person.approves(world.privacy, world.incident)
    assert not released(world)


def test_other_words_void_it(world: World) -> None:
    newcomers(world, 1)
    ask(world)
    version = letters.adopt_standard_wording(actor=world.privacy, incident=world.incident)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    first = SignOff.objects.order_by("signed_at")
    for signer in {signature.signed_by for signature in first}:
        letters.sign(actor=signer, version=version)
    with pytest.raises(NotAsAsked):
        second_person.approves(world.privacy, world.incident)
    assert not released(world)


def test_there_is_nothing_to_ask_for_without_people_or_words(world: World) -> None:
    with pytest.raises(NobodyToTell, match="roster first"):
        ask(world)
    newcomers(world, 1)
    world.version.letter.versions.update(status="retired")
    with pytest.raises(NothingSigned):
        ask(world)


def test_whoever_is_in_work_already_needs_no_release(world: World) -> None:
    newcomers(world, 1)
    ask(world)
    second_person.approves(world.privacy, world.incident)
    with pytest.raises(NobodyToTell, match="already being processed"):
        ask(world)
