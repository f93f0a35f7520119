"""The frame of every look: counted, recorded, and refused when the budget is spent or the history cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from breach.core.budgets import HOUR, Standing, limits_of
from breach.core.errors import NotRecorded, Refused
from breach.core.roles import Capability, require
from breach.looks import GRANTED, REFUSED, WARNED, standing
from breach.models import Incident, User

from . import audit


class BudgetSpent(Refused):
    """So many people were opened lately that somebody else must say that more are needed."""


class GrantRefused(Refused):
    """Nobody grants themselves more, nor more than a day's budget at once."""


@contextmanager
def counted(*, actor: User, incident: Incident, openings: int = 1) -> Iterator[None]:
    """Around the recording of a look at so many people: one transaction, and only with room in the budget.

    Two looks of one user at once wait for each other, so that both cannot take the last place. What is to be shown
    may be opened only after this has ended: a row, or its place in the chain, that cannot be written raises
    NotRecorded. A refusal is recorded itself, for those who may grant more. Raises BudgetSpent.
    """
    try:
        with recorded():
            before = _locked(actor)
            if short := before.lacks(openings):
                raise BudgetSpent(_sentence(before, short))
            yield
            if window := before.warned_by(openings):
                _tell(actor, incident, WARNED, window, before, openings)
    except BudgetSpent:
        with recorded():
            _tell(actor, incident, REFUSED, short, before, openings)
        raise


@transaction.atomic
def grant(*, actor: User, user: User, more: int, reason: str) -> None:
    """Let somebody open so many more people within the next day. Raises GrantRefused."""
    require(actor, Capability.GRANT_LOOKS)
    limits = limits_of(user.role)
    if user.pk == actor.pk:
        raise GrantRefused(
            _("You cannot grant yourself more. Ask another supervisor or the privacy officer.")
        )
    if not user.is_active or limits is None:
        raise GrantRefused(_("This account has no budget that could be widened."))
    if not 1 <= more <= limits[1]:
        raise GrantRefused(
            _("Grant between 1 and %(limit)s; that is a day’s budget of this desk.")
            % {"limit": limits[1]}
        )
    audit.record(actor=actor, action=GRANTED, subject=user, reason=reason, more=more)


@contextmanager
def recorded() -> Iterator[None]:
    """One transaction whose rows get their place in the chain, or NotRecorded."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as fault:
        raise NotRecorded("a look could not be recorded") from fault


def _locked(actor: User) -> Standing:
    """The user's standing, with every other look of the same user waiting until this transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"looks:{actor.pk}"]
        )
    return standing(actor)


def _tell(
    actor: User, incident: Incident, action: str, window: str, found: Standing, openings: int
) -> None:
    spent, limit = {name: (used, most) for name, used, most in found.windows()}[window]
    audit.record(
        actor=actor, action=action, subject=actor, incident=incident, window=window, spent=spent,
        wanted=openings, limit=limit,
    )  # fmt: skip


def _sentence(found: Standing, window: str) -> str:
    spent = {name: (used, most) for name, used, most in found.windows()}[window]
    words = {"spent": spent[0], "limit": spent[1]}
    if window == HOUR:
        return (
            _(
                "You have opened %(spent)s of %(limit)s people in the last hour, and there is no room for this. "
                "Wait a while, or ask a supervisor or the privacy officer to grant you more for today."
            )
            % words
        )
    return (
        _(
            "You have opened %(spent)s of %(limit)s people in the last 24 hours, and there is no room for this. "
            "Ask a supervisor or the privacy officer to grant you more for today."
        )
        % words
    )
