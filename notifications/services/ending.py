"""Unreachable and withdrawn take two people: the kinds of approval, bound to what was tried and what is open."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from breach.core.roles import Capability
from breach.models import Approval, ContactLogEntry, ContactOutcome, Exposure, User
from breach.services import approvals
from breach.services.approval_kinds import ApprovalKind, Described, Page
from notifications.models import Delivery, Notification, Progress, RecipientRole
from notifications.states import CHANNELS, DeliveryState, NotificationState

from . import closing
from .closing import CannotClose

UNREACHABLE, WITHDRAWAL = "unreachable", "withdrawal"
# A delivery that ended like this was an attempt that did not reach anybody.
# One that never left the house (failed) tried nothing.
IN_VAIN = (DeliveryState.BOUNCED, DeliveryState.RETURNED)
# A contact that ended like this reached nobody who could be told. Whoever did not understand, or made an appointment,
# was reached, and must be told, not given up.
NOBODY_TOLD = (
    ContactOutcome.NO_ANSWER, ContactOutcome.NEUTRAL_MESSAGE, ContactOutcome.WRONG_PERSON, ContactOutcome.MOVED,
    ContactOutcome.REFUSED, ContactOutcome.DECEASED,
)  # fmt: skip


def ask_to_end(*, actor: User, exposure: Exposure, kind: str, reason: str) -> Approval:
    """Ask another person to agree that this person is unreachable, or not affected after all."""
    return approvals.ask(
        actor=actor, kind=kind, subject=exposure, incident=exposure.incident, reason=reason
    )


class _Ending(ApprovalKind):
    requested_with = Capability.EDIT_PERSON
    approved_with = Capability.SIGN_OFF

    def lock(self, approval: Approval) -> None:
        closing.hold_person(_exposure(approval))

    def page(self, approval: Approval) -> Page | None:
        exposure = _exposure(approval)
        parts = {"slug": exposure.incident.slug, "reference": exposure.person.reference}
        return Page("person-detail", parts, Capability.VIEW_PEOPLE)

    def content(self, approval: Approval) -> dict[str, Any]:
        exposure = _exposure(approval)
        duties = Notification.objects.filter(exposure=exposure).order_by("created_at", "pk")
        deliveries = Delivery.objects.filter(notification__exposure=exposure)
        if deliveries.filter(state__in=closing.UNDECIDED).exists():
            raise CannotClose(
                _t("Nobody knows yet what became of the last letter. Resolve that delivery first.")
            )
        return {
            "exposure": str(exposure.pk),
            "reference": exposure.person.reference,
            "version": exposure.person.routing_version,
            "duties": [
                {"id": str(duty.pk), "to": duty.recipient_role, "by": duty.channel, "state": duty.state}
                for duty in duties.exclude(state=NotificationState.WITHDRAWN)
            ],
            "deliveries": [
                {"by": by, "state": state, "count": count}
                for by, state, count in deliveries.values_list("channel", "state")
                .annotate(count=Count("pk"))
                .order_by("channel", "state")
            ],
            "contacts": [
                {"outcome": outcome, "count": count}
                for outcome, count in ContactLogEntry.objects.filter(exposure=exposure, corrected_by=None)
                .values_list("outcome")
                .annotate(count=Count("pk"))
                .order_by("outcome")
            ],
        }  # fmt: skip

    def facts(self, content: dict[str, Any]) -> list[tuple[Any, object]]:
        return [
            (_("Person"), content["reference"]),
            (_("Open notices"), _lines(_duty(one) for one in content["duties"] if _is_open(one))),
            (_("Letters so far"), _lines(_letter(one) for one in content["deliveries"])),
            (_("Contacts so far"), _lines(_contact(one) for one in content["contacts"])),
        ]


class Unreachable(_Ending):
    """Diligence was shown and nobody could be reached."""

    code = UNREACHABLE
    label = _("Person cannot be reached")

    def content(self, approval: Approval) -> dict[str, Any]:
        content = super().content(approval)
        if not any(_is_open(one) for one in content["duties"]):
            raise CannotClose(_t("No notice of this person is open."))
        if not _tried(content):
            raise CannotClose(
                _t("Nothing was tried yet. Log a contact, or wait for a letter to come back, before giving up.")
            )  # fmt: skip
        return content

    def describe(self, approval: Approval) -> Described:
        return Described(
            question=_("Has everything been tried to reach this person?"),
            facts=self.facts(approval.content),
            effect=_("Open notices end, letters that wait are cancelled, follow-ups close. It can be taken up again."),
            warnings=[_("Being told too late can cost the person protection. Agree only when nothing is left to try.")],
        )  # fmt: skip

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        closing.close_unreachable(actor=actor, exposure=_exposure(approval), reason=approval.reason)


class Withdrawal(_Ending):
    """The person was on the list by mistake."""

    code = WITHDRAWAL
    label = _("Person not affected after all")

    def content(self, approval: Approval) -> dict[str, Any]:
        content = super().content(approval)
        if any(one["state"] == NotificationState.NOTIFIED for one in content["duties"]):
            raise CannotClose(_t("The person was told, with proof. That cannot be withdrawn."))
        place = Progress.objects.filter(exposure=approval.subject_id).first()
        if place and place.state == NotificationState.WITHDRAWN:
            raise CannotClose(_t("This person is withdrawn already."))
        return content

    def describe(self, approval: Approval) -> Described:
        return Described(
            question=_("Is this person not affected by the incident?"),
            facts=self.facts(approval.content),
            effect=_("All notices end and none is prepared any more. It can be taken up again."),
            warnings=[_("Look at the roster row and what it says was exposed before you agree.")],
        )

    def carry_out(self, *, actor: User, approval: Approval) -> None:
        closing.withdraw_person(actor=actor, exposure=_exposure(approval), reason=approval.reason)


def _exposure(approval: Approval) -> Exposure:
    return Exposure.objects.select_related("person", "incident").get(pk=approval.subject_id)


def _tried(content: dict[str, Any]) -> int:
    """How many attempts reached nobody."""
    letters: list[int] = [one["count"] for one in content["deliveries"] if one["state"] in IN_VAIN]
    contacts: list[int] = [
        one["count"] for one in content["contacts"] if one["outcome"] in NOBODY_TOLD
    ]
    return sum(letters) + sum(contacts)


def _is_open(duty: dict[str, Any]) -> bool:
    return duty["state"] in closing.OPEN_DUTIES


def _lines(texts: Any) -> str:
    return " · ".join(texts) or _t("None")


def _duty(one: dict[str, Any]) -> str:
    way = str(CHANNELS.get(one["by"], "")) or _t("No way yet")
    return f"{RecipientRole(one['to']).label}: {way}, {NotificationState(one['state']).label}"


def _letter(one: dict[str, Any]) -> str:
    return f"{one['count']} × {CHANNELS.get(one['by'], one['by'])}, {DeliveryState(one['state']).label}"


def _contact(one: dict[str, Any]) -> str:
    return f"{one['count']} × {ContactOutcome(one['outcome']).label}"
