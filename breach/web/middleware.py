"""What every answer needs: opened data keys forgotten, nothing personal cached."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from breach.core import keyring

GetResponse = Callable[[HttpRequest], HttpResponse]


class SafeRequestMiddleware:
    """Forget opened keys after each request; tell browsers and proxies to store nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self.get_response(request)
        finally:
            keyring.forget()
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
