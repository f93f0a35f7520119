"""Two people: one asks, another approves exactly what was asked. Changed content voids the request.

An approval and its effect are one transaction: of two approvals at once one has the effect, the other a sentence.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from breach.access import approvals_visible_to
from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import Approval, ApprovalState, Incident, User
from breach.models.approvals import APPROVAL

from . import audit
from .approval_kinds import ApprovalKind, kind_of, kinds, sha256_of

LONGEST_REASON = 300
CHANGED = N_("What was asked for has changed since.")
NOT_ASKED_ANY_MORE = N_("The requester is no longer allowed to ask for this.")
REPLACED = N_("It was asked for again, as things stand now.")
TAKEN_BACK = N_("Withdrawn by the requester.")


class ApprovalRefused(Refused):
    """It cannot be asked for or decided like that; the sentence says why."""


class OwnRequest(ApprovalRefused):
    """Nobody approves what they asked for, or what is about themselves."""


class NotAsAsked(ApprovalRefused):
    """The request became void or expired: nothing was done."""


@transaction.atomic
def ask(
    *,
    actor: User,
    kind: str,
    subject: Model,
    reason: str,
    incident: Incident | None = None,
    payload: dict[str, Any] | None = None,
) -> Approval:
    """Ask for a second person's approval of exactly what is so now. Raises ApprovalRefused, or what the kind refuses.

    Of one kind and subject one request is open at a time; one that is out of date gives way to the new one.
    """
    how = kinds()[kind]
    require(actor, how.requested_with)
    approval = Approval(
        kind=kind, incident=incident, subject_type=subject._meta.model_name or "", subject_id=subject.pk,
        payload=payload or {}, reason=_sentence(reason), needs=how.approved_with, requested_by=actor,
        expires_at=Now() + how.lasts,
    )  # fmt: skip
    approval.content = how.content(approval)
    approval.content_sha256 = sha256_of(approval, approval.content)
    _make_way_for(actor, approval)
    try:
        with transaction.atomic():
            approval.save(force_insert=True)
    except IntegrityError:  # somebody asked in the same moment
        raise ApprovalRefused(_waits_already()) from None
    approval.refresh_from_db()
    _record(actor, "approval.asked", approval, reason=approval.reason)
    return approval


def approve(*, actor: User, approval: Approval, sha256: str, reason: str = "") -> Approval:
    """Approve what has this hash, and have it done. `sha256` is that of the page the approver has read.

    Raises OwnRequest, ApprovalRefused (decided already), NotAsAsked (the content changed: the request is void and
    nothing is done), and what the effect refuses (then the request stays open).
    """
    with transaction.atomic():
        problem = _approve(actor, approval, sha256, reason.strip()[:LONGEST_REASON])
    if problem:  # raised after the commit: that the request is void must be kept
        raise NotAsAsked(problem)
    approval.refresh_from_db()
    return approval


@transaction.atomic
def refuse(*, actor: User, approval: Approval, reason: str) -> Approval:
    """Say no, with a reason; nothing is done."""
    current, how = _open(actor, approval)
    require(actor, how.approved_with)
    _another_person(actor, current)
    _decide(current, ApprovalState.REFUSED, actor, _sentence(reason))
    how.after_refusal(actor=actor, approval=current)
    _record(actor, "approval.refused", current, reason=reason)
    return current


@transaction.atomic
def take_back(*, actor: User, approval: Approval) -> Approval:
    """Take the own request back; it becomes void."""
    current, how = _open(actor, approval)
    if current.requested_by_id != actor.pk:
        raise ApprovalRefused(_("Somebody else asked for this: you can only refuse it."))
    _end(actor, how, current, ApprovalState.VOID, TAKEN_BACK)
    return current


@transaction.atomic
def expire_old(*, actor: User) -> int:
    """Close what nobody approved in time; returns how many."""
    require(actor, Capability.NOTIFY)  # the clock's errand, like all housekeeping
    late = Approval.objects.filter(state=ApprovalState.OPEN, expires_at__lte=Now())
    rows = list(late.select_for_update(of=("self",), skip_locked=True).select_related("incident"))
    for row in rows:
        _end(actor, kind_of(row), row, ApprovalState.EXPIRED, "")
    return len(rows)


def _approve(actor: User, approval: Approval, sha256: str, reason: str) -> str:
    """Approve and carry out, in the caller's transaction; a sentence when the request ended instead."""
    current, how = _open(actor, approval)
    require(actor, how.approved_with)
    _another_person(actor, current)
    if sha256 != current.content_sha256:
        raise ApprovalRefused(_("This is not what you have read. Open the request and read it."))
    if not can(current.requested_by, how.requested_with):
        return _void(actor, how, current, NOT_ASKED_ANY_MORE)
    if not _is_as_asked(how, current):
        return _void(actor, how, current, CHANGED)
    in_time = {"expires_at__gt": Now()}
    if not _decide(current, ApprovalState.APPROVED, actor, reason, where=in_time):
        _end(actor, how, current, ApprovalState.EXPIRED, "")
        return _("This request is too old. Nothing was done; ask for it again.")
    how.carry_out(actor=actor, approval=current)
    _record(actor, "approval.approved", current, reason=reason)
    return ""


