"""Files for one recipient, in the age format: to a public key (age1…, ssh-ed25519, ssh-rsa) or a passphrase."""

from __future__ import annotations

import pyrage

SHORTEST_PASSPHRASE = 20


class UnusableKey(ValueError):
    """The text is no public key that files can be encrypted to."""


def read_key(text: str) -> str:
    """The public key in its one line. Raises UnusableKey, also for a private key that somebody pasted."""
    key = " ".join(text.split())
    _recipient(key)
    return key


def to_key(data: bytes, key: str) -> bytes:
    """Only the holder of the private key can open it."""
    return bytes(pyrage.encrypt(data, [_recipient(key)]))


def to_passphrase(data: bytes, passphrase: str) -> bytes:
    """Anybody who knows the passphrase can open it; stretched by scrypt, which takes a second or more."""
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def _recipient(key: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    try:
        if key.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(key)
        return pyrage.ssh.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise UnusableKey("not an age or SSH public key") from None
