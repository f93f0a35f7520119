"""Error pages in the dress of the others. They use no request, user or database: those may be what failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

# What is left to say when even the template cannot be rendered.
LAST_WORDS = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Error</title></head>'
    "<body><h1>Something went wrong on our side</h1><p>Try again in a few minutes.</p></body></html>"
)


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render_to_string("errors/400.html"), status=400)


def forbidden(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render_to_string("errors/403.html"), status=403)


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer "not there" and "not yours" alike."""
    return HttpResponse(render_to_string("errors/404.html"), status=404)


def dressed(response: HttpResponse) -> HttpResponse:
    """A method a page does not have is answered by Django with an empty page: the same answer, in words."""
    if response.status_code == 405 and not response.streaming and not response.content:
        response.content = render_to_string("errors/405.html")
    return response


def csrf_failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW: the reason is for the log, not for the page."""
    return HttpResponse(render_to_string("errors/csrf.html"), status=403)


def unavailable(request: HttpRequest) -> HttpResponse:
    """While the database, its history or a key is away; callers may try again after half a minute.

    A panel that HTMX asked for gets a panel's worth of it.
    """
    form = "errors/503_panel.html" if getattr(request, "htmx", False) else "errors/503.html"
    return HttpResponse(render_to_string(form), status=503, headers={"Retry-After": "30"})


def busy(request: HttpRequest) -> HttpResponse:
    """The database ended the change in favor of another one; it can be sent again at once."""
    form = "errors/busy_panel.html" if getattr(request, "htmx", False) else "errors/busy.html"
    return HttpResponse(render_to_string(form), status=503, headers={"Retry-After": "1"})


def server_error(_request: HttpRequest) -> HttpResponse:
    try:
        return HttpResponse(render_to_string("errors/500.html"), status=500)
    except Exception:  # the error page must never be the next error
        return HttpResponse(LAST_WORDS, status=500)
