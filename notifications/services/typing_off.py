"""A signed sheet typed off on the batch's own page: every line goes through the same door as a row of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from breach.core.roles import Capability, require
from breach.models import User
from notifications.access import batches_visible_to
from notifications.models import Batch, Delivery
from notifications.receipts import signed_sheets
from notifications.receipts.base import BadCell
from notifications.states import DeliveryState

from .receiving import take_receipt

# Out, and nothing has come back yet.
UNANSWERED = (DeliveryState.SENDING, DeliveryState.AMBIGUOUS, DeliveryState.SENT)


@dataclass
class TypedOff:
    """What became of the lines: how many were news or known, and a sentence for each that was not taken."""

    applied: int = 0
    repeated: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def unanswered(batch: Batch) -> QuerySet[Delivery]:
    """The letters of a batch of which no sheet has told yet, in the order of the printed sheet."""
    return batch.deliveries.filter(state__in=UNANSWERED).order_by("pk")


def take_sheet(*, actor: User, batch: Batch, lines: Sequence[Mapping[str, str]]) -> TypedOff:
    """Apply the lines of one batch's signed sheet, in the columns of a signed sheet's list.

    Each line is a transaction of its own, as each row of a file; one that is not taken stops no other.
    Raises Batch.DoesNotExist.
    """
    require(actor, Capability.IMPORT_RECEIPTS)
    seen = batches_visible_to(actor).get(pk=batch.pk)
    listed = set(seen.deliveries.values_list("notification__reference", flat=True))
    done = TypedOff()
    for line in lines:
        reference = line["reference"]
        if reference not in listed:
            done.refused[reference] = _("This letter is not in this batch.")
            continue
        try:
            report = take_receipt(actor=actor, source=signed_sheets.SOURCE, cells=line)
        except BadCell as unread:
            done.refused[reference] = str(unread)
            continue
        done.applied += report.applied
        done.repeated += report.repeated
        for problem in report.problems:
            done.refused[reference] = problem.sentence
    return done
