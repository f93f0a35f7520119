"""What stands in the database, table by table, so that any change shows; and the visitors that should cause none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client

from breach.core.roles import Role
from breach.models import User
from tests.campaigns.addresses import Address, counsel
from tests.signing_in import client_of

METHODS = ("GET", "HEAD", "OPTIONS")
SHOWN = {200, 405}  # 405: the address is there, for POST only
ONLY_REDIRECTS = {"set_language"}
# The session middleware stores what a visitor has seen (messages, the time of the last request), outside of the view.
NOT_WATCHED = {"django_session"}
Fingerprints = dict[str, tuple[int, str]]


@dataclass
class Tally:
    """What a walk has found."""

    urls: int = 0
    requests: int = 0
    changed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # answers of 500 and more
    closed: list[str] = field(
        default_factory=list
    )  # addresses that were shown to nobody: they prove nothing


def tables() -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.table_names(cursor)
    return sorted(set(found) - NOT_WATCHED)


def fingerprints() -> Fingerprints:
    """Rows and a hash over all of them, for every table."""
    parts = [
        f"SELECT '{table}', count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
        f" FROM {connection.ops.quote_name(table)} t"
        for table in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {table: (rows, digest) for table, rows, digest in cursor.fetchall()}


def visitors() -> Iterator[tuple[str, Client]]:
    """Somebody of each desk, the attorney with clients, and nobody."""
    for role in Role:
        if role != Role.SYSTEM:
            user = User.objects.filter(role=role, is_active=True).order_by("date_joined")[0]
            if role == Role.ATTORNEY:
                user = counsel()
            yield str(role), client_of(user, raise_request_exception=False)
    yield "nobody", Client(raise_request_exception=False)


def walk(
    found: Iterable[Address], who: list[tuple[str, Client]], methods: Iterable[str] = METHODS
) -> Tally:
    """Ask every address by every method as everybody, and compare the tables after each address."""
    tally, before = Tally(), fingerprints()
    for address in found:
        tally.urls += 1
        answers = set()
        for (role, client), method in ((one, method) for one in who for method in methods):
            answer = client.generic(method, address.path)
            tally.requests += 1
            if method == "GET":
                answers.add(answer.status_code)
            if answer.status_code >= 500:
                tally.broken.append(f"{method} {address.name} as {role}: {answer.status_code}")
        if not answers & SHOWN and address.name not in ONLY_REDIRECTS:
            tally.closed.append(f"{address.name} at {address.path} answers {sorted(answers)}")
        after = fingerprints()
        tally.changed += [
            f"{address.name} changes {table}"
            for table in before
            if before[table] != after.get(table)
        ]
        before = after
    return tally


def writes(_request: HttpRequest) -> HttpResponse:
    """The sin the walk must find: a page that writes when it is looked at."""
    user = User.objects.filter(role=Role.AUDITOR)[0]
    user.first_name += "x"
    user.save(update_fields=["first_name"])
    return HttpResponse("seen")
