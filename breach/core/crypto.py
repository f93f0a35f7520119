"""Sealing bytes with AES-256-GCM and indexing exact identifiers with a keyed hash. No Django here.

A sealed value is: format byte, 12-byte nonce, ciphertext and tag. The place it belongs to (table, column, row)
is authenticated with it, so a ciphertext moved elsewhere does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(ValueError):
    """The sealed value does not open: wrong key, wrong place, or altered bytes."""

    silent_variable_failure = True  # a page shows an empty place where the value should be


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def derive(root: bytes, purpose: str) -> bytes:
    """A key for one purpose, derived from the root key (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(root)


def seal(key: bytes, plain: bytes, place: str) -> bytes:
    """Encrypt `plain` for exactly this place, e.g. ``breach_affectedperson|names|<row id>``."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Open a sealed value. Raises SealBroken; never returns the ciphertext."""
    return Unsealer(key).open(sealed, place)


class Unsealer:
    """One key, made ready once to open many values; `unseal` makes it ready each time."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def open(self, sealed: bytes, place: str) -> bytes:
        """As `unseal`. Raises SealBroken."""
        head = len(FORMAT) + NONCE_BYTES
        if sealed[: len(FORMAT)] != FORMAT or len(sealed) <= head:
            raise SealBroken(f"not a sealed value: {place}")
        try:
            return self._cipher.decrypt(sealed[len(FORMAT) : head], sealed[head:], place.encode())
        except InvalidTag as exc:
            raise SealBroken(f"the seal does not open: {place}") from exc


def unseal_any(keys: Sequence[bytes], sealed: bytes, place: str) -> bytes:
    """Open a value that one of these keys has sealed, the likeliest first. Raises SealBroken."""
    for key in keys[:-1]:
        try:
            return unseal(key, sealed, place)
        except SealBroken:
            continue
    return unseal(keys[-1], sealed, place)


def blind_index(key: bytes, kind: str, normalised: str) -> str:
    """A keyed hash (HMAC-SHA256, hex) of an exact, normalized identifier, for equality lookups only."""
    return hmac.new(key, f"{kind}|{normalised}".encode(), hashlib.sha256).hexdigest()


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
