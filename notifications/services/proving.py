"""Served is a proven fact: evidence finishes a duty, moves the funnel and starts the hold, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core.roles import Capability, NotAllowed, can
from breach.models import ContactLogEntry, EvidenceKind, Exposure, FollowUpKind, Hold, User
from breach.services import audit, followups, holds
from notifications import states
from notifications.joined import told_elsewhere
from notifications.models import Delivery, Evidence, Notification, Progress, Receipt
from notifications.states import NotificationState as State
from notifications.states import least_advanced

# What a written letter proves is not enough where nobody reads: only a call with understanding confirmed is.
SPOKEN_EVIDENCE = frozenset({EvidenceKind.CONFIRMED_CALL})

# Follow-ups that notice makes pointless. A reported threat, a dispute or a duplicate stays open.
ANSWERED_BY_NOTICE = (
    FollowUpKind.AWAIT_PROOF, FollowUpKind.RETURNED, FollowUpKind.REFUSED, FollowUpKind.SEND_FAILED,
    FollowUpKind.NO_ROUTE, FollowUpKind.NO_TRANSLATION, FollowUpKind.INTERPRETER_CALL, FollowUpKind.CALL_BACK,
    FollowUpKind.TRANSFERRED, FollowUpKind.SIGN_OFF, FollowUpKind.BLOCKED, FollowUpKind.PREPARE,
    FollowUpKind.AMBIGUOUS, FollowUpKind.NOT_MY_CLIENT, FollowUpKind.UNPLACED_BOUNCE,
)  # fmt: skip
PROVEN = N_("Proof of notice is recorded.")


@transaction.atomic
def record_evidence(
    *,
    actor: User,
    notification: Notification,
    kind: EvidenceKind | str,
    proven_at: datetime,
    receipt: Receipt | None = None,
    contact: ContactLogEntry | None = None,
    statement: str = "",
    artefact_sha256: str = "",
) -> Evidence:
    """Record what proves notice; where the incident's policy finds it sufficient, the duty is done.

    `proven_at` is when the recipient was told; a moment in the future counts as now (database clock).
    """
    _require_a_proving_role(actor)
    duty = (
        Notification.objects.select_for_update(of=("self",))
        .select_related("incident")
        .get(pk=notification.pk)
    )
    told_at = _not_in_the_future(proven_at)
    sufficient = str(kind) in duty.incident.sufficient_evidence and (
        not duty.needs_interpreter or kind in SPOKEN_EVIDENCE
    )
    evidence = Evidence.objects.create(
        notification=duty,
        kind=kind,
        is_sufficient=sufficient,
        proven_at=told_at,
        recorded_by=actor,
        receipt=receipt,
        contact=contact,
        statement=statement,
        artefact_sha256=artefact_sha256,
    )
    if sufficient and states.NOTIFICATION.allows(duty.state, State.NOTIFIED):
        states.NOTIFICATION.move(
            Notification, duty.pk, before=duty.state, after=State.NOTIFIED, notified_at=told_at
        )
        _after_notice(actor, duty)
    audit.record(
        actor=actor, action="evidence.recorded", subject=evidence, incident=duty.incident,
        notification=duty.pk, kind=str(kind), sufficient=sufficient, proven_at=told_at.isoformat(),
    )  # fmt: skip
    return evidence


def _require_a_proving_role(actor: User) -> None:
    allowed = (Capability.IMPORT_RECEIPTS, Capability.LOG_CONTACT, Capability.USE_PORTAL)
    if not any(can(actor, capability) for capability in allowed):
        raise NotAllowed(_("Only a desk that receives proof may record it."))


def _not_in_the_future(moment: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT least(%s::timestamptz, now())", [moment])
        told_at: datetime = cursor.fetchone()[0]
    return told_at


def complete_notice(actor: User, exposure_ids: Iterable[UUID]) -> None:
    """Start the hold where the last duty that still counted is proven, e.g. after policy or counsel changed."""
    held = Hold.objects.filter(exposure=OuterRef("pk"), paused_at=None)
    complete = Exposure.objects.filter(~Exists(held), pk__in=list(exposure_ids))
    for exposure in complete.select_related("incident").order_by("pk"):
        _is_told(actor, exposure)


def pause_untold(actor: User, exposure_ids: Iterable[UUID]) -> None:
    """Pause the holds of those who must be told once more, e.g. because the person's copy counts now as well."""
    running = Hold.objects.filter(exposure=OuterRef("pk"), paused_at=None)
    untold = Exposure.objects.filter(Exists(running), pk__in=list(exposure_ids))
    for exposure in untold.select_related("incident").order_by("pk"):
        holds.pause_hold(actor=actor, exposure=exposure)


