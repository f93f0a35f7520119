"""Contacts that prove notice: a call or visit with identity checked and understanding confirmed becomes evidence.

The case file's contact log does not know of duties; this verb, called by the clock and after each logged contact,
takes up what it holds. Each entry counts once.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from breach.core import apart
from breach.core.roles import Capability, can, require_any
from breach.models import (
    ContactLogEntry,
    ContactOutcome,
    EvidenceKind,
    Exposure,
    ReachedRole,
    User,
)
from breach.services.rerouting import locked_person
from notifications.models import Evidence, Notification, RecipientRole
from notifications.queries import CLOCKS_DIFFER
from notifications.states import NotificationState

from .proving import record_evidence

DUTY_OF = {
    ReachedRole.PERSON: RecipientRole.PERSON,
    ReachedRole.GUARDIAN: RecipientRole.GUARDIAN,
    ReachedRole.REPRESENTATIVE: RecipientRole.REPRESENTATIVE,
}


def take_up_contacts(*, actor: User, exposure: Exposure | None = None, limit: int = 200) -> int:
    """Turn confirmed contacts into evidence; returns how many were. `exposure` narrows it to one person.

    Of many people's, one that fails stops no other; then raises SomeFailed at the end.
    """
    require_any(actor, Capability.LOG_CONTACT, Capability.NOTIFY)
    entries = _unheard()
    if exposure is not None:
        own = entries.filter(exposure=exposure).order_by("created_at", "id")[:limit]
        return sum(_take_up(actor, entry) for entry in own)
    return sum(apart.each(partial(_take_up, actor), entries.order_by("created_at", "id")[:limit]))


def _unheard() -> QuerySet[ContactLogEntry]:
    corrected = ContactLogEntry.objects.filter(corrects=OuterRef("pk"))
    open_duty = Notification.objects.filter(
        exposure=OuterRef("exposure"), recipient_role=OuterRef("reached")
    )
    # Counsel who comes back has a duty older than calls with whoever spoke for the person in between.
    open_duty = open_duty.annotate(since=Coalesce("reopened_at", "created_at")).exclude(
        state__in=[NotificationState.NOTIFIED, NotificationState.WITHDRAWN]
    )
    return ContactLogEntry.objects.filter(
        Exists(open_duty.filter(_was_about())),
        ~Exists(corrected),
        ~Exists(Evidence.objects.filter(contact=OuterRef("pk"))),
        outcome=ContactOutcome.UNDERSTOOD,
        identity_confirmed=True,
        understanding_confirmed=True,
        reached__in=list(DUTY_OF),
    ).select_related("by", "exposure")


def _was_about() -> Q:
    """The notice was prepared when it was told (decision 28), and to whoever had to be told then.

    A call with former counsel proves nothing about their successor.
    """
    same_one = Q(recipient_role=RecipientRole.PERSON)
    prepared = Q(created_at__lte=OuterRef("at") + CLOCKS_DIFFER)
    return prepared & (same_one | Q(since__lte=OuterRef("created_at")))


@transaction.atomic
def _take_up(actor: User, entry: ContactLogEntry) -> int:
    # Before the person's duties, as everybody does. It also lets of two sweeps only one see the entry unheard; the
    # entry itself cannot be locked by a role that may not change it.
    locked_person(entry.person_id)
    if not _unheard().filter(pk=entry.pk).exists():
        return 0
    duty = (
        Notification.objects.filter(
            exposure=entry.exposure_id, recipient_role=DUTY_OF[ReachedRole(entry.reached)]
        )
        .exclude(state__in=[NotificationState.NOTIFIED, NotificationState.WITHDRAWN])
        .first()
    )
    if duty is None:
        return 0
    record_evidence(
        actor=entry.by
        if can(entry.by, Capability.LOG_CONTACT)
        else actor,  # they may have left since
        notification=duty,
        kind=EvidenceKind.CONFIRMED_CALL,
        proven_at=entry.at,
        contact=entry,
    )
    return 1
