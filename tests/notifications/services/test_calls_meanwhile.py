"""Nobody waits for a translation: until there is one, a case worker calls with an interpreter."""

from __future__ import annotations

import pytest

from breach.models import Exposure, FollowUp, Incident, PersonLanguage
from breach.reasons import FORMER, is_question
from breach.services import clock, contacts, people
from notifications.models import Notification
from notifications.services import hearing, preparing
from notifications.services.questions import MEANWHILE
from tests import factories
from tests.notifications.outbox_world import World


@pytest.fixture
def exposure(world: World) -> Exposure:
    """Somebody in custody whose language no letter is written in."""
    who = factories.person(language="prs")
    factories.placement(who)
    return factories.exposure(of=who, incident=world.incident, elements=["name"])


def open_kinds(exposure: Exposure) -> dict[str, str]:
    rows = FollowUp.objects.filter(exposure=exposure, state="open")
    return dict(rows.values_list("kind", "desk"))


def prepare(world: World) -> None:
    preparing.prepare(actor=world.system, incident=world.incident)


def test_a_case_worker_calls_while_the_translation_is_awaited(
    world: World, exposure: Exposure
) -> None:
    prepare(world)
    assert open_kinds(exposure) == {
        "no_translation": "privacy_officer", "interpreter_call": "case_worker",
    }  # fmt: skip


def test_the_call_proves_notice_and_both_questions_are_closed(
    world: World, exposure: Exposure
) -> None:
    prepare(world)
    contacts.log_contact(
        actor=world.supervisor, exposure=exposure, at=clock.now(), channel="phone", reached="person",
        outcome="understood", identity_confirmed=True, understanding_confirmed=True, interpreter="INT-7",
    )  # fmt: skip
    hearing.take_up_contacts(actor=world.system, exposure=exposure)
    assert Notification.objects.get(exposure=exposure).state == "notified"
    assert open_kinds(exposure) == {}


def test_the_call_is_not_needed_once_the_person_has_a_letter(
    world: World, exposure: Exposure
) -> None:
    prepare(world)
    PersonLanguage.objects.filter(person=exposure.person).delete()
    people.set_language(
        actor=world.supervisor, person=exposure.person, tag="es", reads=True, verified=True, source="asked"
    )  # fmt: skip
    prepare(world)
    assert "interpreter_call" not in open_kinds(exposure)
    assert "no_translation" not in open_kinds(exposure)


def test_a_call_that_a_contact_asked_for_stays(world: World, exposure: Exposure) -> None:
    prepare(world)
    FollowUp.objects.filter(exposure=exposure, kind="interpreter_call").update(
        reason="An interpreter is needed: arrange one and call."
    )
    PersonLanguage.objects.filter(person=exposure.person).update(tag="es", reads=True)
    people.set_language(
        actor=world.supervisor, person=exposure.person, tag="es", reads=True, verified=True, source="asked"
    )  # fmt: skip
    prepare(world)
    assert "interpreter_call" in open_kinds(exposure)


def test_whoever_has_counsel_is_not_called_past_them(world: World, exposure: Exposure) -> None:
    Incident.objects.update(copy_to_person=True, copy_required=True)
    factories.representation(exposure.person)
    prepare(world)
    reasons = FollowUp.objects.filter(exposure=exposure).values_list("reason", flat=True)
    assert MEANWHILE not in reasons


def test_the_question_in_its_former_words_is_still_known_as_routings_own() -> None:
    assert all(is_question(sentence % {"language": "Dari"}) for sentence in FORMER)
