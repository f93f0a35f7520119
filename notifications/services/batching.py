"""Sending once on paper: a whole batch is one send, and the spool itself is the evidence.

The PDF is made between claim and intent, so that a crash while printing leaves nothing unclear; the gate is asked
before and, under lock, after it. A batch that lost somebody at the last moment is made again without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as N_

from breach.core import keyring
from breach.core.references import new_reference
from breach.core.roles import Capability, require
from breach.models import Incident, User
from breach.services import audit, clock
from notifications.channels.base import BatchParcel, ChannelError, OutcomeUnknown
from notifications.channels.registry import BATCH_CHANNELS, open_batch_channel
from notifications.guards import HAND
from notifications.models import Batch, Delivery
from notifications.models.batches import BatchState
from notifications.rendering.mailhouse import BatchLetter, BatchRefused, MailBatch, combine
from notifications.rendering.verifier import check_combined, check_sheet
from notifications.states import DeliveryState

from . import outcomes, ripening
from .claiming import LEASE, Claim, claim, due
from .delivery_sheets import sheet_for
from .ripening import MAX_LETTERS
from .sending import channel_config, pass_gate, write_intent, written

CHANNELS = BATCH_CHANNELS  # for the clock and the commands, which may not ask the registry
LETTERS, MANIFEST, SHEET = "letters.pdf", "manifest.csv", "sheet.pdf"
FAULTY = N_("Read back and refused: the print job did not pass the check of its pages")
log = structlog.get_logger(__name__)


class BatchAltered(Exception):
    """What lies in the spool is not what was written there: a person must look."""


@dataclass(frozen=True)
class Parcel:
    """A finished batch, not yet written, and the deliveries in it."""

    number: str
    deliveries: tuple[Delivery, ...]
    job: MailBatch
    documents: Mapping[str, bytes]


def write_batches(
    *,
    actor: User,
    channel: str,
    incident: Incident | None = None,
    max_batches: int = 1,
    lease: timedelta = LEASE,
    patient: bool = False,
) -> Counter[str]:
    """Write up to `max_batches` batches of what is due on a paper channel; any number of workers may do so.

    A patient caller leaves a group alone while letters for it are still being made (`ripening`). Returns counts of
    batches, and of letters sent, queued and held_back; none at all means nothing is due.
    """
    require(actor, Capability.NOTIFY)
    counts: Counter[str] = Counter()
    for _number in range(max_batches):
        claims = _claim_group(channel, incident, lease, patient=patient)
        if not claims:
            break
        counts += _write(actor, channel, claims, lease)
        keyring.forget()
    return counts


def settle_batch(*, actor: User, batch: Batch) -> str:
    """Settle an expired batch by the evidence in the spool: complete there means sent, else it never left.

    Returns the batch's state. Raises BatchAltered when the spool holds something else.
    """
    require(actor, Capability.NOTIFY)
    claims = [
        Claim(row.pk, row.fence, row.incident_id, row.person_id)
        for row in batch.deliveries.filter(state=DeliveryState.SENDING).order_by("pk")
    ]
    with open_batch_channel(batch.channel, channel_config()) as way_out:
        try:
            found = way_out.find_or_void(batch.number)
        except ChannelError as problem:
            raise BatchAltered(str(problem)) from problem
    if found is None:
        _conclude(actor, batch, claims, left=False, detail="never reached the spool")
    elif found.hashes.get(LETTERS) != batch.pdf_sha256:
        raise BatchAltered("the batch in the spool is not the one that was intended")
    else:
        _conclude(actor, batch, claims, left=True, detail="found in the spool")
    batch.refresh_from_db()
    return batch.state


def tidy_spool() -> int:
    """Remove what killed writers left half done."""
    return sum(open_batch_channel(name, channel_config()).tidy() for name in sorted(BATCH_CHANNELS))


def anything_ripe(channel: str) -> bool:
    """Whether a patient caller would find a batch to write."""
    return next(ripening.groups(channel, patient=True), None) is not None


@transaction.atomic
def _claim_group(
    channel: str, incident: Incident | None, lease: timedelta, *, patient: bool
) -> list[Claim]:
    """Claim what belongs into one batch."""
    with (
        connection.cursor() as cursor
    ):  # one at a time, so that a facility is not torn into two sheets
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"batch:{channel}"])
    group = next(ripening.groups(channel, incident, patient=patient), None)
    if group is None:
        return []
    return claim(group.of(due(channel, incident)), limit=MAX_LETTERS, lease=lease)


def _write(actor: User, channel: str, claims: Sequence[Claim], lease: timedelta) -> Counter[str]:
    keyring.preload(str(one.person_id) for one in claims)
    with transaction.atomic():
        passed = pass_gate(actor, claims)
    while passed:
        try:
            parcel = _make(channel, passed)
            findings = _findings(parcel)
        except BatchRefused:  # the printer itself found bytes or pages that are not as recorded
            findings = (FAULTY,)
        if findings:
            log.error("batch.faulty", count=len(findings))
            outcomes.put_back(actor=actor, claims=claims, reason=FAULTY)
            break
        ours = [one for one in claims if one.delivery_id in {row.pk for row in passed}]
        batch, passed = _intend(actor, channel, ours, parcel, lease)
        if batch is not None:
            outcome = _put_in_spool(actor, batch, ours, parcel)
            held_back = len(claims) - len(ours)
            return Counter({"batches": 1, outcome: len(ours), "held_back": held_back})
    return Counter({"held_back": len(claims)})


@transaction.atomic
def _intend(
    actor: User, channel: str, claims: Sequence[Claim], parcel: Parcel, lease: timedelta
) -> tuple[Batch | None, list[Delivery]]:
    """Commit the intent for the whole parcel; no batch when the gate now holds somebody back."""
    passed = pass_gate(actor, claims)
    if {row.pk for row in passed} != {row.pk for row in parcel.deliveries}:
        return None, passed
    first = passed[0]
    batch = Batch.objects.create(
        number=parcel.number,
        incident=first.incident,
        channel=channel,
        facility_id=first.placement.facility_id if channel == HAND and first.placement else None,
        letters=len(passed),
        pages=parcel.job.pages,
        pdf_sha256=parcel.job.pdf_sha256,
        manifest_sha256=parcel.job.manifest_sha256,
        folder=parcel.number,
    )
    write_intent(passed, lease=lease, batch=batch)
    return batch, passed


def _put_in_spool(actor: User, batch: Batch, claims: Sequence[Claim], parcel: Parcel) -> str:
    with open_batch_channel(batch.channel, channel_config()) as way_out:
        try:
            result = way_out.write(BatchParcel(batch.number, parcel.documents))
        except ChannelError as refusal:
            _conclude(actor, batch, claims, left=False, detail=str(refusal))
            return "queued"
        except OutcomeUnknown:
            settled = settle_batch(actor=actor, batch=batch)
            return "sent" if settled == BatchState.WRITTEN else "queued"
    _conclude(actor, batch, claims, left=True, detail=result.detail)
    return "sent"


def _conclude(
    actor: User, batch: Batch, claims: Sequence[Claim], *, left: bool, detail: str
) -> None:
    """Write down what became of the batch and of every letter in it, in one transaction."""

    @transaction.atomic
    def conclude() -> list[Delivery]:
        if left:
            rows = outcomes.accepted(
                actor=actor, claims=claims, provider_reference=batch.number, detail=detail
            )
        else:
            rows = outcomes.refused(actor=actor, claims=claims, permanent=False, detail=detail)
        _close(actor, batch, BatchState.WRITTEN if left else BatchState.VOID)
        return rows

    written(conclude)


def _close(actor: User, batch: Batch, state: BatchState) -> None:
    moved = Batch.objects.filter(pk=batch.pk, state=BatchState.OPEN).update(
        state=state, written_at=Now() if state is BatchState.WRITTEN else None
    )
    if moved:
        audit.record(
            actor=actor, action=f"batch.{state}", subject=batch, incident=batch.incident,
            channel=batch.channel, letters=batch.letters, pdf_sha256=batch.pdf_sha256,
        )  # fmt: skip


def _make(channel: str, deliveries: Sequence[Delivery]) -> Parcel:
    """Print the batch: the letters in one file, the manifest, and the facility's delivery sheet."""
    number, today = _new_number(), clock.today()
    incident, placement = deliveries[0].incident, deliveries[0].placement
    job = combine(
        number,
        [
            BatchLetter(
                row.notification.reference,
                row.artefact.pdf,
                row.artefact.sha256,
                row.artefact.pages,
            )
            for row in deliveries
        ],
        today,
        incident.agency_name,
        placement.facility.name if channel == HAND and placement else "",
    )
    documents = {LETTERS: job.pdf, MANIFEST: job.manifest.encode(), "cover.pdf": job.cover_pdf}
    if channel == HAND:
        documents[SHEET] = sheet_for(number, deliveries, today)
    return Parcel(number, tuple(deliveries), job, documents)


def _new_number() -> str:
    """Grouped otherwise than the letters' references, so that nobody takes one for the other."""
    plain = new_reference("B").replace("-", "")
    return f"{plain[:1]}-{plain[1:7]}-{plain[7:]}"


def _findings(parcel: Parcel) -> tuple[str, ...]:
    """What an independent reader finds wrong with the print job; nobody's letter may lie with another's."""
    letters = [row.artefact.pdf for row in parcel.deliveries]
    findings = check_combined(parcel.job.pdf, parcel.job.entries, letters)
    if SHEET in parcel.documents:
        names = {
            row.notification.reference: row.notification.exposure.person.full_name
            for row in parcel.deliveries
        }
        placement = parcel.deliveries[0].placement
        findings += check_sheet(
            parcel.documents[SHEET],
            batch=parcel.number,
            place=placement.facility.name if placement else "",
            names=names,
        )
    return findings
