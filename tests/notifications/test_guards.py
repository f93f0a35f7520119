"""The gate: each thing that must hold a delivery back, and what becomes of the delivery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from breach.core.roles import Role
from breach.models import (
    AffectedPerson,
    Attorney,
    Delay,
    FollowUp,
    Incident,
    Placement,
    Representation,
)
from breach.services import clock, incidents
from notifications import guards
from notifications.models import Delivery, Notification, Translation
from notifications.services import letters, sending
from notifications.services.claiming import claim, due
from tests.notifications.outbox_world import World, finish, user

Change = Callable[[World, Delivery], object]


def found(world: World, delivery: Delivery) -> list[guards.Blocker]:
    row = guards.at_the_gate(Delivery.objects.filter(pk=delivery.pk)).get()
    signed = sending.signed_content([Incident.objects.get(pk=world.incident.pk)])
    return guards.blockers([row], today=clock.today(), signed=signed)[row.pk]


def person(delivery: Delivery, **changes: object) -> object:
    return AffectedPerson.objects.filter(pk=delivery.person_id).update(**changes)


def move_away(world: World, delivery: Delivery) -> None:
    today = clock.today()
    Placement.objects.filter(person=delivery.person_id).update(
        period=DateRange(date(2022, 1, 1), today)
    )
    Placement.objects.create(
        person_id=delivery.person_id, facility=world.facility(), period=DateRange(today, None)
    )


def new_counsel(world: World, delivery: Delivery) -> None:
    Representation.objects.filter(person=delivery.person_id).update(
        status="withdrawn", period=DateRange(date(2022, 1, 1), clock.today())
    )
    Representation.objects.create(
        person_id=delivery.person_id, attorney=Attorney.objects.create(name="New Counsel", email="n@firm.invalid"),
        forum=world.incident.forum, period=DateRange(clock.today(), None), evidence="g28", status="active",
    )  # fmt: skip


def past_the_triggers(statement: str) -> None:
    """On the artefacts, as only their owner could."""
    connection.check_constraints()  # a table with constraints still to be checked cannot be altered
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE notifications_artefact DISABLE TRIGGER USER")
        cursor.execute(statement)
        connection.check_constraints()
        cursor.execute("ALTER TABLE notifications_artefact ENABLE TRIGGER USER")


def sign_another_version(world: World, delivery: Delivery) -> None:
    version = letters.adopt_standard_wording(actor=world.privacy, incident=world.incident)
    for translation in version.translations.all():
        letters.review_translation(actor=world.supervisor, translation=translation)
    for signer in (world.supervisor, user(Role.SUPERVISOR, "third")):
        letters.sign(actor=signer, version=version)


def alter_bytes(world: World, delivery: Delivery) -> None:
    """As only somebody with the database's keys could: the trigger refuses everybody else."""
    past_the_triggers("UPDATE notifications_artefact SET sha256 = repeat('0', 64)")


STOPS_ALL: dict[str, Change] = {
    "no_route:deceased": lambda w, d: person(d, died_on=date(2023, 1, 1)),
    "merged": lambda w, d: person(d, merged_into=w._people(1)[0].pk),
    "duty_closed": lambda w, d: Notification.objects.filter(pk=d.notification_id).update(
        state="unreachable"
    ),
    "version_replaced": sign_another_version,
}
WAITS_ALL: dict[str, Change] = {
    "sending_stopped": lambda w, d: incidents.stop_sending(actor=w.supervisor, incident=w.incident, reason="x"),
    "delay": lambda w, d: Delay.objects.create(
        incident=w.incident, authority="a", reason="r", starts_on=clock.today(), ends_on=clock.today(),
        decided_by=w.supervisor,
    ),
    "not_signed_off": lambda w, d: incidents.change_policy(actor=w.supervisor, incident=w.incident, hold_days=60),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["represented", "detained"])
def test_a_sound_delivery_may_leave(world: World, kind: str) -> None:
    (delivery,) = getattr(world, kind)(1)
    assert found(world, delivery) == []


