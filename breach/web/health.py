"""Is this process fit to serve? For load balancers: one word, nothing about anybody."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from breach.web.access import public, without_transaction


@public
@without_transaction
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 "ok" when the database answers, 503 "database" when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
