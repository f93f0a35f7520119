"""The contact log: what was tried, what came of it, and what happens next. Counsel comes before the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from breach.core.deadlines import add_business_days
from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import (
    AffectedPerson,
    ContactChannel,
    ContactLogEntry,
    ContactOutcome,
    Desk,
    Exposure,
    FollowUp,
    FollowUpKind,
    ReachedRole,
    Representation,
    User,
)
from breach.models.followups import FollowUpState
from breach.one_human import may_not_be_contacted
from breach.queries import counsel_on

from . import audit, clock, contact_proof, due_dates, followups
from .addresses import checked_language
from .priorities import desk_of
from .rerouting import locked_person

_O, _K = ContactOutcome, FollowUpKind

LONGEST_NOTE = 2000
# A clock that runs a little ahead is no reason to refuse what just happened.
CLOCKS_DIFFER = timedelta(minutes=5)
FACE_TO_FACE = (ContactChannel.IN_PERSON, ContactChannel.LEGAL_CALL, ContactChannel.VIDEO)
WHO_CAN_UNDERSTAND = (ReachedRole.PERSON, ReachedRole.REPRESENTATIVE, ReachedRole.GUARDIAN)
TOLD = (_O.UNDERSTOOD, _O.NOT_UNDERSTOOD)
# An attempt answers these; what it leads to takes their place.
ANSWERED_BY_CONTACT = (_K.CALL_BACK, _K.INTERPRETER_CALL, _K.AWAIT_PROOF)
LOGGED = _lazy("A contact was logged; the next action took its place.")


@dataclass(frozen=True)
class Proposal:
    """What to do next: kind, due date, the reason for it, and on whose desk when not the kind's own."""

    kind: str
    due_on: date
    reason: str | Promise
    desk: str = ""


@dataclass(frozen=True)
class Logged:
    """The entry, the next action it led to, and what it lacks to be proof where somebody was told and understood."""

    entry: ContactLogEntry
    proposed: FollowUp
    lacking: tuple[Promise, ...] = ()

    @property
    def proves_notice(self) -> bool:
        """Whether the entry is evidence: whoever must be told was told, with identity and understanding confirmed."""
        return self.entry.outcome == ContactOutcome.UNDERSTOOD and not self.lacking


@dataclass(frozen=True)
class _Next:
    kind: FollowUpKind
    days: int  # business days; 0 is the very day, business day or not
    reason: Promise
    desk: str = ""


NEXT: dict[str, _Next] = {
    _O.UNDERSTOOD: _Next(_K.AWAIT_PROOF, 2, _lazy("Told and understood: see that it is recorded as proof.")),
    _O.NOT_UNDERSTOOD: _Next(_K.INTERPRETER_CALL, 1, _lazy("Did not understand: explain again, with an interpreter.")),
    _O.APPOINTMENT: _Next(_K.CALL_BACK, 1, _lazy("An appointment was made: keep it.")),
    _O.NO_ANSWER: _Next(_K.CALL_BACK, 1, _lazy("No answer: try again at another time of day.")),
    _O.NEUTRAL_MESSAGE: _Next(_K.CALL_BACK, 2, _lazy("A neutral message was left: call again if nobody called back.")),
    _O.REFUSED: _Next(_K.REFUSED, 2, _lazy("The notice was refused: find another way, or somebody the person trusts.")),
    _O.WRONG_PERSON: _Next(_K.NO_ROUTE, 1, _lazy("Somebody else was reached: find the right number or address.")),
    _O.INTERPRETER_NEEDED: _Next(_K.INTERPRETER_CALL, 2, _lazy("An interpreter is needed: arrange one and call.")),
    _O.UNSAFE: _Next(_K.CALL_BACK, 1, _lazy("It was not safe to talk: choose a safer time and place.")),
    _O.MOVED: _Next(_K.TRANSFERRED, 1, _lazy("Moved: find out where to, and record the transfer.")),
    _O.DECEASED: _Next(_K.NO_ROUTE, 1, _lazy("Reported dead: verify it and record it."), Desk.SUPERVISOR),
    _O.SAFETY_CONCERN: _Next(_K.SAFETY_CONCERN, 0, _lazy("A threat was reported: act today, and tell counsel.")),
}  # fmt: skip


# Told and understood, they say; but nobody made sure of it.
UNCONFIRMED = _Next(
    _K.CALL_BACK, 1, _lazy("Told, but not confirmed: call again, and confirm identity and understanding.")
)  # fmt: skip


EARLY = _Next(
    _K.CALL_BACK, 1, _lazy("Told before the notice was prepared, which proves nothing: tell them once it is prepared.")
)  # fmt: skip


