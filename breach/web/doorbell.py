"""Checks each page in order: sign-in, then capability, then method, then the record.

Without it the method would come first wherever `require_safe` is outside `capability`, and tell strangers
which methods a page has. The API does the same in `breach.api.permissions`.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from breach.core.roles import Capability
from breach.web.access import PUBLIC, View, ring
from breach.web.middleware import GetResponse

# Forms know no others; a page that takes fewer says so itself.
METHODS = ("GET", "HEAD", "POST")


class DoorbellMiddleware:
    """Behind the sign-in and in front of every view that declares its capability."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Raises NotAllowed, which becomes a 403, for a role without the capability."""
        declared: Capability | str | None = getattr(view, "capability", None)
        if declared is None:  # the API, which has doors of its own
            return None
        if declared != PUBLIC and (elsewhere := ring(request, Capability(declared))):
            return elsewhere
        return None if request.method in METHODS else HttpResponseNotAllowed(METHODS)
