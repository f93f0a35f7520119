"""The people of the mutants' mailing: six with counsel, nine held in one place, each with a name of their own."""

from __future__ import annotations

from django.db.backends.postgresql.psycopg_any import DateRange

from breach.models import AffectedPerson, Attorney, Placement, Representation
from notifications.services import preparing
from tests.notifications.outbox_world import SINCE, World, make_world

FAMILIES = (
    "Quetzalo", "Brindami", "Cordavel", "Dulciner", "Estrazul", "Floripan", "Gardoval", "Hinojarde", "Ixmucan",
    "Jacarand", "Kuvalmir", "Lunadora", "Mirasolo", "Nopalito", "Ocotlane",
)  # fmt: skip
REPRESENTED = 6


def crowd() -> World:
    """Routed and queued; no letter is made yet, and the release has not begun."""
    world = make_world("mutants", released=False)
    people = world._people(len(FAMILIES))
    for person, family in zip(people, FAMILIES, strict=True):
        person.family_name, person.given_names = family, f"Ana{family[:3].lower()}"
        person.save(update_fields=["family_name", "given_names"])
    place = world.facility()
    for number, person in enumerate(people):
        if number < REPRESENTED:
            _give_counsel(world, person, number)
        else:
            Placement.objects.create(person=person, facility=place, period=DateRange(SINCE, None))
    preparing.prepare(actor=world.system, incident=world.incident)
    return world


def _give_counsel(world: World, person: AffectedPerson, number: int) -> None:
    attorney = Attorney.objects.create(
        name="Invented Counsel", email=f"counsel{number}@firm.invalid", email_verified=True
    )
    Representation.objects.create(
        person=person, attorney=attorney, forum=world.incident.forum, period=DateRange(SINCE, None),
        evidence="g28", status="active",
    )  # fmt: skip
