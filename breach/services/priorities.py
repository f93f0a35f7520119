"""How urgent each kind of next action is, and on whose desk it lands when nobody says otherwise."""

from __future__ import annotations

from breach.models import Desk, FollowUpKind, RiskTier
from breach.queries import AT_ONCE

_K = FollowUpKind

# 1 is most urgent, 99 least. Up to AT_ONCE comes before everything else, whatever its due date.
PRIORITY: dict[str, int] = {
    _K.SAFETY_CONCERN: 1,
    _K.REMOVED_UNTOLD: 2,
    _K.AMBIGUOUS: 9,
    _K.TRANSFERRED: 30,
    _K.RETURNED: 32,
    _K.REFUSED: 34,
    _K.NOT_MY_CLIENT: 34,
    _K.UNPLACED_BOUNCE: 36,
    _K.SEND_FAILED: 36,
    _K.UNCOLLECTED: 36,
    _K.DISPUTED_COUNSEL: 38,
    _K.NO_ROUTE: 40,
    _K.SIGN_OFF: 42,
    _K.NO_TRANSLATION: 44,
    _K.INTERPRETER_CALL: 46,
    _K.CALL_BACK: 48,
    _K.ROSTER_ROWS: 50,
    _K.BLOCKED: 52,
    _K.PREPARE: 54,
    _K.AWAIT_PROOF: 60,
    _K.DUPLICATE: 66,
    _K.OTHER: 70,
}
LIFT: dict[int, int] = {RiskTier.CRITICAL: 20, RiskTier.HIGH: 10, RiskTier.STANDARD: 0}

DESKS: dict[str, Desk] = {
    _K.SAFETY_CONCERN: Desk.SUPERVISOR,
    _K.REMOVED_UNTOLD: Desk.SUPERVISOR,
    _K.AMBIGUOUS: Desk.SUPERVISOR,
    _K.BLOCKED: Desk.SUPERVISOR,
    _K.PREPARE: Desk.SUPERVISOR,
    _K.ROSTER_ROWS: Desk.SUPERVISOR,
    _K.NO_TRANSLATION: Desk.PRIVACY_OFFICER,
    _K.SIGN_OFF: Desk.PRIVACY_OFFICER,
    _K.UNPLACED_BOUNCE: Desk.MAIL_ROOM,
    _K.UNCOLLECTED: Desk.MAIL_ROOM,
}


def priority_of(kind: str, risk_tier: int = RiskTier.STANDARD) -> int:
    """The priority of a follow-up; a riskier person's comes earlier, but never among those due at once."""
    base = PRIORITY[kind]
    return base if base <= AT_ONCE else max(AT_ONCE + 1, base - LIFT[risk_tier])


def desk_of(kind: str) -> Desk:
    """Whose work this kind is: mostly the case workers'."""
    return DESKS.get(kind, Desk.CASE_WORKER)
