"""The one gate before anything leaves: what stands in the way, asked when claiming and in the intent.

It routes the person again as the case file stands now, and lets a delivery pass only when it is still one of the
routes, to the same address, in the same language, with exactly the content two people signed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

from breach.cases import load_cases
from breach.core import crypto, keyring
from breach.core.consulates import names_a_consulate
from breach.models import Delay, FollowUpKind
from breach.routing import Route
from notifications import joined
from notifications.models import (
    Artefact,
    Delivery,
    Notification,
    RecipientRole,
    VersionStatus,
)
from notifications.states import NotificationState

# RFC 2606 and RFC 6761: nobody ever receives mail there.
RESERVED_DOMAINS = (
    "invalid",
    "test",
    "example",
    "localhost",
    "example.com",
    "example.org",
    "example.net",
)
CALL = "call"
EMAIL = "email"
HAND = "hand"
REPRESENTATIVE = RecipientRole.REPRESENTATIVE


class Effect(StrEnum):
    """A wait ends by itself or by a decision; a stop cancels the delivery, so that another way is found."""

    WAITS = "waits"
    STOPS = "stops"


SENTENCES: dict[str, tuple[Effect, str, str]] = {
    "sending_stopped": (Effect.WAITS, "", N_("Sending is stopped for this incident.")),
    "delay": (Effect.WAITS, "", N_("A written decision delays the notice until %(until)s.")),
    "not_rendered": (Effect.WAITS, "", N_("The letter has not been made yet.")),
    "not_signed_off": (Effect.WAITS, "", N_("Two people have not signed exactly this content.")),
    "translation_unreviewed": (Effect.WAITS, "", N_("Nobody has reviewed the letter in this language.")),
    "duty_closed": (Effect.STOPS, "", N_("The recipient need not be told any more.")),
    "other_counsel": (
        Effect.STOPS, FollowUpKind.PREPARE,
        N_("The letter does not say who speaks for the person now; it is made again."),
    ),
    "version_replaced": (Effect.STOPS, FollowUpKind.PREPARE, N_("Another letter version is signed now.")),
    "drill": (Effect.STOPS, FollowUpKind.BLOCKED, N_("This is a drill, and the address could be a real one.")),
    "merged": (Effect.STOPS, "", N_("The person's record was merged into another one.")),
    "consulate": (Effect.STOPS, FollowUpKind.NO_ROUTE, N_("The address looks like a consulate: never write there.")),
    "transferred": (Effect.STOPS, FollowUpKind.TRANSFERRED, N_("The person is not held at that place any more.")),
    "counsel_changed": (Effect.STOPS, FollowUpKind.PREPARE, N_("Somebody else, or nobody, speaks for the person now.")),
    "route_changed": (Effect.STOPS, FollowUpKind.PREPARE, N_("Recipient, address or language changed after queueing.")),
    "no_route": (Effect.STOPS, FollowUpKind.NO_ROUTE, N_("There is no safe way to tell this recipient now.")),
    "other_content": (Effect.STOPS, FollowUpKind.SEND_FAILED, N_("The letter was made from content nobody signed.")),
    "unverified": (Effect.STOPS, FollowUpKind.SEND_FAILED, N_("Nothing has verified that the letter is the person's.")),
    "misread": (Effect.STOPS, FollowUpKind.SEND_FAILED, N_("Read back, the letter is not what this person must get.")),
    "unreadable": (
        Effect.STOPS, FollowUpKind.SEND_FAILED,
        N_("The address or the letter on file cannot be opened: call an administrator, who restores it from a backup, "
           "or enter the address again."),
    ),
    "altered": (Effect.STOPS, FollowUpKind.SEND_FAILED, N_("The letter's bytes are not the ones that were verified.")),
}  # fmt: skip


@dataclass(frozen=True)
class Blocker:
    """One reason why a delivery may not leave now. `follow_up` is the kind of next action a stop needs."""

    code: str
    until: date | None = None
    kind: str = ""
    said: str = ""

    @property
    def effect(self) -> Effect:
        return SENTENCES[self.code][0]

    @property
    def follow_up(self) -> str:
        return self.kind or SENTENCES[self.code][1]

    @property
    def sentence(self) -> str:
        """For people, in the reader's language."""
        return self.said or gettext(SENTENCES[self.code][2]) % {"until": self.until}


