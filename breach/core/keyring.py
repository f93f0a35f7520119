"""The keys in use: root key (outside the database) -> key per purpose -> data key per person.

A person's data key is stored wrapped under the purpose key "people"; destroying it shreds the person.
While a root key is being replaced there are two: what is written is sealed under the current one (ROOT_KEY), what is
read may still be under another (ROOT_KEY_OLD); `breach.services.keys` moves everything over.
Opened data keys live only for the length of one request, task or command (`forget()`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache

from django.conf import settings

from . import crypto

PEOPLE = "people"
IDENTIFIERS = "identifiers"
Loader = Callable[[Iterable[str]], Mapping[str, bytes]]
Sample = Callable[[], Mapping[str, bytes]]

_loader: list[Loader] = []
_sample: list[Sample] = []
_opened: ContextVar[dict[str, bytes] | None] = ContextVar("opened_data_keys", default=None)


class KeyDestroyed(LookupError):
    """The person's data key is gone: what it sealed cannot be read any more."""

    silent_variable_failure = True  # a page shows an empty place where the value was


# Reading one row may fail like this, whatever becomes of all others.
UNREADABLE = (crypto.SealBroken, KeyDestroyed)


def use_loader(loader: Loader, sample: Sample) -> None:
    """Tell the keyring how to fetch wrapped data keys by owner id, and some of anybody's (once, when ready)."""
    _loader[:], _sample[:] = [loader], [sample]


def purpose_key(purpose: str) -> bytes:
    """The key that seals new values of this purpose."""
    return _derived(settings.ROOT_KEY, purpose)


def purpose_keys(purpose: str) -> list[bytes]:
    """Every key that may have sealed a value of this purpose, the current one first."""
    return [_derived(root, purpose) for root in (settings.ROOT_KEY, *settings.ROOT_KEY_OLD)]


def identifier_index(kind: str, value: str) -> str:
    """The keyed index under which an exact, normalized identifier is stored."""
    return crypto.blind_index(purpose_key(IDENTIFIERS), kind, value)


def identifier_indexes(kind: str, value: str) -> list[str]:
    """Every index under which an exact, normalized identifier may be found."""
    return [crypto.blind_index(key, kind, value) for key in purpose_keys(IDENTIFIERS)]


def wrap(owner: str, data_key: bytes) -> bytes:
    return crypto.seal(purpose_key(PEOPLE), data_key, f"data-key|{owner}")


def unwrap(owner: str, wrapped: bytes) -> bytes:
    return crypto.unseal_any(purpose_keys(PEOPLE), wrapped, f"data-key|{owner}")


class Unwrapper:
    """Opens the data keys of many people one after the other, and keeps none of them."""

    def __init__(self) -> None:
        self._openers = [crypto.Unsealer(key) for key in purpose_keys(PEOPLE)]

    def open(self, owner: str, wrapped: bytes) -> crypto.Unsealer:
        """The person's data key, ready to open values. Raises SealBroken."""
        place = f"data-key|{owner}"
        for opener in self._openers[:-1]:
            try:
                return crypto.Unsealer(opener.open(wrapped, place))
            except crypto.SealBroken:
                continue
        return crypto.Unsealer(self._openers[-1].open(wrapped, place))


def rewrap(owner: str, wrapped: bytes) -> bytes | None:
    """The same data key wrapped under the current root key; None when it is already. Raises SealBroken."""
    try:
        crypto.unseal(purpose_key(PEOPLE), wrapped, f"data-key|{owner}")
    except crypto.SealBroken:
        return wrap(owner, unwrap(owner, wrapped))
    return None


def remember(owner: str, data_key: bytes) -> None:
    """Keep an opened key for the current scope, e.g. right after making it."""
    _scope()[owner] = data_key


def preload(owners: Iterable[str]) -> None:
    """Open many data keys with one query, before a list is decrypted.

    One that is broken is passed over, and told of when it is asked for. Raises SealBroken when no key opens at all:
    then the root key is the wrong one, and nobody's row is to blame.
    """
    missing = [owner for owner in owners if owner not in _scope()]
    wrapped = _loader[0](missing) if missing else {}
    opened = [_try(owner, key) for owner, key in wrapped.items()]
    if wrapped and not any(opened):
        others = {owner: key for owner, key in _sample[0]().items() if owner not in wrapped}
        alone = len(wrapped) + len(others) == 1
        if not alone and not any(_try(owner, key) for owner, key in others.items()):
            raise crypto.SealBroken("no data key opens: check ROOT_KEY and ROOT_KEY_OLD")


def data_key(owner: str) -> bytes:
    """The opened data key of one person. Raises KeyDestroyed when it is gone, SealBroken when it does not open."""
    if owner not in _scope():
        wrapped = _loader[0]([owner]).get(owner)
        if wrapped is None:
            raise KeyDestroyed("the data key of this person has been destroyed")
        remember(owner, unwrap(owner, wrapped))
    return _scope()[owner]


def forget() -> None:
    """Drop every opened key. Called at the end of each request and task."""
    _opened.set(None)


@lru_cache(maxsize=64)
def _derived(root: str, purpose: str) -> bytes:
    return crypto.derive(base64.b64decode(root), f"breach/{purpose}/1")


def _try(owner: str, wrapped: bytes) -> bool:
    try:
        remember(owner, unwrap(owner, wrapped))
    except crypto.SealBroken:
        return False
    return True


def _scope() -> dict[str, bytes]:
    scope = _opened.get()
    if scope is None:
        scope = {}
        _opened.set(scope)
    return scope
