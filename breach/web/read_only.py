"""A safe method changes nothing: GET, HEAD and OPTIONS run in a READ ONLY transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse

from breach.web.access import View, is_without_transaction
from breach.web.errors import unavailable
from breach.web.middleware import GetResponse

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class WroteWhileReading(RuntimeError):
    """A safe request left work for after its commit, or an answer that reads after its transaction."""


class ReadOnlyMiddleware:
    """The last in the list, so that view and template are inside, and sessions and sign-in outside.

    A write is a programming error: PostgreSQL refuses it (ReadOnlySqlTransaction), and the answer is a 500.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            return self.get_response(request)
        with ExitStack() as stack:
            request.reading = stack  # type: ignore[attr-defined]  # from here to process_view
            response = self.get_response(request)
            if response.streaming:
                raise WroteWhileReading("a streamed answer would be made after the transaction")
            return response

    def process_view(
        self, request: HttpRequest, view: View, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if request.method not in SAFE_METHODS or is_without_transaction(view):
            return None
        try:
            # Whoever has a session of yesterday is signed out by a DELETE: that is done before.
            _ = request.user.is_authenticated
            request.reading.enter_context(reading())  # type: ignore[attr-defined]
        except OperationalError:
            return unavailable(request)
        return None


@contextmanager
def reading() -> Iterator[None]:
    """Everything inside reads one database in a transaction that cannot write. Raises WroteWhileReading."""
    with transaction.atomic():
        before = len(connection.run_on_commit)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
        left = connection.run_on_commit[before:]
        # Rolled back, so that the transaction of a test gets its own mode again.
        transaction.set_rollback(True)
        if left:
            raise WroteWhileReading("a safe request left work for after its commit")