@dataclass(frozen=True)
class Signed:
    """What two people have signed and is still true today: the version, its hash, its reviewed languages."""

    version_id: UUID
    content_sha256: str
    languages: frozenset[str]


def at_the_gate(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Deliveries with everything the gate looks at, bytes included."""
    return rows.select_related(
        "incident", "letter_version", "artefact", "notification__attorney",
        "notification__exposure__incident", "notification__exposure__person",
    )  # fmt: skip


def blockers(
    deliveries: Sequence[Delivery], *, today: date, signed: Mapping[UUID, Signed | None]
) -> dict[UUID, list[Blocker]]:
    """What stands in the way of each of these, by delivery id; an empty list may leave.

    `today` is the database's date; `signed` by incident. Load the deliveries through `at_the_gate`.
    """
    delays = _delays(deliveries, today)
    plans = _plans_of_today(deliveries, today, signed)
    told = counsel_told(delivery.notification.exposure_id for delivery in deliveries)
    return {
        delivery.pk: _found_by(
            _of_incident(delivery, delays),
            _of_duty(delivery),
            _of_route(delivery, plans[delivery.notification.exposure_id]),
            _of_address(delivery),
            _of_counsel(delivery, plans[delivery.notification.exposure_id], told),
            _of_content(delivery, signed.get(delivery.incident_id)),
        )
        for delivery in deliveries
    }


def _found_by(*checks: Iterator[Blocker]) -> list[Blocker]:
    """What these find. A row that does not open is its own delivery's trouble and nobody else's."""
    found: list[Blocker] = []
    broken = destroyed = False
    for check in checks:
        try:
            for blocker in check:
                found.append(blocker)
        except crypto.SealBroken:
            broken = True
        except keyring.KeyDestroyed:
            destroyed = True
    # Of a person who was shredded the route says so; no backup brings them back.
    if broken or (destroyed and not any(one.effect is Effect.STOPS for one in found)):
        found.append(Blocker("unreadable"))
    return found


def address_version(route: Route, again: int = 0) -> str:
    """The version of where and in which language a route tells; part of the outbox key.

    `again` is the duty's round: a letter whose proof was taken back goes another time, and only then.
    """
    where = f"{route.address_version}|{route.language}" + (f"|{again}" if again else "")
    return hashlib.sha256(where.encode()).hexdigest()


def counsel_told(exposures: Iterable[UUID]) -> dict[UUID, str]:
    """By exposure the appearance under which notice to counsel is proven, whoever speaks for the person today."""
    rows = Notification.objects.filter(
        exposure__in=list(exposures),
        recipient_role=REPRESENTATIVE,
        state=NotificationState.NOTIFIED,
    )
    return {exposure: str(pk) for exposure, pk in rows.values_list("exposure", "representation")}


def named_counsel(plan: Sequence[Route], told: str) -> str:
    """The appearance of counsel whom the person's letter names as told too; empty for nobody.

    `told` is the one under which notice is proven: where others speak for the person since, neither is named, for
    one does not any more and the other is not told.
    """
    route = next((route for route in plan if route.recipient_role == REPRESENTATIVE), None)
    today = route.rests_on.get("representation", "") if route else ""
    return today if told in ("", today) else ""


def _delays(deliveries: Sequence[Delivery], today: date) -> dict[tuple[UUID, UUID | None], date]:
    found: dict[tuple[UUID, UUID | None], date] = {}
    in_force = Delay.objects.filter(
        Q(exposure=None) | Q(exposure__in=[d.notification.exposure_id for d in deliveries]),
        incident__in={d.incident_id for d in deliveries},
        starts_on__lte=today, ends_on__gte=today, ended_at=None,
    )  # fmt: skip
    for delay in in_force:
        key = (delay.incident_id, delay.exposure_id)
        found[key] = max(delay.ends_on, found.get(key, delay.ends_on))
    return found


def _plans_of_today(
    deliveries: Sequence[Delivery], today: date, signed: Mapping[UUID, Signed | None]
) -> dict[UUID, list[Route]]:
    by_incident: dict[UUID, dict[UUID, Delivery]] = defaultdict(dict)
    for delivery in deliveries:
        by_incident[delivery.incident_id][delivery.notification.exposure_id] = delivery
    plans: dict[UUID, list[Route]] = {}
    for incident_id, chosen in by_incident.items():
        content = signed.get(incident_id)
        languages = content.languages if content else {d.language for d in chosen.values()}
        cases = load_cases([d.notification.exposure for d in chosen.values()], today, languages)
        exposures = [delivery.notification.exposure for delivery in chosen.values()]
        plans.update(joined.plans(exposures, cases, today))
    return plans


def _of_incident(
    delivery: Delivery, delays: Mapping[tuple[UUID, UUID | None], date]
) -> Iterator[Blocker]:
    if delivery.incident.sending_stopped:
        yield Blocker("sending_stopped")
    for whom in (None, delivery.notification.exposure_id):
        if until := delays.get((delivery.incident_id, whom)):
            yield Blocker("delay", until=until)
    if delivery.incident.is_drill and not _reaches_nobody(delivery):
        yield Blocker("drill")


def _of_duty(delivery: Delivery) -> Iterator[Blocker]:
    open_states = {NotificationState.PENDING, NotificationState.READY, NotificationState.UNDERWAY}
    if delivery.notification.state not in open_states:
        yield Blocker("duty_closed")
    if delivery.notification.exposure.person.merged_into_id:
        yield Blocker("merged")


def _of_route(delivery: Delivery, plan: Sequence[Route]) -> Iterator[Blocker]:
    duty = delivery.notification
    route = next((r for r in plan if r.recipient_role == duty.recipient_role), None)
    question = route or next((r for r in plan if r.is_open_question), None)
    if question is not None and question.is_open_question:
        # In the words that are stored: a follow-up that says it differently would count as another question.
        yield Blocker("no_route", kind=question.problem, said=question.reasons[-1].text)
    elif route is None:
        yield Blocker("counsel_changed" if duty.representation_id else "route_changed")
    elif str(duty.representation_id or "") != route.rests_on.get("representation", ""):
        yield Blocker("counsel_changed")
    elif delivery.channel == CALL:
        if not route.needs_interpreter:
            yield Blocker("route_changed")
    elif (delivery.channel, delivery.address_version) != (
        route.channel,
        address_version(route, duty.round),
    ):
        moved = delivery.placement_id and str(delivery.placement_id) != route.rests_on.get(
            "placement"
        )
        yield Blocker("transferred" if moved else "route_changed")


def _of_counsel(
    delivery: Delivery, plan: Sequence[Route], told: Mapping[UUID, str]
) -> Iterator[Blocker]:
    duty = delivery.notification
    if delivery.channel == CALL or duty.recipient_role == REPRESENTATIVE:
        return
    if str(delivery.names_counsel_id or "") != named_counsel(plan, told.get(duty.exposure_id, "")):
        yield Blocker("other_counsel")


def _of_address(delivery: Delivery) -> Iterator[Blocker]:
    lines = [str(delivery.address.get("email", "")), *delivery.address.get("lines", [])]
    if delivery.channel == HAND:  # the sheet of the facility will say the name
        lines.append(delivery.notification.exposure.person.full_name)
    if any(names_a_consulate(line) for line in lines):
        yield Blocker("consulate")


def _of_content(delivery: Delivery, signed: Signed | None) -> Iterator[Blocker]:
    if signed is None:
        yield Blocker("not_signed_off")
        return
    if signed.version_id != delivery.letter_version_id:
        approved = delivery.letter_version.status == VersionStatus.APPROVED
        yield Blocker("not_signed_off" if approved else "version_replaced")
        return
    if delivery.language not in signed.languages:
        yield Blocker("translation_unreviewed")
    if delivery.channel != CALL:
        yield from _of_artefact(delivery, signed)


def _of_artefact(delivery: Delivery, signed: Signed) -> Iterator[Blocker]:
    try:
        artefact = delivery.artefact
    except Artefact.DoesNotExist:
        yield Blocker("not_rendered")
        return
    if artefact.approved_sha256 != signed.content_sha256:
        yield Blocker("other_content")
    if artefact.verified_at is None:
        yield Blocker("unverified")
    if hashlib.sha256(artefact.pdf).hexdigest() != artefact.sha256:
        yield Blocker("altered")


def _reaches_nobody(delivery: Delivery) -> bool:
    """Whether this address can be no real one: only mail to reserved domains is sure to be lost."""
    if delivery.channel != EMAIL:
        return False
    domain = str(delivery.address.get("email", "")).rpartition("@")[2].lower()
    return any(domain == name or domain.endswith(f".{name}") for name in RESERVED_DOMAINS)
