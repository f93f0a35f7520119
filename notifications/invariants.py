"""The promises the program checks on itself: each is a query that must find nothing, at any instant, after any fault.

The numbers are those of docs/architecture.md. `check` counts the violations of one incident, or of all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Now

from breach.core.deadlines import FURTHEST_DAYS
from breach.models import (
    AuditEvent,
    Exposure,
    FollowUp,
    Hold,
    Incident,
    Roster,
    RosterRow,
    SignOff,
)
from notifications import joined, testimony
from notifications.models import (
    Artefact,
    Attempt,
    Delivery,
    Evidence,
    Notification,
    Progress,
    Receipt,
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

AMBIGUOUS_SEEN_WITHIN = timedelta(minutes=5)
A_DAY = timedelta(hours=24)
# A next action further out is none: nobody looks after the person meanwhile. A day more, for days begin elsewhere.
WITHIN_REACH = timedelta(days=FURTHEST_DAYS + 1)
FINISHED = (NotificationState.NOTIFIED, NotificationState.UNREACHABLE, NotificationState.WITHDRAWN)
Incidents = testimony.Incidents
# With `_told`, who a notice is for, whichever duty it belongs to.
RECIPIENT = ("exposure", "recipient_role")


def _open(**about: object) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(state="open", **about)


def _told(duty: str) -> Coalesce:
    """The appearance or the guardian that a duty tells; empty for the person."""
    return Coalesce(
        Cast(f"{duty}__representation", CharField()),
        KeyTextTransform("guardian", f"{duty}__rests_on"),
        Value(""),
        output_field=CharField(),
    )


def row_is_one_persons(incidents: Incidents) -> int:
    """R1: every row of a committed roster is present and exactly one person's, or waits for somebody to decide it."""
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
    asked = _open(roster=OuterRef("roster"), kind="roster_rows")
    undecided = rows.filter(~placed, resolved_at=None).exclude(Exists(asked)).count()
    committed = Roster.objects.filter(incident__in=incidents, status="committed")
    lost = sum(
        max(0, said - kept)
        for said, kept in committed.annotate(kept=Count("roster_rows")).values_list("rows", "kept")
    )
    return nobodys + homeless + undecided + lost


def nobody_falls_through(incidents: Incidents) -> int:
    """R2: everyone has sufficient evidence, a follow-up with desk and near date, or a delivery moving within a day."""
    closed = Cast(OuterRef("exposure"), CharField())
    agreed = AuditEvent.objects.filter(subject_type="exposure", subject_id=closed)
    finished = Progress.objects.filter(
        Q(state=NotificationState.NOTIFIED)
        | Q(
            Exists(agreed.filter(action="exposure.unreachable")),
            state=NotificationState.UNREACHABLE,
        )
        | Q(Exists(agreed.filter(action="exposure.withdrawn")), state=NotificationState.WITHDRAWN),
        exposure=OuterRef("pk"),
    )
    # The stop switch may rest on everybody for a day; whoever waits longer must have a next action.
    stopped_at = "incident__sending_stopped_at"
    # What should have moved more than a day ago does not move: nobody works, or nobody can.
    should_move = Coalesce("next_try_at", "lease_until", "queued_at")
    moving = Delivery.objects.annotate(should_move=should_move).filter(
        Q(should_move__gt=Now() - A_DAY),
        Q(next_try_at=None) | Q(next_try_at__lte=Now() + A_DAY),
        Q(**{stopped_at: None}) | Q(**{f"{stopped_at}__gt": Now() - A_DAY}),
        notification__exposure=OuterRef("pk"),
        notification__is_required=True,
        state__in=[DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING],
    )
    return (
        Exposure.objects.filter(incident__in=incidents, person__merged_into=None)
        .exclude(Exists(finished))
        .exclude(Exists(_open(exposure=OuterRef("pk"), due_on__lte=Now() + WITHIN_REACH)))
        .exclude(Exists(moving))
        .count()
    )


def no_notice_twice(incidents: Incidents) -> int:
    """R3: at most one accepted attempt per recipient, letter version, channel and address version, in whatever duty."""
    accepted = Attempt.objects.filter(outcome="accepted", delivery__incident__in=incidents)
    key = (
        *(f"notification__{part}" for part in RECIPIENT),
        "letter_version",
        "channel",
        "address_version",
    )
    sends = (
        accepted.annotate(told=_told("delivery__notification"))
        .values("told", *(f"delivery__{part}" for part in key))
        .annotate(n=Count("pk"))
    )  # fmt: skip
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


