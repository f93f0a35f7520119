"""The promises the program checks on itself: each is a query that must find nothing, at any instant, after any fault.

The numbers are those of docs/architecture.md. `check` counts the violations of one incident, or of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now, TruncDate

from breach import history
from breach.models import (
    AuditEvent,
    ContactLogEntry,
    Exposure,
    FollowUp,
    Hold,
    Incident,
    RosterRow,
    SignOff,
)
from notifications.models import (
    Artefact,
    Attempt,
    Delivery,
    Evidence,
    Notification,
    Progress,
    Receipt,
    RecipientRole,
)
from notifications.queries import DIMENSIONS, funnel, funnel_by, unprepared
from notifications.states import (
    EFFECTIVE_DELIVERY_STATES,
    LIVE_DELIVERY_STATES,
    REOPENING_RECEIPTS,
    DeliveryState,
    NotificationState,
    least_advanced,
)

# A future beyond this cannot come from the database's clock.
LONGEST_LEASE = timedelta(hours=1)
AMBIGUOUS_SEEN_WITHIN = timedelta(minutes=5)
A_DAY = timedelta(hours=24)
COUNSEL_ENDS = ("representation.withdrawn", "representation.disputed")
PLACE_ENDS = ("placement.ended", "person.released")
LIFE_ENDS = ("person.died", "person.removed")
FINISHED = (NotificationState.NOTIFIED, NotificationState.UNREACHABLE, NotificationState.WITHDRAWN)

Incidents = QuerySet[Incident]


def _open(**about: object) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(state="open", **about)


def row_is_one_persons(incidents: Incidents) -> int:
    """R1: every row of a committed roster is exactly one person's, or waits on somebody's desk to become so."""
    rows = RosterRow.objects.filter(roster__incident__in=incidents, roster__status="committed")
    placed = Q(outcome__in=["new", "matched"])
    nobodys = rows.filter(placed, person=None).count()
    homeless = (
        rows.filter(placed, person__isnull=False)
        .exclude(
            Exists(
                Exposure.objects.filter(
                    incident=OuterRef("roster__incident"), person=OuterRef("person")
                )
            )
        )
        .exclude(person__merged_into__isnull=False)
        .count()
    )
    undecided = (
        rows.filter(~placed, resolved_at=None)
        .exclude(Exists(_open(roster=OuterRef("roster"))))
        .count()
    )
    return nobodys + homeless + undecided


def nobody_falls_through(incidents: Incidents) -> int:
    """R2: finished with evidence, or an open follow-up with desk and date, or a delivery that moves within a day."""
    finished = Progress.objects.filter(exposure=OuterRef("pk"), state__in=FINISHED)
    # The stop switch may rest on everybody for a day; whoever waits longer must have a next action.
    stopped_at = "incident__sending_stopped_at"
    moving = Delivery.objects.filter(
        Q(next_try_at=None) | Q(next_try_at__lte=Now() + A_DAY),
        Q(**{stopped_at: None}) | Q(**{f"{stopped_at}__gt": Now() - A_DAY}),
        notification__exposure=OuterRef("pk"),
        notification__is_required=True,
        state__in=[DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING],
    )
    return (
        Exposure.objects.filter(incident__in=incidents, person__merged_into=None)
        .exclude(Exists(finished))
        .exclude(Exists(_open(exposure=OuterRef("pk"))))
        .exclude(Exists(moving))
        .count()
    )


def no_notice_twice(incidents: Incidents) -> int:
    """R3: at most one accepted attempt per notification, letter version, channel and address version."""
    accepted = Attempt.objects.filter(outcome="accepted", delivery__incident__in=incidents)
    key = ("notification", "letter_version", "channel", "address_version")
    sends = accepted.values(*(f"delivery__{part}" for part in key)).annotate(n=Count("pk"))
    doubled: int = sends.filter(n__gt=1).count()
    return doubled


def no_artefact_for_another(incidents: Incidents) -> int:
    """R4: every letter that left was read back and verified, and is the letter of the attempt that sent it."""
    sent = Delivery.objects.filter(
        incident__in=incidents, state__in=EFFECTIVE_DELIVERY_STATES
    ).exclude(channel="call")
    unverified = sent.filter(Q(artefact=None) | Q(artefact__verified_at=None)).count()
    foreign = Artefact.objects.filter(delivery__incident__in=incidents).exclude(
        person_id=F("delivery__person_id")
    )
    swapped = Attempt.objects.filter(delivery__in=sent, outcome="accepted").exclude(
        artefact_sha256=F("delivery__artefact__sha256")
    )
    other_person = Delivery.objects.filter(incident__in=incidents).exclude(
        person_id=F("notification__exposure__person_id")
    )
    return unverified + foreign.count() + swapped.count() + other_person.count()


def nothing_unsigned(incidents: Incidents) -> int:
    """R5: every attempt carries the hash of a content that two people, neither the author, had signed before."""
    signed = (
        SignOff.objects.filter(
            incident=OuterRef("delivery__incident"),
            subject_id=OuterRef("delivery__letter_version"),
            content_sha256=OuterRef("approved_sha256"),
            signed_at__lte=OuterRef("intent_at"),
        )
        .exclude(signed_by=F("author"))
        .values("content_sha256")
        .annotate(signers=Count("signed_by", distinct=True))
        .filter(signers__gte=2)
    )
    return Attempt.objects.filter(delivery__incident__in=incidents).exclude(Exists(signed)).count()


def acknowledged_is_durable(incidents: Incidents) -> int:
    """R6: what the history says was done is there: contacts, evidence, receipts, attempts."""
    subjects = {
        "contactlogentry": ContactLogEntry.objects.all(),
        "evidence": Evidence.objects.all(),
        "receipt": Receipt.objects.all(),
        "hold": Hold.objects.all(),
        "notification": Notification.objects.all(),
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
    return missing


def notified_needs_evidence(incidents: Incidents) -> int:
    """R7: a duty that is done has evidence of a kind the incident's policy found sufficient."""
    proof = Evidence.objects.filter(
        notification=OuterRef("pk"), is_sufficient=True, disproved_at=None
    )
    done = Notification.objects.filter(incident__in=incidents, state=NotificationState.NOTIFIED)
    told = Progress.objects.filter(incident__in=incidents, state=NotificationState.NOTIFIED)
    without_hold = told.exclude(Exists(Hold.objects.filter(exposure=OuterRef("exposure"))))
    return done.exclude(Exists(proof)).count() + without_hold.count()


