"""What R10 asks about the route of an attempt: who spoke for the person, and which address was good, at that moment.

Each is a condition on attempts that history bears witness to; `testimony.stop_beats_send` counts them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from breach.models import AuditEvent, ContactPoint, Representation
from notifications.models import Attempt, Notification, RecipientRole
from notifications.states import NotificationState

APPEARS = ("representation.replaced", "representation.verified")
STANDS = (
    *APPEARS, "representation.claimed", "representation.disputed", "representation.withdrawn",
)  # fmt: skip
# A claim keeps the person waiting for two business days, which are never less than this.
CLAIM_WAITS = timedelta(days=2)
# The day a delivery was queued is by the clock of the worker, which may be behind the database's.
CLOCKS_DIFFER = timedelta(minutes=1)
DIRECT = ~Q(delivery__notification__recipient_role=RecipientRole.REPRESENTATIVE)


def outdated(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Those whose recipient or address was not that of the case file any more. They need `day` annotated."""
    return attempts.annotate(
        suspended=_last("attorney", "delivery__notification__attorney", "attorney.suspended", "is_suspended"),
        guardian=_last("affectedperson", "delivery__person_id", "person.guardian_set", "guardian"),
        protection=_last("affectedperson", "delivery__person_id", "person.protection", "value"),
    ).filter(
        Q(suspended="true")
        | Q(Exists(_email_changed()), delivery__channel="email")
        | Q(delivery__channel="mailhouse", protection="true") & DIRECT
        | ~Q(guardian=KeyTextTransform("guardian", "delivery__notification__rests_on"))
        & Q(guardian__isnull=False, delivery__notification__recipient_role=RecipientRole.GUARDIAN)
        | Q(Exists(_marked_bad()))
        | Q(Exists(_address_replaced()), delivery__channel="mailhouse")
        | DIRECT & (Q(Exists(_in_doubt())) | Q(Exists(_appearing())) & _names_nobody())
    )  # fmt: skip


def _last(subject_type: str, path: str, action: str, change: str) -> Subquery:
    """What the last event of this kind before the intent told."""
    events = AuditEvent.objects.filter(
        subject_type=subject_type, subject_id=Cast(OuterRef(path), CharField()), action=action,
        at__lt=OuterRef("intent_at"),
    )  # fmt: skip
    told = events.order_by("-at").annotate(told=KeyTextTransform(change, "changes"))
    return Subquery(told.values("told")[:1], output_field=CharField())


def _email_changed() -> QuerySet[AuditEvent]:
    """Counsel's e-mail was changed, or found bad, between queueing and intent: that delivery must be made anew."""
    return AuditEvent.objects.filter(
        subject_type="attorney",
        subject_id=Cast(OuterRef("delivery__notification__attorney"), CharField()),
        action__in=["attorney.email_changed", "attorney.email_bad"],
        at__lt=OuterRef("intent_at"),
        at__gt=OuterRef("delivery__queued_at") + CLOCKS_DIFFER,
    )


def _marked_bad() -> QuerySet[Any]:
    return _contact_points("contact_point.marked_bad").filter(
        point=Cast(OuterRef("delivery__contact_point"), CharField())
    )


def _address_replaced() -> QuerySet[Any]:
    """A postal address was entered after the one this letter goes to."""
    older = ContactPoint.objects.filter(
        pk=OuterRef(OuterRef("delivery__contact_point")), created_at__lt=OuterRef("at")
    )
    return (
        _contact_points("contact_point.added")
        .filter(Exists(older), changes__kind="address")
        .exclude(point=Cast(OuterRef("delivery__contact_point"), CharField()))
    )


def _contact_points(action: str) -> QuerySet[Any]:
    return AuditEvent.objects.filter(
        subject_type="affectedperson",
        subject_id=Cast(OuterRef("delivery__person_id"), CharField()),
        action=action,
        at__lt=OuterRef("intent_at"),
    ).annotate(point=KeyTextTransform("contact_point", "changes"))


def _appearances() -> QuerySet[Any]:
    """Of the person in the incident's forum on that day, each with the last that history told of it before."""
    told = AuditEvent.objects.filter(
        subject_type="representation", subject_id=Cast(OuterRef("pk"), CharField()), action__in=STANDS,
        at__lt=OuterRef(OuterRef("intent_at")),
    )  # fmt: skip
    return Representation.objects.filter(
        person=OuterRef("delivery__person_id"), forum=OuterRef("delivery__incident__forum"),
        period__contains=OuterRef("day"),
    ).annotate(stands=Subquery(told.order_by("-at").values("action")[:1]))  # fmt: skip


def _appearing() -> QuerySet[Any]:
    return _appearances().filter(stands__in=APPEARS)


def _in_doubt() -> QuerySet[Any]:
    """Disputed, or claimed so lately that counsel is asked before the person is told past them."""
    earlier = Representation.objects.filter(
        person=OuterRef("person"), forum=OuterRef("forum"), created_at__lt=OuterRef("created_at")
    )
    lately = Q(created_at__gt=OuterRef("intent_at") - CLAIM_WAITS) & ~Exists(earlier)
    return _appearances().filter(
        Q(stands="representation.disputed") | Q(stands="representation.claimed") & lately
    )


def _names_nobody() -> Q:
    """The letter says nothing of counsel, although no notice to counsel before them is proven."""
    told = Notification.objects.filter(
        exposure=OuterRef("delivery__notification__exposure"), state=NotificationState.NOTIFIED,
        recipient_role=RecipientRole.REPRESENTATIVE,
    )  # fmt: skip
    return Q(delivery__names_counsel=None) & ~Q(delivery__channel="call") & ~Q(Exists(told))