def notified_needs_evidence(incidents: Incidents) -> int:
    """R7: a duty that is done has evidence of a kind the incident's policy found sufficient, and a hold that runs.

    Nor does a hold run for anybody who is not told, or not told any more.
    """
    proof = Evidence.objects.filter(
        notification=OuterRef("pk"), is_sufficient=True, disproved_at=None
    )
    done = Notification.objects.filter(incident__in=incidents, state=NotificationState.NOTIFIED)
    told = Progress.objects.filter(incident__in=incidents, state=NotificationState.NOTIFIED)
    running = Hold.objects.filter(paused_at=None, exposure__incident__in=incidents)
    without_hold = told.exclude(Exists(running.filter(exposure=OuterRef("exposure"))))
    taken_back = Evidence.objects.filter(pk=OuterRef("evidence_id"), disproved_at__isnull=False)
    return (
        done.exclude(Exists(proof)).count()
        + without_hold.count()
        + running.filter(Exists(taken_back)).count()
        + running.exclude(Exists(told.filter(exposure=OuterRef("exposure")))).count()
    )


def ambiguous_is_seen(incidents: Incidents) -> int:
    """R8: an unknown outcome is on a worklist within five minutes, and its recipient was sent nothing after it."""
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
    later = (
        Attempt.objects.annotate(told=_told("delivery__notification"))
        .filter(
            told=OuterRef("told"), intent_at__gt=OuterRef("since"),
            **{f"delivery__notification__{part}": OuterRef(f"notification__{part}") for part in RECIPIENT},
        )
        .exclude(delivery__channel="call")  # a call tells nobody twice
    )  # fmt: skip
    repeated = unknown.annotate(since=Subquery(since), told=_told("notification")).filter(
        Exists(later)
    )
    return unseen.count() + repeated.count()


def return_reopens(incidents: Incidents) -> int:
    """R9: whoever's notice came back or was refused is told since, or has a next action or a new delivery."""
    back = Receipt.objects.filter(kind__in=[*REOPENING_RECEIPTS, "not_my_client"])
    # A copy that is on its way, or a letter of a duty that ended, tells nobody who must be told.
    live = Delivery.objects.filter(
        notification__exposure=OuterRef("pk"), notification__is_required=True, state__in=LIVE_DELIVERY_STATES
    ).exclude(notification__state=NotificationState.WITHDRAWN)  # fmt: skip
    came_back = Exists(back.filter(delivery__notification__exposure=OuterRef("pk"))) | Exists(
        Delivery.objects.filter(
            notification__exposure=OuterRef("pk"),
            state__in=[DeliveryState.RETURNED, DeliveryState.BOUNCED, DeliveryState.FAILED],
        )
    )
    finished = Progress.objects.filter(exposure=OuterRef("pk"), state__in=FINISHED)
    return (
        Exposure.objects.filter(came_back, incident__in=incidents, person__merged_into=None)
        .exclude(Exists(finished))
        .exclude(Exists(_open(exposure=OuterRef("pk"))))
        .exclude(Exists(live))
        .count()
    )


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
    wrong = {
        exposure: state
        for exposure, state in places.values_list("exposure_id", "state")
        if least_advanced(duties.get(exposure, [])) != state
    }
    told = joined.told_elsewhere(pk for pk in wrong if pk not in duties) if wrong else {}
    return sum(pk not in told or state != NotificationState.NOTIFIED for pk, state in wrong.items())


INVARIANTS: dict[str, Callable[[Incidents], int]] = {
    "R1": row_is_one_persons,
    "R2": nobody_falls_through,
    "R3": no_notice_twice,
    "R4": no_artefact_for_another,
    "R5": nothing_unsigned,
    "R6": testimony.acknowledged_is_durable,
    "R7": notified_needs_evidence,
    "R8": ambiguous_is_seen,
    "R9": return_reopens,
    "R10": testimony.stop_beats_send,
    "R11": testimony.only_the_database_clock,
    "R12": testimony.nothing_forged,
    "R13": testimony.everything_is_in_the_history,
    "R14": funnel_sums,
}


def check(incidents: Incidents) -> dict[str, int]:
    """Violations by invariant; all zeros is the promise kept."""
    return {name: violations(incidents) for name, violations in INVARIANTS.items()}
