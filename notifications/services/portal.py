"""The attorney's desk: own clients only, the very letter, a typed attestation, or "not my client"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, TextChoices
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from breach.core.collisions import again_after_a_collision
from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import AffectedPerson, AuditEvent, EvidenceKind, FollowUpKind, User
from breach.services import audit, clock, followups, representation, rerouting
from breach.services.budgets import recorded
from breach.services.users import system_user
from notifications.access import OPEN_TO_COUNSEL, notifications_visible_to
from notifications.models import Delivery, Evidence, Notification
from notifications.states import NotificationState, ReceiptKind

from . import preparing, proving, receiving
from .claiming import hold_incidents
from .ledger import record_opening
from .looking import very_bytes

SOURCE = "portal"
OPENED = "notice.opened"


class NotMyClientReason(TextChoices):
    """Why an attorney sends a notice back. A closed list: free words would carry names."""

    NEVER_WAS = "never_was", gettext_lazy("I never represented this person")
    ENDED = "ended", gettext_lazy("I no longer represent this person")
    OTHER_COUNSEL = "other_counsel", gettext_lazy("Another attorney represents this person now")
    OTHER_MATTER = "other_matter", gettext_lazy("I represent this person in another matter only")


class NothingChosen(Refused):
    """An attestation is about at least one notice."""


class OtherSentence(Refused):
    """What was typed is not the sentence that was shown."""


class NotOpenedYet(Refused):
    """Nobody can confirm the receipt of a letter they have not opened."""


class ConfirmedAlready(Refused):
    """Receipt was confirmed; it cannot be sent back from here any more."""


def sentence_for(count: int) -> str:
    """What the attorney types to confirm this many notices, in the language of the page."""
    return ngettext(
        "I received this notice for my client",
        "I received these %(count)d notices for my clients",
        count,
    ) % {"count": count}


def notices_for(user: User, on: date | None = None) -> QuerySet[Notification]:
    """Own notices with `attested_at`, those still to be confirmed first. `on` is the database's date by default."""
    return (
        notifications_visible_to(user, on or clock.today())
        .annotate(attested_at=Subquery(_attestations().values("recorded_at")[:1]))
        .select_related("incident", "exposure__person", "representation")
        .order_by(F("attested_at").asc(nulls_first=True), "created_at", "pk")
    )


def to_be_confirmed(notices: QuerySet[Notification]) -> QuerySet[Notification]:
    """Those of these that no attestation is about yet, or only one that did not count and would count now."""
    return notices.filter(~Exists(_attestations()))


def _attestations() -> QuerySet[Evidence]:
    """Those that settle the matter: they prove notice, or an attestation still would not."""
    would_count = Q(
        notification__needs_interpreter=False,
        notification__incident__sufficient_evidence__contains=[EvidenceKind.ATTORNEY_ATTESTATION],
    )
    return Evidence.objects.filter(
        Q(is_sufficient=True) | ~would_count, notification=OuterRef("pk"),
        kind=EvidenceKind.ATTORNEY_ATTESTATION, disproved_at=None,
    ).order_by("recorded_at")  # fmt: skip


def open_notice(*, actor: User, notification: Notification) -> bytes:
    """The very bytes of the notice, once the look is recorded. The first look is dated.

    Counsel reads own clients' notices by right: each look is audited, and none is refused for there having been many.
    Raises Notification.DoesNotExist for what is not the actor's own, Damaged, and NotRecorded.
    """
    with recorded():
        duty = _own(actor, [notification])[0]
        artefact = letter_at_hand(duty).artefact
        first = Notification.objects.filter(pk=duty.pk, first_viewed_at=None).update(
            first_viewed_at=Now()
        )
        audit.record(
            actor=actor, action=OPENED, subject=duty, incident=duty.incident,
            delivery=artefact.delivery_id, person=duty.exposure.person_id, sha256=artefact.sha256,
            first=bool(first),
        )  # fmt: skip
        record_opening(actor=actor, duty=duty)
    return very_bytes(artefact)


@again_after_a_collision
@transaction.atomic
def attest(*, actor: User, notifications: Sequence[Notification], sentence: str) -> list[Evidence]:
    """Confirm receipt of one or many notices; each gets its own receipt and evidence, all or none.

    `sentence` must be exactly `sentence_for(len(notifications))`. Notices confirmed before are left as they are, unless
    the policy of that day did not count it and today's does.
    Raises Notification.DoesNotExist, NothingChosen, OtherSentence and NotOpenedYet.
    """
    duties = _own(actor, notifications)
    if not duties:
        raise NothingChosen(_("Choose at least one notice to confirm."))
    if sentence.strip() != sentence_for(len(duties)):
        raise OtherSentence(_("Type the sentence exactly as it is shown."))
    if unopened := _unopened(duties):
        raise NotOpenedYet(
            _("Open these notices before you confirm them: %(references)s.")
            % {"references": ", ".join(unopened)}
        )
    open_still = to_be_confirmed(Notification.objects.filter(pk__in=[duty.pk for duty in duties]))
    wanted, at = set(open_still.values_list("pk", flat=True)), clock.now()
    return [_attest(actor, duty, sentence.strip(), at) for duty in duties if duty.pk in wanted]