class ContactRefused(Refused):
    """What was entered does not fit together, or cannot be."""


class DirectContactRefused(ContactRefused):
    """The person is represented and contact goes through `counsel`, whose contact the sentence gives."""

    def __init__(self, counsel: Representation) -> None:
        self.counsel = counsel
        super().__init__(
            _("This person is represented: contact goes through counsel, %(contact)s.")
            % {"contact": contact_of(counsel)}
        )


class CounselUnclear(ContactRefused):
    """Somebody may speak for the person: until that is found out only a supervisor contacts them directly."""


class DoNotContact(ContactRefused):
    """The person may be contacted by a supervisor only."""


def propose_next(
    outcome: str, on: date, *, confirmed: bool = True, too_early: bool = False
) -> Proposal:
    """What follows from an outcome, counted from the day of the contact. Pure.

    `confirmed`: whether identity and understanding were, where somebody was told; `too_early`: before their notice
    was prepared.
    """
    following = NEXT[outcome]
    if outcome == _O.UNDERSTOOD and not confirmed:
        following = UNCONFIRMED
    elif outcome == _O.UNDERSTOOD and too_early:
        following = EARLY
    due_on = add_business_days(on, following.days) if following.days else on
    return Proposal(following.kind, due_on, following.reason, following.desk)


def contact_of(counsel: Representation) -> str:
    """Name, phone and e-mail of counsel, as far as they are on record."""
    attorney = counsel.attorney
    usable_email = attorney.email if attorney.can_be_mailed else ""
    return ", ".join(part for part in (attorney.name, attorney.phone, usable_email) if part)


@transaction.atomic
def log_contact(
    *,
    actor: User,
    exposure: Exposure,
    at: datetime,
    channel: str,
    reached: str,
    outcome: str,
    language: str = "",
    interpreter: str = "",
    identity_confirmed: bool = False,
    understanding_confirmed: bool = False,
    speaks_language: bool = False,
    note: str = "",
    corrects: ContactLogEntry | None = None,
    next_on: date | None = None,
) -> Logged:
    """Log one contact attempt and set the next action that follows from it.

    One that tells of notice before that notice was prepared is logged, and proves nothing (decision 28).
    `next_on` is the day agreed on, when one was. Raises DirectContactRefused, DoNotContact and CounselUnclear (never
    for a threat, which is always taken down), and ContactRefused for entries that cannot be.
    """
    require(actor, Capability.LOG_CONTACT)
    person = locked_person(exposure.person_id)
    today = clock.today()
    entry = ContactLogEntry(
        exposure=exposure, person_id=person.pk, at=at, by=actor, channel=ContactChannel(channel),
        reached=ReachedRole(reached), outcome=ContactOutcome(outcome), interpreter=interpreter.strip()[:60],
        language=checked_language(language) if language.strip() else "", note=note.strip() or None,
        identity_confirmed=identity_confirmed, understanding_confirmed=understanding_confirmed, corrects=corrects,
        speaks_language=speaks_language,
    )  # fmt: skip
    _check(entry)
    if is_direct(entry) and entry.outcome != ContactOutcome.SAFETY_CONCERN:
        counsel = counsel_on(person.pk, today, exposure.incident.forum)
        if counsel is not None:
            raise DirectContactRefused(counsel)
        if not can(actor, Capability.ASSIGN):
            _check_direct(entry, person)
    _check_next(next_on, today)
    entry.save(force_insert=True)
    lacks = contact_proof.lacking(entry) if entry.outcome == ContactOutcome.UNDERSTOOD else ()
    follow_up = _set_next(actor, entry, _proposed(entry, lacks, today), next_on)
    audit.record(
        actor=actor, action="contact.logged", subject=entry, incident=exposure.incident, exposure=exposure.pk,
        channel=entry.channel, reached=entry.reached, outcome=entry.outcome, corrects=corrects.pk if corrects else None,
    )  # fmt: skip
    return Logged(entry, follow_up, lacks)


def _check_next(next_on: date | None, today: date) -> None:
    if next_on is None:
        return
    if next_on < today:
        raise ContactRefused(_("The next date is in the past. Choose today or a later day."))
    if next_on != due_dates.at_most(next_on):
        raise ContactRefused(due_dates.too_late(today))


def _check_direct(entry: ContactLogEntry, person: AffectedPerson) -> None:
    """What only a supervisor may do. Raises DoNotContact and CounselUnclear."""
    if may_not_be_contacted(person):
        raise DoNotContact(_("This person must not be contacted directly: ask a supervisor."))
    if contact_proof.is_counsel_unclear(entry):
        raise CounselUnclear(
            _("It is not clear yet who represents this person, so nobody contacts them directly: ask a supervisor.")
        )  # fmt: skip


