"""Every address of the program, with the ids of rows that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from breach.core.roles import Role
from breach.models import (
    Approval,
    ContactPoint,
    DuplicatePair,
    Exposure,
    FollowUp,
    Incident,
    Representation,
    Roster,
    RosterJob,
    RosterRow,
    Team,
    User,
)
from breach.web.person_actions import ABOUT_COUNSEL, ABOUT_PERSON
from notifications.models import Batch, Delivery, Evidence, LetterVersion, Notification
from notifications.queries import DIMENSIONS
from notifications.services import looking, portal
from notifications.web.supervision import DIMENSION_TITLES

# Where no example is told or no such row exists: the address is asked all the same, and nobody is shown anything.
ABSENT = {IntConverter: 0, UUIDConverter: UUID(int=0)}
Kwargs = dict[str, Any]
Words = dict[str, Any]
Examples = Iterable[Kwargs]


@dataclass(frozen=True)
class Address:
    """One path with its name."""

    name: str
    path: str


def addresses() -> Iterator[Address]:
    """Every path of the resolver; several where a word in it chooses among pages."""
    for name, words in patterns(get_resolver()):
        for kwargs in examples(name, words):
            yield Address(name, reverse(name, kwargs=kwargs) + asked_of(name))


def patterns(resolver: URLResolver, above: Words | None = None) -> Iterator[tuple[str, Words]]:
    """The name of each path, and the words in it that must be filled in, with what reads them."""
    for entry in resolver.url_patterns:
        words = {**(above or {}), **entry.pattern.converters}
        if isinstance(entry, URLResolver):
            yield from patterns(entry, words)
        elif isinstance(entry, URLPattern):
            yield str(entry.name), words


def examples(name: str, words: Words) -> Examples:
    """What to fill in for a path of this name."""
    if not words:
        return [{}]
    incident = Incident.objects.get(slug="demo")
    told = OF_A_PATH.get(name)
    if told is None:
        family = next((f for f in OF_A_FAMILY if name.startswith(f)), "")
        told = OF_A_FAMILY.get(family) if family else (lambda _incident: [{}])
    found = [
        {"slug": incident.slug, "reference": _reference(incident), **kwargs}
        for kwargs in told(incident)  # type: ignore[misc]  # one of the two tables has it
    ]
    if not found or words.keys() - found[0].keys():
        return [{word: ABSENT.get(type(made), "nobody") for word, made in words.items()}]
    return [{word: kwargs[word] for word in words} for kwargs in found]


def asked_of(name: str) -> str:
    """The query without which there is nothing to see."""
    if name != "portal-attest":
        return ""
    return f"?notice={portal.notices_for(counsel())[0].reference}"


def _reference(incident: Incident) -> str:
    return _exposed(incident).person.reference


def _exposed(incident: Incident) -> Exposure:
    """Somebody with counsel, in the incident."""
    told = Exposure.objects.filter(incident=incident, person__representations__status="active")
    return told.select_related("person").order_by("pk")[0]


def _pk(model: type[Model], **conditions: Any) -> Callable[[Incident], Examples]:
    def found(_incident: Incident) -> Examples:
        return [
            {"pk": row.pk} for row in model._default_manager.filter(**conditions).order_by("pk")[:1]
        ]

    return found


def _each(
    word: str, values: Iterable[str], base: Callable[[Incident], Examples]
) -> Callable[[Incident], Examples]:
    """The examples of `base`, once for each value of a word."""
    return lambda incident: [
        {**kwargs, word: value} for kwargs, value in product(base(incident), list(values))
    ]


def _nothing(_incident: Incident) -> Examples:
    return [{}]


def _row(incident: Incident) -> Examples:
    """A row that waits for somebody to decide."""
    undecided = RosterRow.objects.filter(
        roster__incident=incident,
        roster__status="committed",
        outcome__in=["conflict", "rejected"],
        resolved_at=None,
    )
    return [{"pk": row.roster_id, "number": row.number} for row in undecided.order_by("pk")[:1]]


def _counsel(incident: Incident) -> Examples:
    return [
        {"pk": one.pk}
        for one in Representation.objects.filter(person=_exposed(incident).person)[:1]
    ]


def _contact_point(_incident: Incident) -> Examples:
    points = ContactPoint.objects.filter(is_current=True).select_related("person")
    return [{"pk": one.pk, "reference": one.person.reference} for one in points[:1]]


def _proof(incident: Incident) -> Examples:
    proofs = Evidence.objects.filter(notification__incident=incident).order_by("recorded_at", "pk")
    return [
        {"pk": one.pk, "reference": one.notification.exposure.person.reference}
        for one in proofs[:1]
    ]


def _version(incident: Incident) -> Examples:
    versions = LetterVersion.objects.filter(letter__incident=incident)
    return [
        {
            "number": version.number,
            "language": version.translations.order_by("language")[0].language,
        }
        for version in versions[:1]
    ]


def _batch(_incident: Incident) -> Examples:
    written = Batch.objects.exclude(folder="").order_by("number")
    return [
        {"number": one.number, "name": next(iter(looking.batch_files(one)), "")}
        for one in written[:1]
    ]


def counsel() -> User:
    """An attorney with a notice to open."""
    attorneys = User.objects.filter(role=Role.ATTORNEY).order_by("date_joined")
    return next(user for user in attorneys if portal.notices_for(user).exists())


def _own_notice(_incident: Incident) -> Examples:
    return [{"reference": notice.reference} for notice in portal.notices_for(counsel())[:1]]


OF_A_PATH: dict[str, Callable[[Incident], Examples]] = {
    "account-detail": _pk(User, role="case_worker"),
    "person-action": _each("action", ABOUT_PERSON, _nothing),
    "counsel-action": _each("action", ABOUT_COUNSEL, _counsel),
    "contact-point-bad": _contact_point,
    **dict.fromkeys(("counsel-account", "counsel-invite"), _counsel),
    "account-invite": _pk(User, role="case_worker"),
    "team-detail": _pk(Team),
    "notice-end": _each("action", ("unreachable", "withdrawal"), _nothing),
    "api-roster-job": _pk(RosterJob),
    "roster-row": _row,
    "looks-grant": _pk(User, role="case_worker"),
    "roster-job": _pk(RosterJob),
    **dict.fromkeys(
        ("roster-columns", "roster-commit", "roster-discard"), _pk(Roster, status="staged")
    ),
    "proof-wrong": _proof,
    "delivery-resolve": _pk(Delivery, state="ambiguous"),
    "component-part": _each("part", ("panel", "job"), _nothing),
    "supervision-by": _each("dimension", DIMENSION_TITLES, _nothing),
    "api-incident": _pk(Incident),
    "api-funnel": _pk(Incident),
    "api-funnel-by": _each("dimension", DIMENSIONS, _pk(Incident)),
    "api-exposure": _pk(Exposure),
    "api-contacts": _pk(Exposure),
    "api-notification": _pk(Notification),
}  # fmt: skip
# By the beginning of the name.
OF_A_FAMILY: dict[str, Callable[[Incident], Examples]] = {
    "approval-": _pk(Approval),
    "roster-": _pk(Roster, status="committed"),
    "duplicates-": _pk(DuplicatePair, status="open"),
    "follow-up-": _pk(FollowUp, state="open"),
    "letter-": _version,
    "delivery-": _pk(Delivery),
    "batch-": _batch,
    "portal-": _own_notice,
    "api-follow-up": _pk(FollowUp, state="open"),
    "api-delivery": _pk(Delivery),
}