@again_after_a_collision
@transaction.atomic
def not_my_client(
    *, actor: User, notification: Notification, reason: NotMyClientReason | str
) -> None:
    """Send the notice back: the representation is disputed, somebody looks into it, and the person is routed anew.

    Raises Notification.DoesNotExist and ConfirmedAlready.
    """
    why = NotMyClientReason(reason)
    duty = _own(actor, [notification])[0]
    if duty.state == NotificationState.NOTIFIED:
        raise ConfirmedAlready(
            _(
                "Notice to this client is proven already. If that was a mistake, call the office that wrote to you."
            )
        )
    delivery = letter_at_hand(duty)
    assert duty.representation is not None  # the database holds that for every notice to counsel
    receiving.apply_receipt(
        actor=actor, delivery=delivery, kind=ReceiptKind.NOT_MY_CLIENT, at=clock.now(), source=SOURCE,
        source_key=f"{SOURCE}:{ReceiptKind.NOT_MY_CLIENT}:{delivery.pk}", reason=why,
    )  # fmt: skip
    representation.dispute(actor=actor, representation=duty.representation, reason=why)
    followups.open_follow_up(
        actor=actor, incident=duty.incident, exposure=duty.exposure, kind=FollowUpKind.NOT_MY_CLIENT,
        reason=gettext_lazy("The attorney of record says this is not a client: find out who speaks for the person."),
        due_on=clock.today(),
    )  # fmt: skip
    preparing.prepare(actor=system_user(), incident=duty.incident, exposures=[duty.exposure_id])


def letter_at_hand(duty: Notification) -> Delivery:
    """The last letter of this duty that went out. Raises Delivery.DoesNotExist when none did."""
    return _letters(duty).select_related("artefact").latest("queued_at")


def _letters(duty: Notification) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        notification=duty, state__in=OPEN_TO_COUNSEL, artefact__isnull=False
    )


def _unopened(duties: Sequence[Notification]) -> list[str]:
    """References of those whose letter at hand counsel has not opened; an earlier letter's opening does not count."""
    opened = AuditEvent.objects.filter(
        action=OPENED, subject_type="notification", subject_id__in=[str(duty.pk) for duty in duties]
    )
    deliveries = set(opened.values_list("changes__delivery", flat=True))
    at_hand = {duty.pk: _letters(duty).only("pk").latest("queued_at").pk for duty in duties}
    return [duty.reference for duty in duties if str(at_hand[duty.pk]) not in deliveries]


def _own(actor: User, notifications: Sequence[Notification]) -> list[Notification]:
    """These notices as they are now, locked. One that is not the actor's own is as if it did not exist."""
    require(actor, Capability.USE_PORTAL)
    wanted = {notification.pk for notification in notifications}
    # Incidents, people, duties: the order in which a change of policy, preparing and sending lock them.
    hold_incidents(notification.incident_id for notification in notifications)
    exposures = [notification.exposure_id for notification in notifications]
    rerouting.locked_people(AffectedPerson.objects.filter(exposures__in=exposures))
    duties = list(
        notifications_visible_to(actor, clock.today())
        .filter(pk__in=wanted)
        .select_related("incident", "exposure", "representation", "attorney")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if len(duties) != len(wanted):
        raise Notification.DoesNotExist
    return duties


def _attest(actor: User, duty: Notification, sentence: str, at: datetime) -> Evidence:
    delivery = letter_at_hand(duty)
    # An attestation that was taken back may be followed by another one about the same letter.
    before = Evidence.objects.filter(receipt__delivery=delivery, receipt__source=SOURCE).count()
    again = f":{before}" if before else ""
    receipt = receiving.apply_receipt(
        actor=actor, delivery=delivery, kind=ReceiptKind.ACKNOWLEDGED, at=at, source=SOURCE,
        source_key=f"{SOURCE}:{ReceiptKind.ACKNOWLEDGED}:{delivery.pk}{again}", reason="",
    )  # fmt: skip
    return proving.record_evidence(
        actor=actor, notification=duty, kind=EvidenceKind.ATTORNEY_ATTESTATION, proven_at=at, receipt=receipt,
        statement=sentence, artefact_sha256=delivery.artefact.sha256,
    )  # fmt: skip
