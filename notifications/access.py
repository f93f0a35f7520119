"""Which notices a user may see. Every read of this app starts here; "not yours" is the same answer as "not there"."""

from __future__ import annotations

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from breach.access import (
    active_representations,
    cases_of,
    exposures_visible_to,
    incidents_visible_to,
)
from breach.core.roles import Capability, can
from breach.models import User
from notifications.models import (
    Batch,
    Delivery,
    LetterVersion,
    Notification,
    Receipt,
    ReceiptFile,
    RecipientRole,
)
from notifications.states import DeliveryState, NotificationState

# What an attorney can open: a letter that went out, whatever became of the message about it.
OPEN_TO_COUNSEL = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.RETURNED,
        DeliveryState.AMBIGUOUS,
    }
)


def notifications_visible_to(user: User, on: date | None = None) -> QuerySet[Notification]:
    """Staff see the notices of the people in their scope.

    An attorney sees their own notices that went out, for clients represented on the day `on` (the database's).
    """
    if can(user, Capability.VIEW_PEOPLE):
        return Notification.objects.filter(exposure__in=exposures_visible_to(user))
    if can(user, Capability.USE_PORTAL) and on is not None:
        own = active_representations(on).filter(attorney__user=user)
        gone_out = Delivery.objects.filter(
            notification=OuterRef("pk"), state__in=OPEN_TO_COUNSEL, artefact__isnull=False
        )
        return Notification.objects.filter(
            Exists(gone_out),
            recipient_role=RecipientRole.REPRESENTATIVE,
            representation__in=own,
        ).exclude(state=NotificationState.WITHDRAWN)
    return Notification.objects.none()


def deliveries_visible_to(user: User) -> QuerySet[Delivery]:
    """Case roles and the mail room see what goes out; a reference stands for the recipient."""
    if not (can(user, Capability.VIEW_PEOPLE) or can(user, Capability.HANDLE_MAIL)):
        return Delivery.objects.none()
    if can(user, Capability.WHOLE_INCIDENT):
        return Delivery.objects.filter(incident__in=incidents_visible_to(user))
    return Delivery.objects.filter(notification__exposure__in=cases_of(user))


def batches_visible_to(user: User) -> QuerySet[Batch]:
    if can(user, Capability.HANDLE_MAIL) or can(user, Capability.SUPERVISE):
        return Batch.objects.filter(incident__in=incidents_visible_to(user))
    return Batch.objects.none()


def receipt_files_visible_to(user: User) -> QuerySet[ReceiptFile]:
    """A file may hold receipts for several incidents: the user's uploads, and those about their team's incidents."""
    if not can(user, Capability.IMPORT_RECEIPTS):
        return ReceiptFile.objects.none()
    if user.team_id is None:
        return ReceiptFile.objects.all()
    news = Receipt.objects.filter(
        file=OuterRef("pk"), delivery__incident__in=incidents_visible_to(user)
    )
    return ReceiptFile.objects.filter(Q(imported_by=user) | Exists(news))


def letter_versions_visible_to(user: User) -> QuerySet[LetterVersion]:
    if can(user, Capability.VIEW_INCIDENT):
        return LetterVersion.objects.filter(letter__incident__in=incidents_visible_to(user))
    return LetterVersion.objects.none()
