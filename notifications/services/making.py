"""Make the letters: render each queued delivery's PDF once, read it back with another library, keep the bytes.

Any number of workers in parallel. A worker that dies leaves a lease that runs out; nothing is half made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from breach.core import crypto, keyring
from breach.core.deadlines import add_business_days
from breach.core.roles import Capability, require
from breach.models import DataElement, Exposure, FollowUpKind, Incident, User
from breach.services import audit, clock, followups
from notifications import states
from notifications.guards import CALL, SENTENCES
from notifications.models import Artefact, Delivery, LetterVersion
from notifications.placeholders import MissingValue, UnknownPlaceholder
from notifications.rendering.letters import (
    LetterInput,
    LetterRefused,
    RenderedLetter,
    render_letter,
)
from notifications.rendering.pdf import FetchRefused
from notifications.rendering.verifier import ExpectedLetter, check_letter
from notifications.rendering.wording import Facts, Wording
from notifications.states import DeliveryState

from . import letters, outcomes
from .claiming import Claim, hold_still
from .questions import UNSIGNED

RENDER_LEASE = timedelta(minutes=2)
# Refusals whose words are ours and hold no values; anybody else's ValueError may quote what it could not use.
OUR_SENTENCES = (
    LetterRefused,
    FetchRefused,
    MissingValue,
    UnknownPlaceholder,
    keyring.KeyDestroyed,
)
UNFORESEEN = "An unforeseen fault while it was made; the log has the place."
log = structlog.get_logger(__name__)


class ContentNotSigned(LetterRefused):
    """Nothing is wrong with this letter: two people must sign what it would say now."""


@dataclass(frozen=True)
class Made:
    """What one turn did: letters finished, and letters that could not be made (each has a follow-up)."""

    finished: int = 0
    refused: int = 0


def make_next(*, actor: User, limit: int = 20, incident: Incident | None = None) -> Made:
    """Render, verify and keep up to `limit` letters that wait for it. Both counts 0: nothing waits."""
    require(actor, Capability.NOTIFY)
    finished = refused = 0
    leased = _lease(limit, incident)
    try:
        names = _names(leased)
        while leased:
            delivery = leased[-1]
            try:
                letter = _render(delivery, names)
            except (ValueError, keyring.KeyDestroyed) as problem:
                log.warning("letter.refused", delivery_id=str(delivery.pk), exc_info=problem)
                _refuse(actor, delivery, problem)
                refused += 1
            else:
                finished += _keep(delivery, letter)
            leased.pop()
    finally:  # interrupted: whoever goes on need not wait for our lease to run out
        Delivery.objects.filter(pk__in=[row.pk for row in leased]).update(render_lease_until=None)
        keyring.forget()
    return Made(finished, refused)


def _names(deliveries: Sequence[Delivery]) -> dict[UUID, str]:
    """Names by delivery. Whoever's cannot be read has none here; their own letter is refused when made."""
    names = {}
    for delivery in deliveries:
        with suppress(*keyring.UNREADABLE):
            names[delivery.pk] = delivery.notification.exposure.person.full_name
    return names


def waiting(incident: Incident | None = None) -> int:
    """How many queued deliveries still lack their letter."""
    return _unmade(incident).count()


def _unmade(incident: Incident | None) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(state=DeliveryState.QUEUED, artefact=None).exclude(channel=CALL)
    return rows.filter(incident=incident) if incident else rows


@transaction.atomic
def _lease(limit: int, incident: Incident | None) -> list[Delivery]:
    free = Q(render_lease_until=None) | Q(render_lease_until__lt=Now())
    ids = list(
        _unmade(incident)
        .filter(free)
        .order_by("queued_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", flat=True)[:limit]
    )
    Delivery.objects.filter(pk__in=ids).update(render_lease_until=Now() + RENDER_LEASE)
    chosen = list(
        Delivery.objects.filter(pk__in=ids).select_related(
            "incident",
            "letter_version",
            "names_counsel__attorney",
            "notification__attorney",
            "notification__exposure__person",
        )
    )
    keyring.preload(str(delivery.person_id) for delivery in chosen)
    return chosen


