"""The doorbell: each page says which capability it needs; the lock itself is in the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from breach.core.roles import Capability, require

View = Callable[..., HttpResponseBase]
PUBLIC = "public"


def capability(needed: Capability) -> Callable[[View], View]:
    """Declare and check the capability of a page: anonymous visitors sign in first, others without it get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            require(request.user, needed)
            return view(request, *args, **kwargs)

        guarded.capability = needed  # type: ignore[attr-defined]  # read by the test that walks every URL
        return guarded

    return decorate


def public(view: View) -> View:
    """Declare a page that needs no sign-in. The short list of these is tested."""
    view.capability = PUBLIC  # type: ignore[attr-defined]  # read by the test that walks every URL
    return view


def without_transaction(view: View) -> View:
    """Declare a page that must answer when the database does not, so that no transaction is opened for it."""
    view.without_transaction = True  # type: ignore[attr-defined]  # read by the middleware of safe methods
    return view


def is_without_transaction(view: View) -> bool:
    """Whether `without_transaction` was said of this page."""
    return getattr(view, "without_transaction", False)
