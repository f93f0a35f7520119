"""The promises that history bears witness to: what was acknowledged, stopped, timed, forged or left unrecorded.

R6 and R10 to R13 of `invariants`, each a query that must find nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now, TruncDate

from breach import history
from breach.core.agency import agency_zone
from breach.models import (
    AuditEvent,
    ContactLogEntry,
    Delay,
    Hold,
    Incident,
    Roster,
    SignOff,
)
from notifications.models import (
    Attempt,
    Batch,
    Delivery,
    Evidence,
    Notification,
    Receipt,
    RecipientRole,
)
from notifications.outdated import outdated
from notifications.states import EFFECTIVE_DELIVERY_STATES, DeliveryState

# A future beyond these cannot come from the database's clock.
LONGEST_LEASE = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=24)
COUNSEL_ENDS = ("representation.withdrawn", "representation.disputed")
PLACE_ENDS = ("placement.ended", "person.released")
LIFE_ENDS = ("person.died", "person.removed")

Incidents = QuerySet[Incident]


def acknowledged_is_durable(incidents: Incidents) -> int:
    """R6: what the history says was done is there: contacts, evidence, receipts, signatures, attempts."""
    subjects = {
        "contactlogentry": ContactLogEntry.objects.all(),
        "evidence": Evidence.objects.all(),
        "receipt": Receipt.objects.all(),
        "hold": Hold.objects.all(),
        "notification": Notification.objects.all(),
        "signoff": SignOff.objects.all(),
        "delay": Delay.objects.all(),
        "batch": Batch.objects.all(),
        "delivery": Delivery.objects.all(),
    }
    missing = 0
    for name, rows in subjects.items():
        told = set(
            AuditEvent.objects.filter(_streams(incidents), subject_type=name).values_list(
                "subject_id", flat=True
            )
        )
        missing += len(
            told - {str(pk) for pk in rows.filter(pk__in=told).values_list("pk", flat=True)}
        )
    sent = AuditEvent.objects.filter(
        _streams(incidents), subject_type="delivery", action="delivery.sent"
    )
    told = set(sent.values_list("subject_id", flat=True))
    accepted = Attempt.objects.filter(delivery__in=[UUID(pk) for pk in told], outcome="accepted")
    return missing + len(told - {str(pk) for pk in accepted.values_list("delivery_id", flat=True)})


def stop_beats_send(incidents: Incidents) -> int:
    """R10: no intent lies in a stop or a delay, or after a death, or a change of place, counsel, address or consent."""
    representation, person = "delivery__notification__representation", "delivery__person_id"
    attempts = Attempt.objects.filter(delivery__incident__in=incidents).annotate(
        counsel=_last("representation", representation, *COUNSEL_ENDS, "representation.verified"),
        place=_last("affectedperson", person, *PLACE_ENDS, "placement.transferred"),
        moved_to=_last("affectedperson", person, "placement.transferred", change="placement"),
        fact=_last("affectedperson", person, *LIFE_ENDS),
        day=TruncDate("intent_at", tzinfo=agency_zone()),
        consent=_last("affectedperson", person, "person.do_not_contact", change="value"),
    )
    direct = ~Q(delivery__notification__recipient_role=RecipientRole.REPRESENTATIVE)
    elsewhere = Q(place="placement.transferred") & ~Q(
        moved_to=Cast(F("delivery__placement"), CharField())
    )
    late = attempts.filter(
        Q(intent_at__gt=F("delivery__incident__sending_stopped_at"))
        | Q(counsel__in=COUNSEL_ENDS)
        | Q(delivery__channel="hand") & (Q(place__in=PLACE_ENDS) | elsewhere)
        | Q(fact="person.died")
        | direct & (Q(fact="person.removed") | Q(consent="true"))
    )
    astray = outdated(
        Attempt.objects.filter(delivery__incident__in=incidents).annotate(
            day=TruncDate("intent_at", tzinfo=agency_zone())
        )
    )
    return (
        len({*late.values_list("pk", flat=True), *astray.values_list("pk", flat=True)})
        + attempts.filter(Exists(_delays())).count()
        + sum(_within_a_stop(incident) for incident in incidents)
    )


def _delays() -> QuerySet[Delay]:
    """Written decisions to wait that were in force when the attempt was intended."""
    everybody_or_this_one = Q(exposure=None) | Q(
        exposure=OuterRef("delivery__notification__exposure")
    )
    decided = AuditEvent.objects.filter(
        subject_type="delay", subject_id=Cast(OuterRef("pk"), CharField()), action="delay.decided",
        at__lt=OuterRef(OuterRef("intent_at")),
    )  # fmt: skip
    return Delay.objects.filter(
        Exists(decided),
        everybody_or_this_one,
        Q(ended_at=None) | Q(ended_at__gt=OuterRef("intent_at")),
        incident=OuterRef("delivery__incident"),
        starts_on__lte=OuterRef("day"),
        ends_on__gte=OuterRef("day"),
    )


def _last(subject_type: str, path: str, *actions: str, change: str = "") -> Subquery:
    """The last of these actions on a subject committed before the intent, or one of the changes it told."""
    events = AuditEvent.objects.filter(
        subject_type=subject_type,
        subject_id=Cast(OuterRef(path), CharField()),
        action__in=actions,
        at__lt=OuterRef("intent_at"),
    )
    told = KeyTextTransform(change, "changes") if change else F("action")
    return Subquery(
        events.order_by("-at").annotate(told=told).values("told")[:1], output_field=CharField()
    )


def _within_a_stop(incident: Incident) -> int:
    events = AuditEvent.objects.filter(
        stream=f"incident:{incident.pk}",
        subject_type="incident",
        action__in=["incident.sending_stopped", "incident.sending_resumed"],
    ).order_by("seq")
    late, since = 0, None
    for action, at in events.values_list("action", "at"):
        if action == "incident.sending_stopped":
            since = since or at
        elif since:
            attempts = Attempt.objects.filter(
                delivery__incident=incident, intent_at__gt=since, intent_at__lt=at
            )
            late, since = late + attempts.count(), None
    return late


def only_the_database_clock(incidents: Incidents) -> int:
    """R11: no lease, retry, intent or proof lies in a future the database does not know; holds follow proof."""
    deliveries = Delivery.objects.filter(incident__in=incidents)
    early = deliveries.filter(
        Q(lease_until__gt=Now() + LONGEST_LEASE)
        | Q(render_lease_until__gt=Now() + LONGEST_LEASE)
        | Q(next_try_at__gt=Now() + LONGEST_WAIT)
        | Q(sent_at__gt=Now())
    ).count()
    early += Attempt.objects.filter(delivery__in=deliveries, intent_at__gt=Now()).count()
    early += Notification.objects.filter(incident__in=incidents, notified_at__gt=Now()).count()
    short = [
        hold
        for hold in Hold.objects.filter(exposure__incident__in=incidents).annotate(
            day=TruncDate("notified_at", tzinfo=agency_zone())
        )
        if hold.until < hold.day + timedelta(days=hold.days)
    ]
    return early + len(short)


def nothing_forged(incidents: Incidents) -> int:
    """R12: a state only the protocol can reach has the protocol's traces; a message alone changed nothing."""
    deliveries = Delivery.objects.filter(incident__in=incidents)
    attempts = Attempt.objects.filter(delivery=OuterRef("pk"))
    traces = {
        DeliveryState.CLAIMED: Q(fence__gt=0, lease_until__isnull=False),
        DeliveryState.SENDING: Q(Exists(attempts.filter(fence=OuterRef("fence"), outcome=""))),
        DeliveryState.AMBIGUOUS: Q(Exists(attempts.filter(outcome="unknown"))),
        DeliveryState.FAILED: Q(Exists(attempts.filter(outcome="permanent"))),
        **dict.fromkeys(EFFECTIVE_DELIVERY_STATES, Q(Exists(attempts.filter(outcome="accepted")))),
    }
    forged = sum(
        deliveries.filter(state=state).exclude(trace).count() for state, trace in traces.items()
    )
    # Nothing is accepted in a delivery that never left, and no notice is under way without one.
    unsent = [DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.CANCELLED]
    forged += deliveries.filter(
        Exists(attempts.filter(outcome="accepted")), state__in=unsent
    ).count()
    underway = Notification.objects.filter(incident__in=incidents, state="underway")
    never_queued = ~Exists(Delivery.objects.filter(notification=OuterRef("pk")))
    return forged + underway.filter(never_queued).count()


