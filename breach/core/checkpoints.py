"""Signed checkpoints: where each chain of the history ended at some moment, kept outside the database.

One JSON line each, signed with Ed25519. The key is derived from the root key, so whoever can only change the
database cannot sign; the public key lets anybody verify. docs/audit-format.md describes the lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import keyring

PURPOSE = "checkpoint"


class NotACheckpoint(ValueError):
    """The line is not one of ours; the message says which line it is."""


@dataclass(frozen=True)
class Checkpoint:
    """The last link of one stream. `also` are other public keys the signer vouches for, while keys change over."""

    stream: str
    seq: int
    hash: str
    at: str  # ISO 8601, UTC
    key: str  # public key, hex
    also: tuple[str, ...] = ()
    signature: str = ""  # hex

    @property
    def signed_text(self) -> bytes:
        """What the signature covers: everything else, as JSON with sorted keys and no spaces."""
        told = {name: value for name, value in asdict(self).items() if name != "signature"}
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

    @property
    def is_signed(self) -> bool:
        """Whether the signature was made with `key`; whose key that is, is not checked here."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), self.signed_text)
        except (InvalidSignature, ValueError):
            return False
        return True

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")) + "\n"


def public_keys() -> list[str]:
    """Ours, hex, the one that signs first."""
    return [_public(_private(seed)) for seed in keyring.purpose_keys(PURPOSE)]


def sign(*, stream: str, seq: int, link: str, at: datetime) -> Checkpoint:
    """A checkpoint under the current root key that vouches for the others in use."""
    key, *also = public_keys()
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    unsigned = Checkpoint(stream, seq, link, moment, key, tuple(also))
    private = _private(keyring.purpose_key(PURPOSE))
    return replace(unsigned, signature=private.sign(unsigned.signed_text).hex())


def parse(text: str) -> list[Checkpoint]:
    """The lines of a file of checkpoints. Raises NotACheckpoint."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            told = json.loads(line)
            found.append(Checkpoint(**told | {"also": tuple(told["also"])}))
        except (ValueError, TypeError, KeyError) as problem:
            raise NotACheckpoint(f"line {number} is not a checkpoint") from problem
    return found


def untrusted(checkpoints: Iterable[Checkpoint], trusted: Iterable[str]) -> list[Checkpoint]:
    """Those not signed by a trusted key, nor by one that a trusted key vouches for."""
    left, keys, grown = list(checkpoints), set(trusted), True
    while grown:
        vouched: set[str] = set()
        doubtful = []
        for one in left:
            if one.key in keys and one.is_signed:
                vouched.update(one.also)
            else:
                doubtful.append(one)
        left, more = doubtful, vouched - keys
        keys, grown = keys | more, bool(more)
    return left


def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()
