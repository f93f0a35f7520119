"""Secrets of second factors, sealed before they reach the database: whoever copies it can show none of them."""

from __future__ import annotations

import base64

from . import crypto, keyring

PURPOSE = "second-factors"
PLACE = "mfa_authenticator|secret"


def seal(text: str) -> str:
    """A secret as it is stored."""
    sealed = crypto.seal(keyring.purpose_key(PURPOSE), text.encode(), PLACE)
    return base64.b64encode(sealed).decode()


def unseal(sealed: str) -> str:
    """A stored secret, opened. Raises SealBroken."""
    keys = keyring.purpose_keys(PURPOSE)
    return crypto.unseal_any(keys, base64.b64decode(sealed), PLACE).decode()


def reseal(sealed: str) -> str | None:
    """The same secret under the current root key; None when it is already. Raises SealBroken."""
    try:
        crypto.unseal(keyring.purpose_key(PURPOSE), base64.b64decode(sealed), PLACE)
    except crypto.SealBroken:
        return seal(unseal(sealed))
    return None