@pytest.mark.parametrize("code", [*STOPS_ALL, *WAITS_ALL])
def test_what_holds_everybody_back(world: World, code: str) -> None:
    (delivery,) = world.detained(1)
    {**STOPS_ALL, **WAITS_ALL}[code](world, delivery)
    codes = {blocker.code for blocker in found(world, delivery)}
    assert code.split(":")[0] in codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda w, d: person(d, removed_on=date(2023, 1, 1)), "no_route"),
        (lambda w, d: person(d, do_not_contact=True), "no_route"),
        (lambda w, d: person(d, is_minor=True), "no_route"),
        (move_away, "transferred"),
        (
            lambda w, d: Placement.objects.update(
                period=DateRange(date(2022, 1, 1), date(2023, 1, 1))
            ),
            "no_route",
        ),
        (new_counsel, "route_changed"),
        (alter_bytes, "altered"),
        (
            lambda w, d: Translation.objects.filter(language="es").update(reviewed_at=None),
            "no_route",
        ),
    ],
)
def test_what_holds_a_sealed_letter_back(world: World, change: Change, code: str) -> None:
    (delivery,) = world.detained(1)
    change(world, delivery)
    assert code in {blocker.code for blocker in found(world, delivery)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (new_counsel, "counsel_changed"),
        (lambda w, d: Representation.objects.update(status="disputed"), "no_route"),
        (lambda w, d: Representation.objects.update(status="suspended"), "no_route"),
        (lambda w, d: Attorney.objects.update(is_suspended=True), "no_route"),
        (lambda w, d: Attorney.objects.update(email_bad_reason="bounced"), "no_route"),
        (
            lambda w, d: Attorney.objects.update(email="b@firm.invalid", routing_version=2),
            "route_changed",
        ),
    ],
)
def test_what_holds_an_email_to_counsel_back(world: World, change: Change, code: str) -> None:
    (delivery,) = world.represented(1)
    change(world, delivery)
    assert code in {blocker.code for blocker in found(world, delivery)}


def test_a_consulate_is_never_written_to(world: World) -> None:
    (delivery,) = world.detained(1)
    delivery.address = {"name": "x", "lines": ["Consulado General", "1 Way"]}
    delivery.save()
    assert "consulate" in {blocker.code for blocker in found(world, delivery)}


def test_a_drill_reaches_reserved_domains_only(world: World) -> None:
    (mail,) = world.represented(1)
    (paper,) = world.detained(1)
    Incident.objects.update(is_drill=True)
    assert found(world, mail) == []
    assert [blocker.code for blocker in found(world, paper)] == ["drill"]
    mail.address = {**mail.address, "email": "counsel@lawfirm.com"}
    mail.save()
    assert [blocker.code for blocker in found(world, mail)] == ["drill"]


def test_a_letter_that_is_not_made_yet_waits(world: World) -> None:
    (delivery,) = world.detained(1)
    past_the_triggers("DELETE FROM notifications_artefact")
    assert [blocker.code for blocker in found(world, delivery)] == ["not_rendered"]
    finish([delivery])
    assert found(world, delivery) == []


def test_a_stop_cancels_and_opens_a_next_action_and_a_wait_keeps_its_place(world: World) -> None:
    stopped, waiting = world.detained(2)
    person(stopped, do_not_contact=True)
    Delay.objects.create(
        incident=world.incident, exposure=waiting.notification.exposure, authority="a", reason="r",
        starts_on=clock.today(), ends_on=clock.today() + timedelta(days=3), decided_by=world.supervisor,
    )  # fmt: skip
    claims = claim(due("hand"), limit=2)
    assert sending.pass_gate(world.system, claims) == []
    stopped.refresh_from_db()
    waiting.refresh_from_db()
    assert (stopped.state, waiting.state) == ("cancelled", "queued")
    assert "delays the notice" in waiting.state_reason
    assert waiting.next_try_at is not None
    assert FollowUp.objects.filter(exposure=stopped.notification.exposure, state="open").exists()
    assert Notification.objects.get(pk=stopped.notification_id).state == "pending"
    assert Notification.objects.get(pk=waiting.notification_id).state == "ready"


def test_a_hundred_deliveries_cost_as_many_questions_as_one(
    world: World, django_assert_max_num_queries: Callable[..., object]
) -> None:
    rows = world.detained(30)
    signed = sending.signed_content([world.incident])
    loaded = list(guards.at_the_gate(Delivery.objects.filter(pk__in=[row.pk for row in rows])))
    with django_assert_max_num_queries(11):  # type: ignore[attr-defined]  # a context manager
        assert not any(guards.blockers(loaded, today=clock.today(), signed=signed).values())


def test_every_blocker_has_a_sentence() -> None:
    assert all(guards.Blocker(code).sentence.endswith(".") for code in guards.SENTENCES)
