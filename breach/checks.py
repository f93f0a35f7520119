"""System checks: what must not be true of a running installation."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def root_key_is_usable(**_kwargs: Any) -> list[CheckMessage]:
    """Every root key must be 32 random bytes in base64; without it no identity opens."""
    keys = [
        ("ROOT_KEY", settings.ROOT_KEY),
        *(("ROOT_KEY_OLD", key) for key in settings.ROOT_KEY_OLD),
    ]
    return [
        Error(
            f"{variable} must be 32 random bytes in base64.",
            hint="openssl rand -base64 32",
            id="breach.E001",
        )
        for variable, key in keys
        if not _is_usable(key)
    ]


def _is_usable(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 32
    except binascii.Error:
        return False
