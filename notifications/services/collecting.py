"""Batches are taken out of the spool by people: what was collected, by whom, and what lies there too long."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core.deadlines import add_business_days
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import FollowUp, FollowUpKind, Incident, User
from breach.models.followups import FollowUpState
from breach.services import audit, clock, followups
from notifications.access import batches_visible_to
from notifications.models import Batch
from notifications.models.batches import BatchState

LONGEST = timedelta(days=1)  # from written to collected, before somebody is asked
LIES_THERE = N_(
    "Paper has been ready for more than a day and nobody has collected it: print it, and send or carry it."
)
COLLECTED = N_("No batch has been waiting for more than a day.")


class NotToCollect(Refused):
    """The batch is not there to be collected: not written yet, void, or collected before."""


@transaction.atomic
def collect(*, actor: User, batch: Batch) -> Batch:
    """Record that the actor took the batch out, to print, pack and send or carry it.

    Raises Batch.DoesNotExist and NotToCollect.
    """
    require(actor, Capability.HANDLE_MAIL)
    seen = batches_visible_to(actor).select_related("incident").get(pk=batch.pk)
    if not _taken_out(actor, seen):
        raise NotToCollect(
            _("This batch was collected in the meantime, or there is nothing to collect.")
        )
    _answered(actor, FollowUp.objects.filter(incident=seen.incident))
    seen.refresh_from_db()
    return seen


def came_out(*, actor: User, batch_id: UUID) -> None:
    """Part of a verb that heard of a letter of the batch: whoever took the batch out only did not say so.

    The follow-up is left to the next sweep: this verb holds locks under which it may not wait for the incident.
    """
    _taken_out(actor, Batch.objects.select_related("incident").get(pk=batch_id))


def waiting() -> QuerySet[Batch]:
    """Batches that nobody has collected yet."""
    return Batch.objects.filter(state=BatchState.WRITTEN)


@transaction.atomic
def ask_about_waiting(*, actor: User) -> int:
    """The mail room gets one next action an incident whose paper has waited for a day; returns how many were opened.

    It is closed when nothing has waited so long. One that was closed by hand is opened again a day later, when paper
    still lies there.
    """
    _answered(actor, FollowUp.objects.all())
    asked = FollowUp.objects.filter(incident=OuterRef("pk"), kind=FollowUpKind.UNCOLLECTED)
    lately = Now() - LONGEST
    incidents = Incident.objects.filter(
        Exists(_too_long().filter(incident=OuterRef("pk"))),
        ~Exists(asked.filter(state="open")),
        ~Exists(asked.filter(closed_at__gt=lately)),
    )
    found = list(incidents.order_by("pk"))
    for incident in found:
        followups.open_follow_up(
            actor=actor, incident=incident, kind=FollowUpKind.UNCOLLECTED, reason=LIES_THERE,
            due_on=add_business_days(clock.today(), 0),
        )  # fmt: skip
    return len(found)


def _too_long() -> QuerySet[Batch]:
    return waiting().filter(written_at__lt=Now() - LONGEST)


def _taken_out(actor: User, batch: Batch) -> bool:
    """Whether this call was the one that took it out; of two only one is."""
    moved = (
        waiting()
        .filter(pk=batch.pk)
        .update(state=BatchState.COLLECTED, collected_at=Now(), collected_by=actor)
    )
    if not moved:
        return False
    audit.record(
        actor=actor, action="batch.collected", subject=batch, incident=batch.incident,
        number=batch.number, letters=batch.letters,
    )  # fmt: skip
    return True


def _answered(actor: User, follow_ups: QuerySet[FollowUp]) -> None:
    """Close the questions to which there is nothing left to say."""
    still = _too_long().filter(incident=OuterRef("incident"))
    asked = follow_ups.filter(
        ~Exists(still), kind=FollowUpKind.UNCOLLECTED, state=FollowUpState.OPEN
    )
    for row in asked.select_related("incident").order_by("pk"):
        with suppress(followups.AlreadyClosed):  # by whoever took out another one at this moment
            followups.close(actor=actor, follow_up=row, reason=COLLECTED)
