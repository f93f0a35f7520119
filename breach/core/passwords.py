"""Passwords that an attacker tries first: Django's list of breached ones, and what people make of them to be longer."""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

SHORTEST_UNIT = 4  # "abcabcabcabcabc" is one of three


class KnownPasswordValidator(CommonPasswordValidator):
    """Refuses a known password, also when it only comes with numbers and signs around it, or several times over.

    Few of the 20,000 passwords of the list have 15 characters; what is made of them to reach that length does.
    """

    def validate(self, password: str, user: object = None) -> None:
        for core in _cores(password.lower().strip()):
            if len(core) < SHORTEST_UNIT:
                raise ValidationError(self.get_error_message(), code="password_too_common")
            super().validate(core, user)  # type: ignore[arg-type]  # the user is not looked at


def _cores(password: str) -> set[str]:
    """The password, and what is left of it without decoration and repetition."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    return {password, bare or password, _unit(password), _unit(bare or password)}


def _unit(text: str) -> str:
    """The shortest piece of which the text is a repetition: itself, mostly."""
    at = (text + text).find(text, 1)
    return text[:at]
