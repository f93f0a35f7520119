"""System checks: what must not be true of a running installation."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def root_key_is_usable(**_kwargs: Any) -> list[CheckMessage]:
    """The root key must be 32 random bytes in base64; without it no identity opens."""
    try:
        usable = len(base64.b64decode(settings.ROOT_KEY, validate=True)) == 32
    except binascii.Error:
        usable = False
    if usable:
        return []
    return [
        Error(
            "ROOT_KEY must be 32 random bytes in base64.",
            hint="openssl rand -base64 32",
            id="breach.E001",
        )
    ]