def is_direct(entry: ContactLogEntry) -> bool:
    """Whether this was (an attempt at) contact with the person, or the guardian, themselves."""
    if entry.reached == ReachedRole.NOBODY:
        return entry.channel in FACE_TO_FACE
    return entry.reached in (ReachedRole.PERSON, ReachedRole.GUARDIAN)


def _proposed(entry: ContactLogEntry, lacks: Sequence[Promise], today: date) -> Proposal:
    confirmed = entry.identity_confirmed and entry.understanding_confirmed
    early = contact_proof.TOO_EARLY in lacks
    return propose_next(entry.outcome, today, confirmed=confirmed, too_early=early)


def _set_next(
    actor: User, entry: ContactLogEntry, proposal: Proposal, next_on: date | None
) -> FollowUp:
    """Put the next action in the place of those this contact answered."""
    exposure = entry.exposure
    waiting = FollowUp.objects.filter(
        exposure=exposure, kind__in=ANSWERED_BY_CONTACT, state=FollowUpState.OPEN
    )
    kind = proposal.kind
    if (
        kind == FollowUpKind.CALL_BACK
        and waiting.filter(kind=FollowUpKind.INTERPRETER_CALL).exists()
    ):
        kind = FollowUpKind.INTERPRETER_CALL  # trying again still takes the interpreter
    owner = _who_goes_on(actor, exposure, kind, proposal.desk or desk_of(kind))
    if entry.outcome != ContactOutcome.SAFETY_CONCERN:
        followups.supersede(
            actor=actor, exposure=exposure, reason=LOGGED, kinds=ANSWERED_BY_CONTACT
        )
    return followups.open_follow_up(
        actor=actor, incident=exposure.incident, exposure=exposure, kind=kind, reason=proposal.reason,
        due_on=next_on or proposal.due_on, desk=proposal.desk or None, owner=owner,
    )  # fmt: skip


def _who_goes_on(actor: User, exposure: Exposure, kind: str, desk: str) -> User | None:
    """Whoever owns what is moved or answered, the person's case worker, or the caller: the first of the desk, or None.

    A colleague who has less to do does not know what was said.
    """
    about = Q(kind=kind) | Q(kind__in=ANSWERED_BY_CONTACT)
    waiting = exposure.follow_ups.filter(about, state=FollowUpState.OPEN).select_related("owner")
    same_first = sorted(waiting, key=lambda one: one.kind != kind)
    candidates = [*(one.owner for one in same_first), exposure.caseworker, actor]
    return next((one for one in candidates if one and one.is_active and one.role == desk), None)


def _check(entry: ContactLogEntry) -> None:
    if entry.at > clock.now() + CLOCKS_DIFFER:
        raise ContactRefused(_("The time is in the future. Log a contact when it has happened."))
    if entry.at < entry.exposure.incident.discovered_at:
        raise ContactRefused(
            _("The time lies before the disclosure was discovered. Correct the day and the time.")
        )
    if entry.note and len(entry.note) > LONGEST_NOTE:
        raise ContactRefused(
            _(
                "The note is longer than %(n)d characters. Keep to what happened, without the person's story."
            )
            % {"n": LONGEST_NOTE}
        )
    if entry.corrects and entry.corrects.exposure_id != entry.exposure_id:
        raise ContactRefused(_("A correction belongs to the same person as the entry it corrects."))
    spoke = entry.reached in WHO_CAN_UNDERSTAND
    if entry.outcome in TOLD and not spoke:
        raise ContactRefused(
            _(
                "Only the person, the representative or the guardian can be told. Say who was reached."
            )
        )
    if entry.outcome == ContactOutcome.NO_ANSWER and entry.reached != ReachedRole.NOBODY:
        raise ContactRefused(
            _("“No answer” and somebody reached exclude each other. Correct one of the two.")
        )
    if entry.understanding_confirmed and entry.outcome != ContactOutcome.UNDERSTOOD:
        raise ContactRefused(
            _("Understanding is confirmed only with the outcome “Told, and understood it”.")
        )
    if entry.identity_confirmed and not spoke:
        raise ContactRefused(
            _("An identity is confirmed only of somebody reached. Say who it was.")
        )
    if entry.understanding_confirmed and contact_proof.needs_interpreter(entry):
        raise ContactRefused(
            _(
                "This person is told through an interpreter: give the interpreter’s number, "
                "or say that you speak the person’s language."
            )
        )
