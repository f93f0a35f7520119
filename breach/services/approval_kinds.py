"""What can be approved: each kind is a small class; settings.APPROVAL_KINDS names those of both sides.

The letters' side is reached only by that list, as the composition root allows: one arrow.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from breach.access import approvals_may_wait_for, approvals_waiting_for
from breach.core.roles import Capability
from breach.models import Approval, User

Words = str | Promise


@dataclass(frozen=True)
class Page:
    """A page by the name of its URL, so that a verb needs to know no page; shown to who holds `needs`."""

    name: str
    parts: Mapping[str, object]
    needs: Capability


@dataclass(frozen=True)
class Described:
    """What the approver sees: the question, exactly what was asked, what will happen, what to think of."""

    question: Words
    facts: Sequence[tuple[Words, object]]
    effect: Words
    warnings: Sequence[Words] = ()


@dataclass(frozen=True)
class WaitingElsewhere:
    """Work for a second person that has a book of its own, e.g. a letter's signatures."""

    kind: Words
    title: str
    asked_by: str
    since: datetime | None
    page: Page


class ApprovalKind(ABC):
    """One thing that takes two people.

    `content` is computed from the database, at the request and again in the approving transaction: ids, states, counts,
    hashes, never personal data. It raises Refused when there is nothing to ask (any more).
    """

    code: ClassVar[str]
    label: ClassVar[Words]
    requested_with: ClassVar[Capability]
    approved_with: ClassVar[Capability]
    lasts: ClassVar[timedelta] = timedelta(days=7)

    # A kind that needs rows to stand still between hash and effect locks them here, first thing when approving.
    def lock(self, approval: Approval) -> None:  # noqa: B027  # most kinds lock in their verb
        """Hold what `content` reads still until the effect is done."""

    @abstractmethod
    def content(self, approval: Approval) -> dict[str, Any]:
        """What is approved, as it stands now."""

    @abstractmethod
    def describe(self, approval: Approval) -> Described:
        """What was asked, in words, from `approval.content`: exactly what the hash covers."""

    @abstractmethod
    def carry_out(self, *, actor: User, approval: Approval) -> None:
        """Do it, in the transaction of the approval; `actor` is who approved."""

    def after_refusal(self, *, actor: User, approval: Approval) -> None:  # noqa: B027  # most kinds leave nothing behind
        """Clear away what was prepared for a request that will not be approved."""

    def page(self, approval: Approval) -> Page | None:
        """Where the approver can look at the subject itself."""
        return None


@cache
def _kinds(names: tuple[str, ...]) -> dict[str, ApprovalKind]:
    found: dict[str, ApprovalKind] = {}
    for name in names:
        kind: ApprovalKind = import_string(name)()
        found[kind.code] = kind
    return found


def kinds() -> Mapping[str, ApprovalKind]:
    """All kinds by code."""
    return _kinds(tuple(settings.APPROVAL_KINDS))


def kind_of(approval: Approval) -> ApprovalKind:
    return kinds()[approval.kind]


def waiting_elsewhere(user: User) -> list[WaitingElsewhere]:
    """What waits for this user's second signature in another book."""
    found: list[WaitingElsewhere] = []
    for name in settings.APPROVAL_BOOKS:
        book: Callable[[User], list[WaitingElsewhere]] = import_string(name)
        found += book(user)
    return found


def waiting_for(user: User) -> int:
    """How much waits for this user as the second person, in all books; every page asks, so the short question first."""
    here = approvals_waiting_for(user).count() if approvals_may_wait_for(user) else 0
    return here + len(waiting_elsewhere(user))


def sha256_of(approval: Approval, content: Mapping[str, Any]) -> str:
    """The hash of what is approved: the kind, the subject, what was chosen and what the database says about it."""
    whole = {
        "kind": approval.kind,
        "incident": str(approval.incident_id or ""),
        "subject": [approval.subject_type, str(approval.subject_id)],
        "payload": approval.payload,
        "content": content,
    }
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
