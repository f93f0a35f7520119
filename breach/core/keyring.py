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

_loader: list[Loader] = []
_opened: ContextVar[dict[str, bytes] | None] = ContextVar("opened_data_keys", default=None)


class KeyDestroyed(LookupError):
    """The person's data key is gone: what it sealed cannot be read any more."""

    silent_variable_failure = True  # a page shows an empty place where the value was


def use_loader(loader: Loader) -> None:
    """Tell the keyring how to fetch wrapped data keys by owner id (called once, when the app is ready)."""
    _loader[:] = [loader]


def purpose_key(purpose: str) -> bytes:
    """The key that seals new values of this purpose."""
    return _derived(settings.ROOT_KEY, purpose)


def purpose_keys(purpose: str) -> list[bytes]:
    """Every key that may have sealed a value of this purpose, the current one first."""
    return [_derived(root, purpose) for root in (settings.ROOT_KEY, *settings.ROOT_KEY_OLD)]


def identifier_index(kind: str, value: str) -> str:
    """The keyed index under which an exact, normalised identifier is stored."""
    return crypto.blind_index(purpose_key(IDENTIFIERS), kind, value)


def identifier_indexes(kind: str, value: str) -> list[str]:
    """Every index under which an exact, normalised identifier may be found."""
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
    """Open many data keys with one query, before a list is decrypted."""
    missing = [owner for owner in owners if owner not in _scope()]
    if missing:
        for owner, wrapped in _loader[0](missing).items():
            remember(owner, unwrap(owner, wrapped))


def data_key(owner: str) -> bytes:
    """The opened data key of one person. Raises KeyDestroyed when it is gone."""
    preload([owner])
    try:
        return _scope()[owner]
    except KeyError as exc:
        raise KeyDestroyed("the data key of this person has been destroyed") from exc


def forget() -> None:
    """Drop every opened key. Called at the end of each request and task."""
    _opened.set(None)


@lru_cache(maxsize=64)
def _derived(root: str, purpose: str) -> bytes:
    return crypto.derive(base64.b64decode(root), f"breach/{purpose}/1")


def _scope() -> dict[str, bytes]:
    scope = _opened.get()
    if scope is None:
        scope = {}
        _opened.set(scope)
    return scope
