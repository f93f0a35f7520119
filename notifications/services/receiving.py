"""News about deliveries, applied once: the delivery moves, proof becomes evidence, a return opens the duty again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.core.agency import agency_zone
from breach.core.collisions import again_after_a_collision
from breach.core.roles import Capability, require, require_any
from breach.models import EvidenceKind, FollowUpKind, User
from breach.services import audit, clock, followups
from breach.services.users import system_user
from notifications import states
from notifications.models import Attempt, AttemptOutcome, Delivery, Receipt, ReceiptFile
from notifications.receipts import bounces
from notifications.receipts.base import Problem, ReceiptRecord
from notifications.receipts.reading import read, read_one
from notifications.states import DeliveryState, NotificationState, ReceiptKind

from . import collecting, outcomes, placing, proving
from .bad_addresses import mark_bad
from .claiming import Claim, hold_incidents, hold_still

ARRIVED = (ReceiptKind.DELIVERED, ReceiptKind.SIGNED, ReceiptKind.ACKNOWLEDGED)
BACK = {
    ReceiptKind.BOUNCED: DeliveryState.BOUNCED,
    ReceiptKind.RETURNED: DeliveryState.RETURNED,
    ReceiptKind.REFUSED: DeliveryState.RETURNED,
    ReceiptKind.NOT_THERE: DeliveryState.RETURNED,
    ReceiptKind.NOT_MY_CLIENT: DeliveryState.RETURNED,
}
PROOF = {
    ("hand", ReceiptKind.SIGNED): EvidenceKind.SIGNED_SHEET,
    ("mailhouse", ReceiptKind.DELIVERED): EvidenceKind.CARRIER_PROOF,
}


class NextStep(NamedTuple):
    """What somebody must do about a notice that came back; due in business days."""

    kind: FollowUpKind
    reason: str
    days: int


HEARD = N_("News of the notice has come.")
# West of Greenwich the day of a receipt may still be the one before, as the database counts days.
BEHIND_THE_DATABASE = timedelta(hours=12)
# Five business days to look for a new address is what class-notice practice asks.
NEXT_STEPS = {
    ReceiptKind.BOUNCED: NextStep(
        FollowUpKind.RETURNED, N_("The e-mail bounced: call the office, or write to its postal address."), 1
    ),
    ReceiptKind.RETURNED: NextStep(FollowUpKind.RETURNED, N_("The letter came back: look for a new address."), 5),
    ReceiptKind.REFUSED: NextStep(FollowUpKind.REFUSED, N_("The letter was refused: find out why; try in person."), 2),
    ReceiptKind.NOT_THERE: NextStep(FollowUpKind.TRANSFERRED, N_("The person was not there: find out where."), 1),
}  # fmt: skip


@dataclass
class ReceiptReport:
    """What became of a file: every row is applied, repeated or refused."""

    kind: str
    rows: int = 0
    applied: int = 0
    repeated: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: int, sentence: str) -> None:
        self.refused += 1
        self.problems.append(Problem(row, sentence))


def import_receipts(*, actor: User, data: bytes, zone: ZoneInfo | None = None) -> ReceiptReport:
    """Apply a file of receipts: signed sheets, returned post, carrier scans, or one bounced mail.

    Each row is a transaction of its own, so an interrupted import is simply run again; so is a file with refused
    rows, once their cause is gone. Dates without a zone are of `zone`. Raises UnreadableReceipts for a file that is
    none of these.
    """
    require(actor, Capability.IMPORT_RECEIPTS)
    digest = hashlib.sha256(data).hexdigest()
    before = ReceiptFile.objects.filter(sha256=digest).first()
    if before and before.applied + before.repeated == before.rows:
        return ReceiptReport(before.kind, before.rows, 0, before.rows, 0, [])
    reading = read(data, zone=zone or agency_zone(), now=clock.now())
    file, _new = ReceiptFile.objects.get_or_create(
        sha256=digest, defaults={"kind": reading.kind, "rows": reading.rows, "imported_by": actor}
    )
    report = ReceiptReport(reading.kind, reading.rows)
    for problem in reading.problems:
        report.refuse(problem.row, problem.sentence)
    for record in reading.records:
        _apply_row(actor, record, file, report)
    _finish(actor, file, report)
    return report


def take_receipt(
    *, actor: User, source: str, cells: Mapping[str, str], zone: ZoneInfo | None = None
) -> ReceiptReport:
    """Apply one receipt a machine hands over, as import_receipts does with a row of the list named `source`.

    Raises BadCell for what cannot be read; a receipt that fits no delivery is refused in the report.
    """
    require(actor, Capability.IMPORT_RECEIPTS)
    record = read_one(source, cells, zone=zone or agency_zone(), now=clock.now())
    report = ReceiptReport(source, 1)
    _apply_row(actor, record, None, report)
    return report


@transaction.atomic
def apply_receipt(
    *,
    actor: User,
    delivery: Delivery,
    kind: ReceiptKind | str,
    at: datetime,
    source: str,
    source_key: str,
    reason: str = "",
    file: ReceiptFile | None = None,
) -> Receipt:
    """Record one piece of news about a delivery and move it. The same `source_key` again changes nothing."""
    require_any(actor, Capability.IMPORT_RECEIPTS, Capability.USE_PORTAL)
    news = Receipt(
        delivery=delivery, kind=kind, at=at, source=source, source_key=source_key, reason=reason[:120],
        file=file, recorded_by=actor,
    )  # fmt: skip
    return _apply(actor, news)[0]


def _apply(actor: User, news: Receipt) -> tuple[Receipt, bool]:
    """The receipt as recorded, and whether it is news. Runs in the caller's transaction."""
    known = news.delivery
    hold_still([Claim(known.pk, known.fence, known.incident_id, known.person_id)])
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notification__exposure", "incident")
        .get(pk=known.pk)
    )
    Receipt.objects.bulk_create([news], ignore_conflicts=True)
    recorded = Receipt.objects.get(source_key=news.source_key)
    if recorded.pk != news.pk:
        return recorded, False
    _surely_sent(actor, delivery)
    if delivery.batch_id:
        collecting.came_out(actor=actor, batch_id=delivery.batch_id)
    kind = ReceiptKind(news.kind)
    if kind in ARRIVED:
        _move(delivery, DeliveryState.DELIVERED)
    elif kind in BACK:
        _came_back(actor, delivery, kind)
    audit.record(
        actor=actor, action="receipt.recorded", subject=recorded, incident=delivery.incident,
        delivery=delivery.pk, kind=str(kind), source=news.source, at=news.at.isoformat(),
    )  # fmt: skip
    return recorded, True


