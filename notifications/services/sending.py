"""Sending once, one delivery at a time: claim, intent, send, outcome.

The intent is committed before the first byte leaves, after the gate was asked again under lock. What happens later
can therefore only be: nothing left, it left, or nobody knows; and each of the three is written down.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as N_

from breach.core import keyring
from breach.core.roles import Capability, require
from breach.models import Incident, User
from breach.services import clock
from notifications import guards, states
from notifications.channels.base import (
    MISREAD,
    Channel,
    ChannelConfig,
    ChannelError,
    Envelope,
    OutcomeUnknown,
    Recipient,
    SmtpConfig,
)
from notifications.channels.registry import SINGLE_CHANNELS, open_channel
from notifications.models import Attempt, Delivery
from notifications.states import DeliveryState

from . import letters, outcomes
from .allowance import limit_of
from .bad_addresses import mark_bad
from .claiming import LEASE, Claim, claim, due, hold_still, still_ours, unfenced
from .reading_back import misaddressed, misread

log = structlog.get_logger(__name__)
CHANNELS = SINGLE_CHANNELS  # for the clock and the commands, which may not ask the registry
MISADDRESSED = f"{MISREAD}: the envelope is not this delivery's"
FAULT = N_("A fault in the program held this notice back before it left; the log has the place.")
PAUSES = (0.1, 0.5, 2.0, 5.0)  # seconds between tries to write an outcome down


def send_next(
    *,
    actor: User,
    channel: str,
    limit: int = 20,
    incident: Incident | None = None,
    lease: timedelta = LEASE,
) -> Counter[str]:
    """Send up to `limit` due deliveries of a channel; any number of workers may do so at once.

    Returns counts of sent, queued, failed, ambiguous and held_back. Nothing claimed means nothing is due.
    """
    require(actor, Capability.NOTIFY)
    counts: Counter[str] = Counter()
    claims = claim(due(channel, incident), limit=limit, lease=lease)
    if not claims:
        return counts
    keyring.preload(str(one.person_id) for one in claims)
    with open_channel(channel, channel_config()) as way_out:
        for one in claims:
            counts[_send(actor, way_out, one, lease)] += 1
    keyring.forget()
    return counts


def channel_config() -> ChannelConfig:
    """The relay, the spool and the portal, as set for this installation."""
    smtp: dict[str, Any] = settings.SMTP
    return ChannelConfig(
        spool=settings.SPOOL_DIR,
        portal_url=f"{settings.PUBLIC_URL}/",
        smtp=SmtpConfig(
            host=smtp["host"],
            port=smtp["port"],
            security="starttls" if smtp["use_tls"] else "none",
            user=smtp["username"],
            password=smtp["password"],
            sender=smtp["sender"],
        ),
    )


def signed_content(incidents: Sequence[Incident]) -> dict[UUID, guards.Signed | None]:
    """What may be said today, by incident."""
    found: dict[UUID, guards.Signed | None] = {}
    for incident in incidents:
        version = letters.approved_version(incident)
        found[incident.pk] = None
        if version is not None:
            languages = letters.reviewed_languages(version)
            found[incident.pk] = guards.Signed(version.pk, version.content_sha256, languages)
    return found


def pass_gate(actor: User, claims: Sequence[Claim]) -> list[Delivery]:
    """Ask the gate under lock: the claimed deliveries that may leave now. The others have stepped back.

    Must run in the transaction that commits the intent.
    """
    hold_still(claims)
    rows = unfenced(claims, guards.at_the_gate(still_ours(claims, DeliveryState.CLAIMED)))
    signed = signed_content(list({row.incident for row in rows}))
    found = guards.blockers(rows, today=clock.today(), signed=signed)
    _read_again(rows, found)
    for row in rows:
        if found[row.pk]:
            outcomes.step_back(actor=actor, delivery=row, found=found[row.pk])
    return [row for row in rows if not found[row.pk]]


def _read_again(rows: Sequence[Delivery], found: dict[UUID, list[guards.Blocker]]) -> None:
    """In the first stages of a release every letter is read once more, from the bytes as kept, before it leaves."""
    staged = {row.incident_id for row in rows}
    staged = {incident for incident in staged if limit_of(incident)[1] is not None}
    for row in rows:
        if row.incident_id in staged and not found[row.pk]:
            try:
                wrong = "misread" if misread(row) else ""
            except keyring.UNREADABLE:
                wrong = "unreadable"
            if wrong:
                found[row.pk].append(guards.Blocker(wrong))


def write_intent(rows: Sequence[Delivery], *, lease: timedelta, **changes: object) -> list[Attempt]:
    """Claimed becomes sending, and each delivery gets the attempt that names what is about to leave."""
    states.DELIVERY.move_many(
        Delivery.objects.filter(pk__in=[row.pk for row in rows]),
        before=DeliveryState.CLAIMED, after=DeliveryState.SENDING,
        lease_until=Now() + lease, tries=F("tries") + 1, **changes,
    )  # fmt: skip
    return Attempt.objects.bulk_create(
        Attempt(
            delivery=row,
            fence=row.fence,
            message_id=message_id(row.pk, row.fence),
            approved_sha256=row.letter_version.content_sha256,
            artefact_sha256="" if row.channel == guards.CALL else row.artefact.sha256,
            intent_at=Now(),
        )
        for row in rows
    )


def message_id(delivery_id: UUID, fence: int) -> str:
    """The Message-ID of one attempt: derived from the delivery's key, so that logs can be asked about it."""
    return f"<{delivery_id.hex}.{fence}@{_mail_domain()}>"