def ambiguous_is_seen(incidents: Incidents) -> int:
    """R8: an unknown outcome is on a worklist within five minutes, and nothing was sent after it."""
    unknown = Delivery.objects.filter(incident__in=incidents, state=DeliveryState.AMBIGUOUS)
    since = (
        Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-fence").values("intent_at")[:1]
    )
    exposure = OuterRef("notification__exposure")
    unseen = (
        unknown.annotate(since=Subquery(since))
        .filter(since__lt=Now() - AMBIGUOUS_SEEN_WITHIN)
        .exclude(Exists(_open(exposure=exposure, kind="ambiguous")))
    )
    repeated = unknown.annotate(since=Subquery(since)).filter(
        Exists(
            Attempt.objects.filter(
                delivery__notification=OuterRef("notification"), intent_at__gt=OuterRef("since")
            ).exclude(delivery__channel="call")  # a call tells nobody twice
        )
    )
    return unseen.count() + repeated.count()


def return_reopens(incidents: Incidents) -> int:
    """R9: whoever's notice came back or was refused is told since, or has a next action or a new delivery."""
    back = Receipt.objects.filter(kind__in=[*REOPENING_RECEIPTS, "not_my_client"])
    live = Delivery.objects.filter(
        notification__exposure=OuterRef("pk"), state__in=LIVE_DELIVERY_STATES
    )
    came_back = Exists(back.filter(delivery__notification__exposure=OuterRef("pk"))) | Exists(
        Delivery.objects.filter(
            notification__exposure=OuterRef("pk"),
            state__in=[DeliveryState.RETURNED, DeliveryState.BOUNCED, DeliveryState.FAILED],
        )
    )
    finished = Progress.objects.filter(exposure=OuterRef("pk"), state__in=FINISHED)
    return (
        Exposure.objects.filter(came_back, incident__in=incidents)
        .exclude(Exists(finished))
        .exclude(Exists(_open(exposure=OuterRef("pk"))))
        .exclude(Exists(live))
        .count()
    )


