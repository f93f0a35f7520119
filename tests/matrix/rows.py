"""How a line of the table is written. Read this first; then `table.py` needs no explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breach.core.roles import Role

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

# The columns, in the order of every string of the table:
#   W case worker, S supervisor, P privacy officer, M mail room, A auditor, T attorney, X administrator
ROLES = (
    Role.CASE_WORKER, Role.SUPERVISOR, Role.PRIVACY_OFFICER, Role.MAIL_ROOM, Role.AUDITOR, Role.ATTORNEY,
    Role.ADMINISTRATOR,
)  # fmt: skip

# What may stand in a column: the answer about a record in the user's scope.
STATUS = {
    "o": 200,  # opens; of a form that was sent empty: shown again with what is missing
    "d": 302,  # does it and leads on
    "n": 201,  # makes something new
    "b": 400,  # asks for what is missing (API)
    "c": 409,  # cannot be done as things stand (API)
    "-": 403,  # the doorbell: this role never enters, and nothing is looked up
    "l": 403,  # the lock: enters and may see the record, but not do this
    "0": 404,  # enters, and there is nothing for this role
}
SHUT = "-"
NOT_THERE, NOT_ALLOWED, TO_SIGN_IN = 404, 405, 302


@dataclass(frozen=True)
class Row:
    """One address. `kind` says which record stands in it, `answers` what each role gets, by method.

    The rest follows from four sentences of the policy, which hold for every row:

    1. A stranger, and whoever was disabled, is sent to the sign-in (pages) or refused (API), whatever the method.
    2. Whoever may not enter is refused, whatever the method and whatever stands in the address.
    3. Whoever may enter gets 405 for a method that has no column; HEAD is GET without its body.
    4. Foreign and absent records are not there, in the very same bytes. Only then does a verb say what else is wrong.
    """

    name: str
    kind: str
    answers: Mapping[str, str]
    more: Mapping[str, Any] = field(default_factory=dict)
    send: Mapping[str, Any] = field(default_factory=dict)
    files: bool = False  # the API takes a file here, and no JSON
    strangers: str = "sign-in"  # or "refused", or the letter of what they get at a public address

    def enters(self, column: int) -> bool:
        """Whether the role of this column gets past the door with any method."""
        return any(told[column] != SHUT for told in self.answers.values())

    def own(self, method: str, column: int) -> int:
        """The status for a record in the role's scope."""
        asked = "GET" if method == "HEAD" else method
        if asked in self.answers:
            return STATUS[self.answers[asked][column]]
        return NOT_ALLOWED if self.enters(column) else STATUS[SHUT]

    def elsewhere(self, method: str, column: int) -> int:
        """The status for a record of somebody else's, or for none."""
        own = self.own(method, column)
        asked = "GET" if method == "HEAD" else method
        refused = own == NOT_ALLOWED or self.answers.get(asked, SHUT * 7)[column] == SHUT
        return own if refused else NOT_THERE

    def stranger(self, method: str) -> int:
        """The status for whoever has not signed in, or was disabled since."""
        if self.strangers in ("sign-in", "refused"):
            return TO_SIGN_IN if self.strangers == "sign-in" else STATUS[SHUT]
        return STATUS[self.strangers] if self.has(method) else NOT_ALLOWED

    def has(self, method: str) -> bool:
        """Whether the table says who may use this method here; HEAD goes with GET."""
        return ("GET" if method == "HEAD" else method) in self.answers


def page(name: str, kind: str = "nothing", *, more: Mapping[str, Any] | None = None,
         send: Mapping[str, Any] | None = None, **answers: str) -> Row:  # fmt: skip
    """An address for people who have signed in."""
    return Row(name, kind, answers, more or {}, send or {})


def public(
    name: str, *, strangers: str, more: Mapping[str, Any] | None = None, **answers: str
) -> Row:
    """An address that needs no sign-in."""
    return Row(name, "nothing", answers, more or {}, strangers=strangers)


def api(name: str, kind: str = "nothing", *, more: Mapping[str, Any] | None = None,
        send: Mapping[str, Any] | None = None, files: bool = False, **answers: str) -> Row:  # fmt: skip
    """An address for machines, and for people behind them: no detour over the sign-in page."""
    return Row(name, kind, answers, more or {}, send or {}, files, strangers="refused")
