"""Which sessions count, and what one without a second factor may open. Writes nothing to the database."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from breach.models import User

from . import signed_in
from .access import PUBLIC, go

GetResponse = Callable[[HttpRequest], HttpResponse]
API = "/api/"


class SessionRules:
    """Idle for 15 minutes, ended by somebody, or older than ten hours: nobody is signed in. Half signed in: only on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            if not signed_in.is_open(request, user):
                _forget(request)
            elif signed_in.is_idle(request):
                _forget(request)
                if _is_page(request):
                    messages.info(
                        request,
                        _("You were signed out because nothing happened for 15 minutes."),
                    )
        response = self.get_response(request)
        signed_in.refresh(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Before a second factor is shown every page leads to showing one, or to setting one up."""
        if not request.user.is_authenticated or getattr(view, "capability", None) == PUBLIC:
            return None
        if getattr(view, "before_second_factor", False) or signed_in.is_full(request):
            return None
        if request.path.startswith(API):
            error = {
                "code": "permission_denied",
                "detail": _("Sign in with a second factor first."),
                "attr": None,
            }
            return JsonResponse({"type": "client_error", "errors": [error]}, status=403)
        name = "step-up" if signed_in.has_factor(request) else "second-factor"
        return go(request, reverse(name))


def _forget(request: HttpRequest) -> None:
    """Nobody is signed in any more; the browser loses its cookies with this answer. The row is left as it is."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store()
    request.user = AnonymousUser()


def _is_page(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        and not request.headers.get("HX-Request")
        and not request.path.startswith(API)
    )
