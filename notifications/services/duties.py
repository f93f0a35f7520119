"""Settle what should be (routes) with what is (notifications and their deliveries), for a chunk of exposures.

Bulk throughout: a chunk costs a dozen statements however many people are in it. The caller holds the transaction
and the lock on the people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from breach.core import keyring
from breach.core.references import new_reference
from breach.models import Exposure, FollowUpKind, Incident, User
from breach.routing import Route, unreadable
from breach.services import audit, followups
from notifications import guards, states
from notifications.models import Delivery, LetterVersion, Notification, RecipientRole
from notifications.states import DeliveryState, NotificationState

from . import returning
from .addresses import Address, AddressBook
from .once import gone_to

OTHER_RECIPIENT = "Another recipient is told instead"
OUTDATED = "The route or the letter changed before sending"
CANCELLABLE = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
CLOSED = (NotificationState.UNREACHABLE, NotificationState.WITHDRAWN)
UNDERWAY = states.LIVE_DELIVERY_STATES | {DeliveryState.DELIVERED}
Plan = dict[UUID, list[Route]]
Key = tuple[str, UUID | None]  # version of the address, and the appearance the letter names


class DutyBook:
    """One chunk's duties. `settle()` changes them; afterwards `queued` and `cancelled` count deliveries."""

    def __init__(
        self,
        actor: User,
        incident: Incident,
        version: LetterVersion | None,
        exposures: Sequence[Exposure],
        plans: Plan,
        versions: Mapping[UUID, int],
    ) -> None:
        self.actor, self.incident, self.version = actor, incident, version
        self.exposures = {exposure.pk: exposure for exposure in exposures}
        self.plans, self.routed_versions = plans, versions
        self.queued = self.cancelled = 0
        self.duties: dict[tuple[UUID, str], Notification] = {}
        self.addresses: dict[tuple[UUID, str], Address] = {}
        self.former: dict[returning.Recipient, Notification] = {}
        self.reopened: list[Notification] = []
        self._happenings: list[audit.Happening] = []

    def settle(self) -> None:
        """Make the duties match the routes, queue what may go, cancel what must not, and move the funnel."""
        self._load()
        self._open_addresses()
        created, changed, dropped = self._compare()
        self._withdraw(dropped)
        Notification.objects.bulk_create(created)
        Notification.objects.bulk_update(
            [*changed, *self.reopened],
            [
                "is_required",
                "channel",
                "language",
                "reasons",
                "rests_on",
                "needs_interpreter",
                "routed_version",
            ],
            batch_size=500,
        )
        self._open_again()
        self._queue()
        returning.await_news(actor=self.actor, incident=self.incident, duties=self.reopened)
        self._move_states()
        audit.record_many(actor=self.actor, incident=self.incident, happenings=self._happenings)

    def _load(self) -> None:
        live = Notification.objects.filter(exposure__in=self.exposures).exclude(
            state=NotificationState.WITHDRAWN
        )
        self.duties = {(duty.exposure_id, duty.recipient_role): duty for duty in live}
        self.former = returning.withdrawn_duties(self.exposures)

    def _open_addresses(self) -> None:
        """Open where a letter may go. What does not open leaves that route a question, and everybody else's alone."""
        if self.version is None:
            return
        wanted = [
            (exposure_id, number, route)
            for exposure_id, plan in self.plans.items()
            for number, route in enumerate(plan)
            if not route.is_open_question and not self._is_over(exposure_id, route)
        ]
        book = AddressBook(route for _exposure, _number, route in wanted)
        for exposure_id, number, route in wanted:
            person = self.exposures[exposure_id].person
            try:
                address = book.address(route, person)
            except keyring.UNREADABLE:
                plan = self.plans[exposure_id]
                self.plans[exposure_id] = [*plan[:number], unreadable(route), *plan[number + 1 :]]
            else:
                self.addresses[exposure_id, route.recipient_role] = address

    def _is_over(self, exposure_id: UUID, route: Route) -> bool:
        """Whether nothing is sent by this route whatever else changes: its address is not needed."""
        duty = self.duties.get((exposure_id, route.recipient_role))
        if duty is None or duty.state == NotificationState.NOTIFIED:
            return duty is not None
        return duty.state in CLOSED and _same_recipient(duty, route)

    def _compare(self) -> tuple[list[Notification], list[Notification], list[Notification]]:
        created: list[Notification] = []
        changed: list[Notification] = []
        dropped: list[Notification] = []
        for exposure_id, plan in self.plans.items():
            wanted = {route.recipient_role: route for route in plan}
            told = self._is_told(exposure_id)
            for role in RecipientRole.values:
                duty, route = self.duties.get((exposure_id, role)), wanted.get(role)
                if duty and duty.state == NotificationState.NOTIFIED:
                    # Proof stands, whatever changes later; while others are still to be told, it may begin to
                    # count (the person's copy once nobody speaks for them), or cease to (a copy that was a duty).
                    if route and not told and duty.is_required != route.required:
                        duty.is_required = route.required
                        self._note("notification.counted", duty, required=route.required)
                        changed.append(duty)
                    continue
                if duty and (route is None or not _same_recipient(duty, route)):
                    dropped.append(duty)
                    del self.duties[exposure_id, role]
                    duty = None
                if route is None or (duty is None and told):
                    continue  # notice to whoever was entitled on that day was notice
                if duty is None:
                    self._take(exposure_id, route, created)
                elif self._apply(duty, route):
                    changed.append(duty)
        return created, changed, dropped

    def _is_told(self, exposure_id: UUID) -> bool:
        """Whether everybody who had to be told, as far as was known until now, has been."""
        duties = [self.duties.get((exposure_id, role)) for role in RecipientRole.values]
        required = [duty.state for duty in duties if duty and duty.is_required]
        return bool(required) and set(required) == {NotificationState.NOTIFIED}

    def _take(self, exposure_id: UUID, route: Route, created: list[Notification]) -> None:
        """The duty of a recipient who has none: the one they had once, or a new one."""
        former = self.former.get(returning.recipient_on(exposure_id, route))
        if former is None:
            created.append(self._new(exposure_id, route))
            return
        self.reopened.append(former)
        self._apply(former, route)
        self.duties[exposure_id, route.recipient_role] = former

    def _new(self, exposure_id: UUID, route: Route) -> Notification:
        duty = Notification(
            reference=new_reference("N"),
            exposure=self.exposures[exposure_id],
            incident=self.incident,
            recipient_role=route.recipient_role,
            representation_id=route.rests_on.get("representation"),
            attorney_id=route.rests_on.get("attorney"),
        )
        self._apply(duty, route)
        self.duties[exposure_id, route.recipient_role] = duty
        return duty

    def _apply(self, duty: Notification, route: Route) -> bool:
        """Write the route onto the duty; whether the way of telling changed. Remembered for the audit if so."""
        before = (duty.is_required, duty.channel, duty.language, duty.rests_on, duty.reasons)
        duty.is_required = route.required
        duty.channel, duty.language = route.channel, route.language
        duty.reasons = [reason.as_dict() for reason in route.reasons]
        duty.rests_on = dict(route.rests_on)
        duty.needs_interpreter = route.needs_interpreter
        duty.routed_version = self.routed_versions[duty.exposure_id]
        if before == (duty.is_required, duty.channel, duty.language, duty.rests_on, duty.reasons):
            return False
        self._note(
            "notification.routed", duty, recipient=route.recipient_role, channel=route.channel,
            language=route.language, reasons=[reason.code for reason in route.reasons], rests_on=duty.rests_on,
        )  # fmt: skip
        return True

    def _withdraw(self, dropped: Sequence[Notification]) -> None:
        ids = [duty.pk for duty in dropped]
        if not ids:
            return
        self._cancel(Q(notification__in=ids), OTHER_RECIPIENT)
        # Somebody else can be told now: the finding that nobody can is taken up again with the old duty.
        states.NOTIFICATION.move_many(
            Notification.objects.filter(pk__in=ids),
            before=NotificationState.UNREACHABLE, after=NotificationState.PENDING,
        )  # fmt: skip
        for state in (
            NotificationState.PENDING,
            NotificationState.READY,
            NotificationState.UNDERWAY,
        ):
            states.NOTIFICATION.move_many(
                Notification.objects.filter(pk__in=ids),
                before=state, after=NotificationState.WITHDRAWN, closed_reason=OTHER_RECIPIENT,
            )  # fmt: skip
        # Nobody calls the office of an attorney who has gone to ask whether the notice came.
        followups.close_many(
            actor=self.actor, incident=self.incident, exposure_ids=[duty.exposure_id for duty in dropped],
            kinds=[FollowUpKind.AWAIT_PROOF], reason=OTHER_RECIPIENT,
        )  # fmt: skip
        for duty in dropped:
            self._note("notification.withdrawn", duty, why=OTHER_RECIPIENT)

    def _open_again(self) -> None:
        returning.open_again(self.reopened)
        for duty in self.reopened:
            told = duty.state == NotificationState.NOTIFIED
            self._note("notification.reopened", duty, told=told)

    def _queue(self) -> None:
        """Queue a delivery for every duty that has a way, a signed letter and a reviewed language."""
        rows: list[Delivery] = []
        sendable = [
            (self.duties[exposure_id, route.recipient_role], route)
            for exposure_id, plan in self.plans.items()
            for route in plan
            if (exposure_id, route.recipient_role) in self.duties
        ]
        gone = gone_to([duty.pk for duty, _route in sendable])
        keys: dict[UUID, set[Key]] = {}
        for duty, route in sendable:
            if duty.state == NotificationState.NOTIFIED or duty.state in CLOSED:
                continue
            wanted = [] if route.is_open_question else self._deliveries(duty, route)
            keys[duty.pk] = {(row.address_version, row.names_counsel_id) for row in wanted}
            rows += [row for row in wanted if gone[duty.pk].lets_go(row)]
        self._cancel_outdated(keys)
        Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        self.queued = Delivery.objects.filter(pk__in=[row.pk for row in rows]).count()

    def _names_counsel(self, exposure_id: UUID, role: str) -> UUID | None:
        """The appearance that this recipient's letter names; counsel's own names none."""
        if role == RecipientRole.REPRESENTATIVE:
            return None
        counsel = self.duties.get((exposure_id, RecipientRole.REPRESENTATIVE))
        told = counsel is not None and counsel.state == NotificationState.NOTIFIED
        proven = str(counsel.representation_id) if counsel and told else ""
        named = guards.named_counsel(self.plans[exposure_id], proven)
        return UUID(named) if named else None

    def _deliveries(self, duty: Notification, route: Route) -> list[Delivery]:
        if self.version is None:
            return []
        person = self.exposures[duty.exposure_id].person
        shared: dict[str, Any] = {
            "notification": duty, "incident": self.incident, "person_id": person.pk,
            "letter_version": self.version, "language": route.language, "reasons": duty.reasons,
        }  # fmt: skip
        rows = [
            Delivery(
                **shared,
                channel=route.channel,
                address=self.addresses[duty.exposure_id, route.recipient_role],
                address_version=guards.address_version(route, duty.round),
                round=duty.round,
                placement_id=route.rests_on.get("placement"),
                contact_point_id=route.rests_on.get("contact_point"),
                names_counsel_id=self._names_counsel(duty.exposure_id, duty.recipient_role),
            )
        ]
        if route.needs_interpreter:
            rows.append(
                Delivery(
                    **shared,
                    channel=guards.CALL,
                    address={"lines": []},
                    address_version=f"call|{person.pk}",
                )
            )
        return rows

    def _cancel_outdated(self, keys: Mapping[UUID, set[Key]]) -> None:
        """Cancel what waits for these duties with another letter, to another address or naming other counsel.

        What has left stays as it is: a notice is not sent again because counsel changed afterwards.
        """
        version = self.version.pk if self.version else None
        waiting = Delivery.objects.filter(notification__in=keys, state__in=CANCELLABLE)
        outdated = [
            pk
            for pk, duty, letter, *key in waiting.values_list(
                "pk", "notification_id", "letter_version_id", "address_version", "names_counsel_id"
            )
            if letter != version or tuple(key) not in keys[duty]
        ]
        if outdated:
            self._cancel(Q(pk__in=outdated), OUTDATED)

    def _cancel(self, which: Q, why: str) -> None:
        # A worker that claimed one of these finds its fence outgrown and writes nothing.
        for state in CANCELLABLE:
            self.cancelled += states.DELIVERY.move_many(
                Delivery.objects.filter(which),
                before=state, after=DeliveryState.CANCELLED, state_reason=why, fence=F("fence") + 1,
            )  # fmt: skip

    def _move_states(self) -> None:
        """A duty with something in the outbox is ready; one whose outbox emptied waits again."""
        duties = Notification.objects.filter(exposure__in=self.exposures)
        waiting = Q(deliveries__state__in=CANCELLABLE)
        ready = duties.filter(waiting, state=NotificationState.PENDING).values("pk")
        states.NOTIFICATION.move_many(
            Notification.objects.filter(pk__in=list(ready.values_list("pk", flat=True))),
            before=NotificationState.PENDING, after=NotificationState.READY,
        )  # fmt: skip
        live = duties.filter(deliveries__state__in=UNDERWAY).values_list("pk", flat=True)
        for state in (NotificationState.READY, NotificationState.UNDERWAY):
            states.NOTIFICATION.move_many(
                duties.exclude(pk__in=list(live)), before=state, after=NotificationState.PENDING
            )

    def _note(self, action: str, duty: Notification, **changes: Any) -> None:
        self._happenings.append(
            audit.Happening(action, duty, {"exposure": duty.exposure_id, **changes})
        )


def _same_recipient(duty: Notification, route: Route) -> bool:
    return returning.recipient_of(duty) == returning.recipient_on(duty.exposure_id, route)