def written(verb: Callable[..., list[Delivery]], **facts: object) -> list[Delivery]:
    """Write an outcome down, again when the database broke a deadlock or the connection.

    Safe to repeat: the fence and the state let it take effect once.
    """
    for pause in PAUSES:
        try:
            return verb(**facts)
        except OperationalError:
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)
    return verb(**facts)


def _send(actor: User, way_out: Channel, one: Claim, lease: timedelta) -> str:
    try:
        envelope = _intend(actor, one, lease)
    except (DatabaseError, InterfaceError):  # not about this row
        raise
    except Exception:  # nothing has left: this one waits, the others go
        log.exception("delivery.not_intended", delivery_id=str(one.delivery_id))
        outcomes.put_back(actor=actor, claims=[one], reason=FAULT)
        envelope = None
    if envelope is None:
        return "held_back"
    try:
        if misaddressed(one.delivery_id, envelope.recipient.email, envelope.reference):
            raise ChannelError(MISADDRESSED, permanent=True)
        result = way_out.send(envelope)
    except ChannelError as refusal:
        rows = written(
            outcomes.refused,
            actor=actor,
            claims=[one],
            permanent=refusal.permanent,
            detail=str(refusal),
        )
        if refusal.bad_address and rows:
            mark_bad(actor=actor, delivery=rows[0], reason=str(refusal))
        return "failed" if refusal.permanent and rows else "queued"
    except OutcomeUnknown as doubt:
        written(outcomes.unknown, actor=actor, claims=[one], detail=str(doubt))
        return "ambiguous"
    except Exception as error:  # a fault in an adapter: nobody can say how far it came
        log.exception("channel.fault", delivery_id=str(one.delivery_id))
        written(outcomes.unknown, actor=actor, claims=[one], detail=type(error).__name__)
        return "ambiguous"
    written(
        outcomes.accepted, actor=actor, claims=[one],
        provider_reference=result.provider_reference, detail=result.detail,
    )  # fmt: skip
    return "sent"


@transaction.atomic
def _intend(actor: User, one: Claim, lease: timedelta) -> Envelope | None:
    passed = pass_gate(actor, [one])
    if not passed:
        return None
    (attempt,) = write_intent(passed, lease=lease)
    return _envelope(passed[0], attempt)


def _envelope(delivery: Delivery, attempt: Attempt) -> Envelope:
    duty, address = delivery.notification, delivery.address
    return Envelope(
        key=str(delivery.pk),
        message_id=attempt.message_id,
        reference=duty.reference,
        language=delivery.language,
        recipient=Recipient(email=str(address.get("email", ""))),
        return_address=f"bounces+{duty.reference}@{_mail_domain()}",
        sha256=attempt.artefact_sha256,
    )


def _mail_domain() -> str:
    return parseaddr(str(settings.SMTP["sender"]))[1].rpartition("@")[2] or "localhost"