def _surely_sent(actor: User, delivery: Delivery) -> None:
    """News is evidence that it left: an unknown outcome is known now, whatever the worker may still say."""
    if delivery.state == DeliveryState.SENDING:
        _move(delivery, DeliveryState.SENT, sent_at=Now(), lease_until=None, fence=F("fence") + 1)
    elif delivery.state == DeliveryState.AMBIGUOUS:
        _move(delivery, DeliveryState.SENT, sent_at=Now())
    else:
        return
    last = Attempt.objects.filter(
        delivery=delivery, outcome__in=["", AttemptOutcome.UNKNOWN]
    ).latest("fence")
    Attempt.objects.filter(pk=last.pk).update(
        outcome=AttemptOutcome.ACCEPTED, outcome_at=Now(), detail="a receipt shows that it left"
    )
    # The worker finds its fence outgrown and says nothing more: what it would have seen to is done here.
    outcomes.duties_underway([delivery])
    outcomes.await_proof(actor=actor, incident=delivery.incident, deliveries=[delivery])
    outcomes.settled(actor=actor, delivery=delivery, reason=HEARD)


def _came_back(actor: User, delivery: Delivery, kind: ReceiptKind) -> None:
    _move(delivery, BACK[kind])
    outcomes.duties_pending([delivery])
    exposure = delivery.notification.exposure
    if kind in NEXT_STEPS:
        step = NEXT_STEPS[kind]
        outcomes.next_actions(
            actor, delivery.incident, [delivery], step.kind, step.reason, days=step.days
        )
    # Proof may still be awaited of another notice, e.g. counsel's, when the person's copy comes back.
    others = Delivery.objects.filter(
        notification__exposure=exposure, notification__is_required=True, state=DeliveryState.SENT
    ).exclude(notification__state__in=[NotificationState.NOTIFIED, NotificationState.WITHDRAWN])
    if not others.exclude(pk=delivery.pk).exists():
        followups.close_kinds(
            actor=actor, exposure=exposure, kinds=[FollowUpKind.AWAIT_PROOF], reason=HEARD
        )


