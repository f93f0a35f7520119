"""People of the outbox's world with counsel who sign in, and letters that have left: the scenery of pages."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from breach.core.roles import Role
from breach.models import Attorney, Exposure, User
from notifications.models import Delivery, Notification
from notifications.services import outcomes, preparing, sending
from notifications.services.claiming import claim, due
from tests import factories
from tests.notifications.outbox_world import World, finish


def counsel() -> tuple[Attorney, User]:
    """An attorney with an account."""
    account = factories.user(Role.ATTORNEY)
    return factories.attorney(account=account), account


def clients(world: World, attorney: Attorney, count: int = 1) -> list[Notification]:
    """People this attorney represents, whose notices have left for counsel."""
    people = [factories.person() for _number in range(count)]
    for person in people:
        factories.exposure(of=person, incident=world.incident, elements=["name"])
        factories.representation(person, by=attorney)
    preparing.prepare(actor=world.system, incident=world.incident)
    queued = Delivery.objects.filter(
        person_id__in=[person.pk for person in people], channel="email"
    )
    finish(list(queued))
    send_out(world, list(queued))
    return list(Notification.objects.filter(attorney=attorney).order_by("created_at", "pk"))


def newcomers(world: World, count: int) -> list[Exposure]:
    """People of whom we know neither a place of custody nor an address; nothing is prepared for them."""
    return [
        factories.exposure(incident=world.incident, elements=["name"]) for _number in range(count)
    ]


def send_out(world: World, deliveries: list[Delivery]) -> list[Delivery]:
    """As if the channel had taken them: claimed, intended, accepted."""
    claims = claim(due(deliveries[0].channel), limit=len(deliveries))
    with transaction.atomic():
        passed = sending.pass_gate(world.system, claims)
        sending.write_intent(passed, lease=timedelta(seconds=60))
    outcomes.accepted(actor=world.system, claims=claims)
    ids = [delivery.pk for delivery in deliveries]
    return list(Delivery.objects.filter(pk__in=ids).select_related("notification"))
