"""Verifies an export of the audit history. Needs Python 3.9 or later and none of the program's code.

    python3 verify_audit.py EXPORT [--checkpoints FILE [--public-key HEX ...]]

EXPORT is what `manage.py verify_audit --export` writes; audit-format.md describes both files. Prints what it
finds, one line each, and exits 1 when something is wrong. Signatures are verified when the Python package
`cryptography` is installed; the public key must come from outside the database and the checkpoint file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

OUTSIDE_THE_BODY = {"body", "hash", "prev_hash"}
CHECKPOINT = {"stream", "seq", "hash", "at", "key", "also", "signature"}


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: as text, 1 and true differ."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Chain:
    """One stream while it is read: where it stands, and what does not hold."""

    def __init__(self, stream: str) -> None:
        self.stream, self.seq, self.hash, self.events = stream, 0, "", 0
        self.hashes: dict[int, str] = {}
        self.findings: list[str] = []

    def take(self, row: dict) -> None:
        """The next event as exported."""
        self.events += 1
        seq = row.get("seq")
        if not isinstance(seq, int):
            self.say("an event without a place in the chain")
            return
        if seq != self.seq + 1:
            self.say(f"event {seq} follows event {self.seq}")
        if row.get("prev_hash") != self.hash:
            self.say(f"event {seq} does not name the hash of the event before it")
        text = f"{row.get('prev_hash')}{row.get('body')}"
        if hashlib.sha256(text.encode()).hexdigest() != row.get("hash"):
            self.say(f"event {seq} does not have the hash of its text")
        columns = {name: value for name, value in row.items() if name not in OUTSIDE_THE_BODY}
        try:
            body = json.loads(row.get("body") or "")
        except ValueError:
            body = None
        if canonical(body) != canonical(columns):
            self.say(f"event {seq} says one thing in its text and another in its columns")
        self.seq, self.hash = seq, str(row.get("hash"))
        self.hashes[seq] = self.hash

    def compare(self, checkpoint: dict) -> None:
        """The link a checkpoint remembers must still be there."""
        seq = checkpoint["seq"]
        if seq not in self.hashes:
            self.say(f"event {seq} is gone; it was there on {checkpoint['at']}")
        elif self.hashes[seq] != checkpoint["hash"]:
            self.say(f"event {seq} is not the one that was there on {checkpoint['at']}")

    def say(self, what: str) -> None:
        self.findings.append(f"{self.stream}: {what}")


def is_signed(checkpoint: dict) -> bool:
    told = {name: value for name, value in checkpoint.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint["key"]))
        public.verify(bytes.fromhex(checkpoint["signature"]), canonical(told).encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def unsigned(checkpoints: list[dict], trusted: list[str]) -> list[str]:
    """Checkpoints that neither a trusted key has signed nor one that a trusted key vouches for."""
    left, keys, grown = checkpoints, set(trusted), True
    while grown:
        vouched, doubtful = set(), []
        for one in left:
            if one["key"] in keys and is_signed(one):
                vouched.update(one["also"])
            else:
                doubtful.append(one)
        left, more = doubtful, vouched - keys
        keys, grown = keys | more, bool(more)
    return [
        f"checkpoints: that of {one['stream']} on {one['at']} is not signed by a trusted key"
        for one in left
    ]


def read_lines(path: Path) -> list[dict]:
    """The JSON objects of a file, one a line; ends the program with one sentence when it is not that."""
    try:
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
    except (OSError, ValueError) as problem:
        sys.exit(f"{path} cannot be read: {problem}")
    if not all(isinstance(row, dict) for row in rows):
        sys.exit(f"{path} holds something other than one JSON object a line.")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an export of the audit history.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoints", type=Path, metavar="FILE")
    parser.add_argument("--public-key", action="append", default=[], metavar="HEX")
    asked = parser.parse_args()
    chains: dict[str, Chain] = {}
    for row in read_lines(asked.export):
        stream = str(row.get("stream"))
        chains.setdefault(stream, Chain(stream)).take(row)
    checkpoints = read_lines(asked.checkpoints) if asked.checkpoints else []
    if not all(one.keys() >= CHECKPOINT for one in checkpoints):
        sys.exit(f"{asked.checkpoints} holds a line that is not a checkpoint.")
    newest: dict[str, int] = defaultdict(int)
    for one in checkpoints:
        chains.setdefault(one["stream"], Chain(one["stream"])).compare(one)
        newest[one["stream"]] = max(newest[one["stream"]], one["seq"])
    findings = [finding for chain in chains.values() for finding in chain.findings]
    if not checkpoints:
        print("No checkpoint: a cut tail and a chain replaced as a whole would not be seen.")
    elif not asked.public_key:
        print("Signatures NOT verified: no --public-key was given.")
    elif Ed25519PublicKey is None:
        print("Signatures NOT verified: the Python package cryptography is not installed.")
    else:
        findings += unsigned(checkpoints, asked.public_key)
    for chain in chains.values():
        print(f"{chain.stream}: {chain.events} events, checkpoint at {newest[chain.stream] or '-'}")
    print("\n".join(findings) or "Everything holds.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
