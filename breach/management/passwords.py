"""A password for a new account: typed twice, or made here and printed once."""

from __future__ import annotations

import getpass
import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

SECOND_FACTOR = "At the first sign-in a second factor is set up: a passkey or an authenticator app."


def new_password(*, generate: bool) -> str:
    """The password to set. Raises CommandError in whole sentences when a typed one is not acceptable."""
    if generate:
        return secrets.token_urlsafe(18)
    try:
        password = getpass.getpass("Password (15 characters or more): ")
        again = getpass.getpass("Again: ")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No password was typed. Nothing was changed.") from None
    if password != again:
        raise CommandError("The two passwords differ. Nothing was changed.")
    try:
        validate_password(password)
    except ValidationError as problem:
        raise CommandError(" ".join(problem.messages)) from None
    return password