def stop_beats_send(incidents: Incidents) -> int:
    """R10: no intent lies between a stop and its end, or after a death, or a change of place, counsel or consent."""
    representation, person = "delivery__notification__representation", "delivery__person_id"
    attempts = Attempt.objects.filter(delivery__incident__in=incidents).annotate(
        counsel=_last("representation", representation, *COUNSEL_ENDS, "representation.verified"),
        place=_last("affectedperson", person, *PLACE_ENDS, "placement.transferred"),
        moved_to=_last("affectedperson", person, "placement.transferred", change="placement"),
        fact=_last("affectedperson", person, *LIFE_ENDS),
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
    return late.count() + sum(_within_a_stop(incident) for incident in incidents)


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
    early = deliveries.filter(lease_until__gt=Now() + LONGEST_LEASE).count()
    early += Attempt.objects.filter(delivery__in=deliveries, intent_at__gt=Now()).count()
    early += Notification.objects.filter(incident__in=incidents, notified_at__gt=Now()).count()
    short = [
        hold
        for hold in Hold.objects.filter(exposure__incident__in=incidents).annotate(
            day=TruncDate("notified_at")
        )
        if hold.until < hold.day + timedelta(days=hold.days)
    ]
    return early + len(short)


def nothing_forged(incidents: Incidents) -> int:
    """R12: a state only the protocol can reach has the protocol's traces; a message alone changed nothing."""
    accepted = Attempt.objects.filter(delivery=OuterRef("pk"), outcome="accepted")
    resolved = AuditEvent.objects.filter(subject_type="delivery", action__startswith="delivery.")
    out = Delivery.objects.filter(
        incident__in=incidents, state__in=EFFECTIVE_DELIVERY_STATES
    ).exclude(Exists(accepted))
    known = set(
        resolved.filter(
            subject_id__in=[str(pk) for pk in out.values_list("pk", flat=True)]
        ).values_list("subject_id", flat=True)
    )
    sending = Delivery.objects.filter(incident__in=incidents, state=DeliveryState.SENDING).exclude(
        Exists(Attempt.objects.filter(delivery=OuterRef("pk"), fence=OuterRef("fence")))
    )
    return sum(str(pk) not in known for pk in out.values_list("pk", flat=True)) + sending.count()


def everything_is_in_the_history(incidents: Incidents) -> int:
    """R13: every contact, evidence, hold and receipt has its audit row, and the chain verifies."""
    wanted: Iterable[tuple[str, QuerySet[Any]]] = (
        ("contactlogentry", ContactLogEntry.objects.filter(exposure__incident__in=incidents)),
        ("evidence", Evidence.objects.filter(notification__incident__in=incidents)),
        ("hold", Hold.objects.filter(exposure__incident__in=incidents)),
        ("receipt", Receipt.objects.filter(delivery__incident__in=incidents)),
    )
    absent = 0
    for name, rows in wanted:
        ids = {str(pk) for pk in rows.values_list("pk", flat=True)}
        events = AuditEvent.objects.filter(subject_type=name, subject_id__in=ids)
        absent += len(ids - set(events.values_list("subject_id", flat=True)))
    streams = ["system", *(f"incident:{incident.pk}" for incident in incidents)]
    return absent + sum(history.verify(stream).breaks for stream in streams)


def funnel_sums(incidents: Incidents) -> int:
    """R14: the funnel sums to the people, overall and by every dimension, and each place is what the duties say."""
    wrong = 0
    for incident in incidents:
        people = Exposure.objects.filter(incident=incident).count()
        missing = unprepared(incident).count()
        wrong += abs(sum(funnel(incident).values()) - people)
        for dimension in DIMENSIONS:
            wrong += abs(
                sum(line.total for line in funnel_by(incident, dimension)) + missing - people
            )
        wrong += _misplaced(incident)
    return wrong


def _misplaced(incident: Incident) -> int:
    duties: dict[object, list[str]] = {}
    required = Notification.objects.filter(incident=incident, is_required=True)
    for exposure, state in required.exclude(state=NotificationState.WITHDRAWN).values_list(
        "exposure_id", "state"
    ):
        duties.setdefault(exposure, []).append(state)
    places = Progress.objects.filter(incident=incident).exclude(state=NotificationState.WITHDRAWN)
    return sum(
        least_advanced(duties.get(exposure, [])) != state
        for exposure, state in places.values_list("exposure_id", "state")
    )


def _streams(incidents: Incidents) -> Q:
    return Q(stream__in=[f"incident:{incident.pk}" for incident in incidents])


INVARIANTS: dict[str, Callable[[Incidents], int]] = {
    "R1": row_is_one_persons,
    "R2": nobody_falls_through,
    "R3": no_notice_twice,
    "R4": no_artefact_for_another,
    "R5": nothing_unsigned,
    "R6": acknowledged_is_durable,
    "R7": notified_needs_evidence,
    "R8": ambiguous_is_seen,
    "R9": return_reopens,
    "R10": stop_beats_send,
    "R11": only_the_database_clock,
    "R12": nothing_forged,
    "R13": everything_is_in_the_history,
    "R14": funnel_sums,
}


def check(incidents: Incidents) -> dict[str, int]:
    """Violations by invariant; all zeros is the promise kept."""
    return {name: violations(incidents) for name, violations in INVARIANTS.items()}
