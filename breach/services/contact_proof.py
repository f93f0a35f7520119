"""What a logged contact lacks to prove notice, in words, and when only an interpreter can have conveyed it.

The duties decide what is proof; whoever logs a contact learns here at once whether this one can be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _lazy

from breach.cases import load_cases
from breach.models import (
    ContactLogEntry,
    EvidenceKind,
    FollowUp,
    FollowUpKind,
    ReachedRole,
)
from breach.models.followups import FollowUpState
from breach.queries import counsel_on
from breach.routing import ORAL_LANGUAGES, CaseView, routes

from . import clock
from .assignment import primary

NoticeSince = Callable[[UUID, str], datetime | None]
NOT_IDENTIFIED = _lazy("the identity was not confirmed")
NOT_UNDERSTOOD = _lazy("understanding was not confirmed")
# A mistyped year must not date the proof, and so the hold, to long before there was anything to tell.
TOO_EARLY = _lazy("the notice had not been prepared at that time")
NO_PROOF_HERE = _lazy("in this incident a contact does not prove notice")
OWED_TO: dict[str, Promise] = {
    ReachedRole.REPRESENTATIVE: _lazy("notice goes to the representative"),
    ReachedRole.GUARDIAN: _lazy("notice goes to the guardian"),
    ReachedRole.PERSON: _lazy("notice goes to the person"),
}


def lacking(entry: ContactLogEntry) -> tuple[Promise, ...]:
    """Why this contact, in which somebody was told and understood, proves no notice; empty when nothing is missing."""
    owed_to = _owed_to(entry)
    missing = (
        (not entry.identity_confirmed, NOT_IDENTIFIED),
        (not entry.understanding_confirmed, NOT_UNDERSTOOD),
        (
            EvidenceKind.CONFIRMED_CALL not in entry.exposure.incident.sufficient_evidence,
            NO_PROOF_HERE,
        ),
        (entry.reached != owed_to, OWED_TO[owed_to]),
        (entry.reached == owed_to and _is_too_early(entry), TOO_EARLY),
    )
    return tuple(words for is_missing, words in missing if is_missing)


def needs_interpreter(entry: ContactLogEntry) -> bool:
    """Whether nobody can have understood this without an interpreter, and none is named.

    So it is with a person whose best language is mostly spoken or not read, and while a call with an interpreter is
    still to be made; not when whoever called speaks the language. Counsel needs none.
    """
    if entry.reached not in (ReachedRole.PERSON, ReachedRole.GUARDIAN):
        return False
    if entry.interpreter or entry.speaks_language:
        return False
    best = next(iter(_case(entry).languages), None)
    if best and primary(best.tag) in map(primary, entry.by.languages):
        return False
    if best and (best.reads is False or (primary(best.tag) in ORAL_LANGUAGES and not best.reads)):
        return True
    return FollowUp.objects.filter(
        exposure=entry.exposure_id,
        kind=FollowUpKind.INTERPRETER_CALL,
        state=FollowUpState.OPEN,
    ).exists()


def _is_too_early(entry: ContactLogEntry) -> bool:
    """Whether no notice to whoever was reached was prepared then; when it was, the other side of the arrow says."""
    notice_since: NoticeSince = import_string(settings.NOTICE_SINCE)
    since = notice_since(entry.exposure_id, entry.reached)
    return since is None or entry.at < since


def is_counsel_unclear(entry: ContactLogEntry) -> bool:
    """Whether it is being found out who speaks for the person: routing would tell nobody meanwhile, and asks."""
    first = routes(_case(entry), clock.today())[0]
    return first.problem == FollowUpKind.DISPUTED_COUNSEL


def _owed_to(entry: ContactLogEntry) -> ReachedRole:
    if counsel_on(entry.person_id, clock.today(), entry.exposure.incident.forum):
        return ReachedRole.REPRESENTATIVE
    return ReachedRole.GUARDIAN if _case(entry).is_minor else ReachedRole.PERSON


def _case(entry: ContactLogEntry) -> CaseView:
    """The person as routing sees them; what letters there are makes no difference to a contact."""
    return load_cases([entry.exposure], clock.today(), ())[str(entry.exposure_id)]
