"""Looks at people, read from the history: who opened one person, how much one user opened, and what was alarming."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Now

from breach.core.budgets import Standing, limits_of
from breach.core.roles import MATRIX, Capability, can
from breach.models import AuditEvent, Exposure, User
from breach.models.audit import COUNTED_LOOKS, LETTER_LOOKS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRANTED, WARNED, REFUSED = "budget.granted", "budget.warned", "budget.refused"
ALARMS = (WARNED, REFUSED)


def since(age: timedelta) -> Q:
    """Events of that long, by the database's clock; those of the running transaction have no time yet."""
    return Q(at=None) | Q(at__gt=Now() - age)


def standings(users: Iterable[User]) -> dict[UUID, Standing]:
    """What each of these has opened and may open, in two queries however many they are."""
    rows = list(users)
    cost = Coalesce(Cast(KT("changes__counts"), IntegerField()), 1)
    spent = {
        actor: (hour or 0, day or 0)
        for actor, hour, day in AuditEvent.objects.filter(
            since(DAY), actor_id__in=[user.pk for user in rows], action__in=COUNTED_LOOKS
        )
        .order_by()
        .values("actor_id")
        .annotate(hour=Sum(cost, filter=since(HOUR)), day=Sum(cost))
        .values_list("actor_id", "hour", "day")
    }
    granted = dict(
        AuditEvent.objects.filter(
            since(DAY), action=GRANTED, subject_type="user",
            subject_id__in=[str(user.pk) for user in rows],
        )
        .order_by()
        .values("subject_id")
        .annotate(more=Sum(Cast(KT("changes__more"), IntegerField())))
        .values_list("subject_id", "more")
    )  # fmt: skip
    return {
        user.pk: _standing(user, spent.get(user.pk, (0, 0)), granted.get(str(user.pk), 0))
        for user in rows
    }


def standing(user: User) -> Standing:
    return standings([user])[user.pk]


def looks_at(exposure: Exposure) -> QuerySet[AuditEvent]:
    """Who has opened this person, records joined with theirs included: what, when and why, the newest first."""
    person = exposure.person
    ids = [str(person.pk), *map(str, person.merged_from.values_list("pk", flat=True))]
    # By itself the database would read either all letters or all looks; each part has an index of its own.
    identity = Q(action="identity.viewed", subject_type="affectedperson", subject_id__in=ids)
    letters = Q(action__in=LETTER_LOOKS)
    of_person = AuditEvent.objects.annotate(about=KT("changes__person")).filter(
        letters, about__in=ids
    )
    return AuditEvent.objects.filter(identity | Q(pk__in=of_person.values("pk"))).order_by("-id")


def alarms_visible_to(user: User) -> QuerySet[AuditEvent]:
    """Budgets that came near their end or were at it, of the last day, for those who may grant more."""
    if not can(user, Capability.GRANT_LOOKS):
        return AuditEvent.objects.none()
    return AuditEvent.objects.filter(since(DAY), action__in=ALARMS).order_by("-id")


def lookers() -> QuerySet[User]:
    """Active users who may open identities, without the system user."""
    roles = [
        str(role)
        for role, may in MATRIX.items()
        if Capability.VIEW_IDENTITY in may and limits_of(role) is not None
    ]
    people = User.objects.filter(is_active=True, role__in=roles)
    return people.order_by("role", "first_name", "username")


def _standing(user: User, spent: tuple[int, int], granted: int) -> Standing:
    limits = limits_of(user.role)
    hour, day = (limits[0] + granted, limits[1] + granted) if limits else (None, None)
    return Standing(spent[0], spent[1], hour, day, granted)