def _after_notice(actor: User, duty: Notification) -> None:
    if refresh_progress([duty.exposure_id])[duty.exposure_id] == State.NOTIFIED:
        exposure = Exposure.objects.select_related("incident").get(pk=duty.exposure_id)
        _is_told(actor, exposure)


def _is_told(actor: User, exposure: Exposure) -> None:
    hold_after_notice(actor=actor, exposure=exposure)
    answered = set(ANSWERED_BY_NOTICE)
    # That the person was told does not say what became of a letter whose outcome nobody knows.
    if Delivery.objects.filter(notification__exposure=exposure, state="ambiguous").exists():
        answered.remove(FollowUpKind.AMBIGUOUS)
    followups.close_kinds(actor=actor, exposure=exposure, kinds=answered, reason=PROVEN)


def hold_after_notice(*, actor: User, exposure: Exposure) -> None:
    """Part of a verb after which nothing required is open: the hold runs from the last proof there is."""
    told = Notification.objects.filter(exposure=exposure, is_required=True, state=State.NOTIFIED)
    if not told.exists():  # under a record that was joined: that proof counts, from its day
        there = told_elsewhere([exposure.pk])[exposure.pk]
        holds.start_hold(
            actor=actor, exposure=exposure, notified_at=there.notified_at, evidence_id=there.evidence_id
        )  # fmt: skip
        return
    complete = told.aggregate(last=Max("notified_at"))["last"]
    proof = (
        Evidence.objects.filter(notification__in=told, is_sufficient=True, disproved_at=None)
        .order_by("-recorded_at")
        .values_list("pk", flat=True)[0]
    )
    holds.start_hold(actor=actor, exposure=exposure, notified_at=complete, evidence_id=proof)


def refresh_progress(exposure_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Recompute the place in the funnel of these exposures from their duties, and store what changed.

    The place is the least advanced duty the policy requires; duties withdrawn for another recipient do not count.
    Must run in the transaction that moved a duty.
    """
    wanted = list(dict.fromkeys(exposure_ids))
    # Of two who move two duties of one person at once, the second sees what the first did.
    rows = Progress.objects.select_for_update(no_key=True).filter(exposure__in=wanted)
    list(rows.order_by("pk").values_list("pk", flat=True))
    duties = defaultdict(list)
    for exposure, state in (
        Notification.objects.filter(exposure__in=wanted, is_required=True)
        .exclude(state=State.WITHDRAWN)
        .values_list("exposure_id", "state")
    ):
        duties[exposure].append(state)
    places = {exposure: least_advanced(duties[exposure]) for exposure in wanted}
    none_left = [exposure for exposure in wanted if not duties[exposure]]
    places.update(dict.fromkeys(told_elsewhere(none_left), State.NOTIFIED))
    by_state = defaultdict(list)
    for exposure, state in places.items():
        by_state[state].append(exposure)
    for state, exposures in by_state.items():
        Progress.objects.filter(exposure__in=exposures).exclude(
            state__in=[state, State.WITHDRAWN]
        ).update(state=state, updated_at=Now())
    return places
