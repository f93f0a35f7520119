"""Asking at a door: one real request, its answer without what differs from request to request, nothing left behind.

The suite asks every cell of the table about the own record, and about foreign and absent ones wherever the role may
enter. Behind a shut door nothing is looked up, whatever stands in the address; HEAD is GET without its body; and a
method that the address does not have is refused before anything else: of these it asks one, another one for each row
and role. MATRIX=whole (`make matrix`, and CI) asks all of them.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from tests.headers import missing

from .rows import METHODS, Row
from .world import Visitor, Words, World

WHOLE = os.environ.get("MATRIX") == "whole"
SAFE = ("GET", "HEAD", "OPTIONS")
# Of this request alone: when it was, which it was, and the visitor's own cookies, of which one is renewed by the clock.
PASSING = frozenset({"date", "x-request-id", "x-correlation-id", "set-cookie"})


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` leaves out what is of this request alone; the address asked for reads "here"."""

    status: int
    headers: tuple[tuple[str, str], ...]
    cookies: frozenset[str]
    body: bytes
    lacks: tuple[str, ...] = ()  # of the headers that every answer carries

    def told_apart_from(self, other: Answer) -> str:
        """Where two answers differ; empty when not a byte does."""
        for part in ("status", "headers", "cookies", "body"):
            mine, its = getattr(self, part), getattr(other, part)
            if mine != its:
                return f"{part}: {str(mine)[:200]} and {str(its)[:200]}"
        return ""


def ask(visitor: Visitor, method: str, row: Row, words: Words) -> Answer:
    """One request, as by a browser or a machine; whatever it changed is rolled back."""
    url = reverse(row.name, kwargs={**words, **row.more})
    call = getattr(visitor.client, method.lower())
    if method in SAFE:  # read only, and rolled back by the program itself
        response = call(url)
    else:
        response = _changing(visitor, lambda: call(url, dict(row.send), **_form_of(row, method)))
    headers = tuple(
        (name, value.replace(url, "here"))
        for name, value in sorted(response.headers.items())
        if name.lower() not in PASSING
    )
    body = b"" if response.streaming else response.content
    cookies = frozenset(response.cookies) - {settings.IDLE_COOKIE_NAME}
    told = body.replace(url.encode(), b"here")
    return Answer(response.status_code, headers, cookies, told, tuple(missing(response)))


def _changing(visitor: Visitor, call: Callable[[], Any]) -> Any:
    """The answer, while what it changed is undone, in the database and in the visitor's cookies."""
    before = copy.deepcopy(visitor.client.cookies)
    with transaction.atomic():
        response = call()
        transaction.set_rollback(True)
    visitor.client.cookies = before
    return response


def _form_of(row: Row, method: str) -> dict[str, str]:
    """Machines send JSON, except files; and no form can be sent but by POST."""
    as_json = row.strangers == "refused" and not row.files
    return {"content_type": "application/json"} if as_json or method != "POST" else {}


def findings(row: Row, world: World) -> Iterator[str]:
    """Every cell of this row in which the program does something else than the table says."""
    for method in METHODS:
        for column, visitor in enumerate(world.visitors.values()):
            if WHOLE or row.has(method) or drawn(row, method, column):
                yield from _of_role(row, method, column, visitor, world)
        yield from _of_strangers(row, method, world)


def _of_role(row: Row, method: str, column: int, visitor: Visitor, world: World) -> Iterator[str]:
    assert visitor.role is not None
    where = f"{method} {row.name} as {visitor.label}"
    own = ask(visitor, method, row, world.own.of(row.kind, visitor.role))
    if own.status != row.own(method, column):
        yield f"{where}: own is {own.status}, expected {row.own(method, column)}"
    if method == "HEAD" and own.body:
        yield f"{where}: answered with a body"
    yield from (f"{where}: {header}" for header in own.lacks)
    if not (looks_up(row, method, column) or WHOLE or drawn(row, method, column)):
        return
    first: Answer | None = None
    thoroughly = method in ("GET", "POST") and row.enters(column)
    for label, words in world.elsewhere(row, visitor.role, thoroughly=thoroughly):
        answer = ask(visitor, method, row, words)
        if answer.status != row.elsewhere(method, column):
            yield f"{where}: {label} is {answer.status}, expected {row.elsewhere(method, column)}"
        first = first or answer
        if difference := answer.told_apart_from(first):
            yield f"{where}: {label} can be told apart by {difference}"


def looks_up(row: Row, method: str, column: int) -> bool:
    """Whether this role gets as far as the record."""
    return row.enters(column) and method in row.answers


def drawn(row: Row, method: str, column: int) -> bool:
    """Whether it is this method's turn; the same in every run, and all methods have theirs."""
    return METHODS[(crc32(row.name.encode()) + column) % len(METHODS)] == method


def _of_strangers(row: Row, method: str, world: World) -> Iterator[str]:
    """Whoever was disabled is a stranger: to strangers, everything everywhere is one and the same."""
    first: Answer | None = None
    for column, visitor in enumerate(world.strangers):
        everywhere = WHOLE or drawn(row, method, column)
        if not (everywhere or row.has(method)):
            continue
        for records in (world.own, world.foreign, world.absent)[: None if everywhere else 1]:
            answer = ask(visitor, method, row, records.of(row.kind))
            first = first or answer
            yield from (
                f"{method} {row.name} as {visitor.label}: {header}" for header in answer.lacks
            )
            if answer.status != row.stranger(method):
                yield f"{method} {row.name} as {visitor.label}: {answer.status}, expected {row.stranger(method)}"
            if row.strangers in ("sign-in", "refused") and (
                difference := answer.told_apart_from(first)
            ):
                yield f"{method} {row.name} as {visitor.label}: told apart by {difference}"