def _render(delivery: Delivery, names: Mapping[UUID, str]) -> RenderedLetter:
    """The finished, verified letter. Raises ValueError with a sentence free of personal data.

    `names` are those of everybody in this turn: none but the own one may be found in the letter.
    """
    duty = delivery.notification
    exposure: Exposure = duty.exposure
    person = exposure.person
    wording, facts = _words(delivery.letter_version_id, delivery.language)
    address = tuple(delivery.address["lines"])
    letter = render_letter(
        LetterInput(
            reference=duty.reference,
            wording=wording,
            facts=facts,
            role=duty.recipient_role,
            posture=exposure.posture,
            elements=tuple(e for e in DataElement.values if e in exposure.elements),
            person_name=person.full_name,
            recipient_name=delivery.address["name"],
            address=address,
            dated=clock.today(),
            counsel_name=delivery.names_counsel.attorney.name if delivery.names_counsel else "",
        )
    )
    findings = check_letter(
        letter.pdf,
        ExpectedLetter(
            reference=duty.reference,
            address=address,
            person_name=person.full_name,
            headings=wording.headings,
            foreign=tuple(name for pk, name in names.items() if pk != delivery.pk),
        ),
    )
    if findings:
        raise LetterRefused("; ".join(findings))
    return letter


@lru_cache(maxsize=8)
def _words(version_id: UUID, language: str) -> tuple[Wording, Facts]:
    # Safe to remember: a version's words never change, and its facts are those that were signed, or it is refused.
    version = LetterVersion.objects.select_related("letter__incident").get(pk=version_id)
    if letters.content_sha256(version) != version.content_sha256:
        raise ContentNotSigned(
            "The incident's facts changed after the letter was signed. Sign the new version."
        )
    wordings = letters.wordings_of(version)
    if language not in wordings:
        raise LetterRefused("The letter has no wording in this language: add a translation.")
    return wordings[language], letters.facts_of(version.letter.incident)


@transaction.atomic
def _keep(delivery: Delivery, letter: RenderedLetter) -> int:
    """Store the bytes unless the delivery was cancelled or another worker was first. Returns letters kept."""
    still = Delivery.objects.select_for_update().filter(pk=delivery.pk, state=DeliveryState.QUEUED)
    if not still.exists():
        return 0
    try:
        with transaction.atomic():
            Artefact.objects.create(
                delivery=delivery,
                person_id=delivery.person_id,
                sha256=crypto.sha256_hex(letter.pdf),
                size=len(letter.pdf),
                pages=letter.pages,
                pdf=letter.pdf,
                approved_sha256=delivery.letter_version.content_sha256,
                verified_at=Now(),
            )
    except IntegrityError:
        return 0
    return 1


@transaction.atomic
def _refuse(actor: User, delivery: Delivery, problem: Exception) -> None:
    """The letter cannot be made as things are: take it out of the outbox and give somebody the reason."""
    hold_still([Claim(delivery.pk, delivery.fence, delivery.incident_id, delivery.person_id)])
    why = str(problem) if isinstance(problem, OUR_SENTENCES) else UNFORESEEN
    reason = f"The letter could not be made: {why}"
    if isinstance(problem, ContentNotSigned):
        reason = UNSIGNED
    elif isinstance(problem, crypto.SealBroken):
        reason = why = SENTENCES["unreadable"][2]
    cancelled = states.DELIVERY.move(
        Delivery,
        delivery.pk,
        before=DeliveryState.QUEUED,
        after=DeliveryState.CANCELLED,
        state_reason=why[:300],
        fence=F("fence") + 1,
    )
    if not cancelled:
        return
    outcomes.duties_pending([delivery])
    unsigned = isinstance(problem, ContentNotSigned)
    followups.open_follow_up(
        actor=actor,
        incident=delivery.incident,
        exposure=delivery.notification.exposure,
        kind=FollowUpKind.SIGN_OFF if unsigned else FollowUpKind.SEND_FAILED,
        reason=reason,
        due_on=add_business_days(clock.today(), 1),
    )
    audit.record(
        actor=actor, action="delivery.cancelled", subject=delivery, incident=delivery.incident,
        why="letter could not be made",
    )  # fmt: skip
