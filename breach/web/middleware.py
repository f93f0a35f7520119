"""What every response needs: no caching by browsers and proxies, opened keys forgotten, a log without URLs."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from breach.core import keyring
from breach.core.agency import agency_zone
from breach.core.collisions import collided
from breach.core.errors import NotRecorded
from breach.web import errors

GetResponse = Callable[[HttpRequest], HttpResponse]
# Chromium may keep pages for "back" in spite of no-store; what the program never stores is cleared all the same.
CLEAR = '"cache", "storage"'


class HeadersMiddleware:
    """The outermost: answers that the program itself never saw carry these headers as well."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class SafeRequestMiddleware:
    """Forget opened keys after each request; name the page, not its address, in the log; clean up after signing out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = request.method == "POST" and SESSION_KEY in request.session
        try:
            response = errors.dressed(self.get_response(request))
        finally:
            keyring.forget()
            structlog.contextvars.bind_contextvars(method=request.method, route=_route(request))
        if was_in and SESSION_KEY not in request.session:
            response.headers["Clear-Site-Data"] = CLEAR
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Not server errors: a look that could not be recorded, and a change that collided with another."""
        if isinstance(exception, NotRecorded):
            return errors.unavailable(request)
        return errors.busy(request) if collided(exception) else None


class AgencyClockMiddleware:
    """Pages show times, and read typed ones, in the agency's time zone; machines get UTC."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        with timezone.override(agency_zone()):
            return self.get_response(request)


def _route(request: HttpRequest) -> str:
    """The pattern of the page ("people/<slug:reference>/"): whoever guesses addresses may type names into them."""
    match = request.resolver_match
    return match.route if match else ""