def _open(actor: User, approval: Approval) -> tuple[Approval, ApprovalKind]:
    """The request, locked, and its kind. Raises Approval.DoesNotExist when the actor may not see it."""
    visible = approvals_visible_to(actor).select_for_update(of=("self",))
    current = visible.select_related("incident", "requested_by").get(pk=approval.pk)
    if current.state != ApprovalState.OPEN:
        raise ApprovalRefused(
            _("This request is decided already: %(state)s. Nothing was done again.")
            % {"state": current.get_state_display()}
        )
    return current, kind_of(current)


def _another_person(actor: User, approval: Approval) -> None:
    if actor.pk == approval.requested_by_id:
        raise OwnRequest(_("You asked for this yourself: another person has to decide."))
    if actor.pk == approval.subject_id:
        raise OwnRequest(_("This is about yourself: another person has to decide."))


def _is_as_asked(how: ApprovalKind, approval: Approval) -> bool:
    how.lock(approval)
    try:
        now = sha256_of(approval, how.content(approval))
    except Refused:
        return False  # there is nothing left to ask for
    return now == approval.content_sha256


def _make_way_for(actor: User, fresh: Approval) -> None:
    """Close an open request for the same that is out of date; refuse to ask twice for what still waits."""
    same = Approval.objects.filter(
        kind=fresh.kind, subject_id=fresh.subject_id, state=ApprovalState.OPEN
    )
    for row in same.select_for_update(of=("self",)).select_related("incident"):
        if row.content_sha256 == fresh.content_sha256 and not _is_late(row):
            raise ApprovalRefused(_waits_already())
        _end(actor, kind_of(row), row, ApprovalState.VOID, REPLACED, clear=False)


def _waits_already() -> str:
    return _("This has been asked for already, and waits for approval.")


def _is_late(approval: Approval) -> bool:
    return Approval.objects.filter(pk=approval.pk, expires_at__lte=Now()).exists()


def _void(actor: User, how: ApprovalKind, approval: Approval, why: str) -> str:
    _end(actor, how, approval, ApprovalState.VOID, why)
    return f"{_(why)} {_('The request is void and nothing was done; it can be asked for again.')}"


def _end(
    actor: User, how: ApprovalKind, approval: Approval, state: str, why: str, *, clear: bool = True
) -> None:
    """Close a request without its effect. Not the actor decided: the circumstances did."""
    _decide(approval, state, None, why)
    if clear:
        how.after_refusal(actor=actor, approval=approval)
    _record(actor, f"approval.{state}", approval, reason=why)


def _decide(
    approval: Approval,
    state: str,
    by: User | None,
    reason: str,
    where: dict[str, Any] | None = None,
) -> bool:
    won = APPROVAL.move(
        Approval, approval.pk, before=ApprovalState.OPEN, after=state, where=where,
        decided_by=by, decided_at=Now(), decision_reason=reason,
    )  # fmt: skip
    if won:
        approval.refresh_from_db(fields=["state", "decided_by", "decided_at", "decision_reason"])
    return won


def _sentence(reason: str) -> str:
    if not reason.strip():
        raise ApprovalRefused(_("The reason is empty. Write one sentence for the history."))
    return reason.strip()[:LONGEST_REASON]


def _record(actor: User, action: str, approval: Approval, *, reason: str) -> None:
    audit.record(
        actor=actor, action=action, subject=approval, incident=approval.incident, reason=reason,
        kind=approval.kind, about=approval.subject_type, about_id=approval.subject_id,
        content_sha256=approval.content_sha256, requested_by=approval.requested_by_id,
    )  # fmt: skip