def _move(delivery: Delivery, after: DeliveryState, **changes: Any) -> None:
    """Move where the machine has the arrow; later news about a delivery that is settled is only kept."""
    if states.DELIVERY.allows(delivery.state, after):
        states.DELIVERY.move(Delivery, delivery.pk, before=delivery.state, after=after, **changes)
        delivery.state = after


def _apply_row(
    actor: User, record: ReceiptRecord, file: ReceiptFile | None, report: ReceiptReport
) -> None:
    try:
        delivery = placing.delivery_of(actor, record)
    except placing.Undecided as several:
        placing.ask_which(actor=actor, record=record, file=file, deliveries=several.deliveries)
        report.refuse(
            record.row,
            _("More than one mail with this reference left, and the message does not say which of them it is about. "
              "It was applied to none: find out which."),
        )  # fmt: skip
        return
    if delivery is None:
        report.refuse(
            record.row, _("No notice with this reference left this way. Compare it with the sheet.")
        )
    elif record.at.date() < _day_it_left(delivery) and record.source == bounces.SOURCE:
        # The date is a stranger's clock's; that the mail bounced is true all the same.
        _count(report, _apply_record(actor, replace(record, at=clock.now()), delivery, file))
    elif record.at.date() < _day_it_left(delivery):
        report.refuse(record.row, _("The date lies before the day the notice left. Correct it."))
    else:
        _count(report, _apply_record(actor, record, delivery, file))


def _count(report: ReceiptReport, is_news: bool) -> None:
    report.applied += is_news
    report.repeated += not is_news


def _day_it_left(delivery: Delivery) -> date:
    """The earliest day, anywhere the letter may be handed over, on which it can have been out."""
    return ((delivery.sent_at or delivery.queued_at) - BEHIND_THE_DATABASE).date()


@again_after_a_collision
@transaction.atomic
def _apply_record(
    actor: User, record: ReceiptRecord, delivery: Delivery, file: ReceiptFile | None
) -> bool:
    if Receipt.objects.filter(source_key=record.source_key).exists():
        return False
    hold_incidents([delivery.incident_id])  # before the people, whom a bad address locks
    reason = "; ".join(part for part in (record.reason, record.remark) if part)
    if record.bad_address:
        mark_bad(actor=system_user(), delivery=delivery, reason=reason)
    news = Receipt(
        delivery=delivery, kind=record.kind, at=record.at, source=record.source, source_key=record.source_key,
        reason=reason[:120], file=file, recorded_by=actor,
    )  # fmt: skip
    receipt, is_news = _apply(actor, news)
    proof = PROOF.get((record.channel, record.kind))
    if is_news and proof:
        proving.record_evidence(
            actor=actor, notification=delivery.notification, kind=proof, proven_at=record.at, receipt=receipt,
            statement=reason, artefact_sha256=delivery.artefact.sha256,
        )  # fmt: skip
    return is_news


@transaction.atomic
def _finish(actor: User, file: ReceiptFile, report: ReceiptReport) -> None:
    ReceiptFile.objects.filter(pk=file.pk).update(
        applied=report.applied, repeated=report.repeated, refused=report.refused,
        problems=[{"row": problem.row, "sentence": problem.sentence} for problem in report.problems],
    )  # fmt: skip
    audit.record(
        actor=actor, action="receipts.imported", subject=file, kind=report.kind, rows=report.rows,
        applied=report.applied, repeated=report.repeated, refused=report.refused,
    )  # fmt: skip