def everything_is_in_the_history(incidents: Incidents) -> int:
    """R13: every contact, proof, hold, signature, duty, list and sending has its audit row, and the chain verifies."""
    wanted: Iterable[tuple[str, QuerySet[Any]]] = (
        ("contactlogentry", ContactLogEntry.objects.filter(exposure__incident__in=incidents)),
        ("evidence", Evidence.objects.filter(notification__incident__in=incidents)),
        ("hold", Hold.objects.filter(exposure__incident__in=incidents)),
        ("receipt", Receipt.objects.filter(delivery__incident__in=incidents)),
        ("notification", Notification.objects.filter(incident__in=incidents)),
        ("signoff", SignOff.objects.filter(incident__in=incidents)),
        ("delay", Delay.objects.filter(incident__in=incidents)),
        ("roster", Roster.objects.filter(incident__in=incidents, status="committed")),
        ("batch", Batch.objects.filter(incident__in=incidents, state__in=["written", "collected"])),
        ("delivery", _out_without_a_receipt(incidents)),
    )
    absent = 0
    for name, rows in wanted:
        ids = {str(pk) for pk in rows.values_list("pk", flat=True)}
        events = AuditEvent.objects.filter(subject_type=name, subject_id__in=ids)
        absent += len(ids - set(events.values_list("subject_id", flat=True)))
    streams = ["system", *(f"incident:{incident.pk}" for incident in incidents)]
    return absent + sum(history.verify(stream).breaks for stream in streams)


def _out_without_a_receipt(incidents: Incidents) -> QuerySet[Delivery]:
    """What left by the word of a worker or a person; where a receipt said it first, the receipt is on record."""
    return Delivery.objects.filter(
        incident__in=incidents, state__in=EFFECTIVE_DELIVERY_STATES, receipts=None
    )


def _streams(incidents: Incidents) -> Q:
    return Q(stream__in=[f"incident:{incident.pk}" for incident in incidents])
