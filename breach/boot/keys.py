"""The keys that the embedded set-up makes for itself, and how they are known again: production takes none of them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path

MARK = "embedded-"
_RANDOM, _CHECK = 24, 8  # bytes of a root key: 192 random bits, and what tells where they come from


def new_secret_key() -> str:
    return MARK + secrets.token_urlsafe(48)


def new_root_key() -> str:
    """32 bytes in base64 like any root key; the last eight follow from the others, by which it is recognised."""
    random = secrets.token_bytes(_RANDOM)
    return base64.b64encode(random + _check(random)).decode()


def made_here(key: str, data_dir: Path) -> bool:
    """Whether the set-up has made this key, here or elsewhere; older keys bear no mark, and are known by their file."""
    if key.startswith(MARK):
        return True
    for name in ("secret-key", "root-key"):
        file = data_dir / "keys" / name
        try:
            if key == file.read_text().strip():
                return True
        except OSError:
            continue
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        return False
    return len(raw) == _RANDOM + _CHECK and raw[_RANDOM:] == _check(raw[:_RANDOM])


def _check(random: bytes) -> bytes:
    return hashlib.sha256(MARK.encode() + random).digest()[:_CHECK]
