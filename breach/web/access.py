"""The doorbell: each page declares the capability it needs; the lock itself is in the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from breach.core.roles import Capability, require

from . import signed_in

View = Callable[..., HttpResponseBase]
PUBLIC = "public"
SAFE = ("GET", "HEAD", "OPTIONS")


def capability(needed: Capability) -> Callable[[View], View]:
    """Declare and check the capability of a page: anonymous visitors sign in first, others without it get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return ring(request, needed) or view(request, *args, **kwargs)

        guarded.capability = needed  # type: ignore[attr-defined]  # read by the test that walks every URL
        return guarded

    return decorate


def ring(request: HttpRequest, needed: Capability) -> HttpResponse | None:
    """A redirect to sign-in for anonymous users, None for those who may enter; raises NotAllowed for everybody else."""
    if not request.user.is_authenticated:
        return go(request, redirect_to_login(_page_of(request)).url)
    require(request.user, needed)
    return None


def public(view: View) -> View:
    """Declare a page that needs no sign-in. The short list of these is tested."""
    view.capability = PUBLIC  # type: ignore[attr-defined]  # read by the test that walks every URL
    return view


def without_transaction(view: View) -> View:
    """Declare a page that must answer when the database does not, so that no transaction is opened for it."""
    view.without_transaction = True  # type: ignore[attr-defined]  # read by the middleware of safe methods
    return view


def is_without_transaction(view: View) -> bool:
    """Whether the page is declared `without_transaction`."""
    return getattr(view, "without_transaction", False)


def before_second_factor(view: View) -> View:
    """Declare a page that somebody who has only typed a password may open. The short list of these is tested."""
    view.before_second_factor = True  # type: ignore[attr-defined]  # read by the session rules
    return view


def recently_signed_in(view: View) -> View:
    """Ask for the second factor again when the last one is older than five minutes, and come back afterward.

    Goes below @capability, on the form as well as on its action: a user who opens the form late is asked then, with
    nothing typed yet. A form that went stale while it was filled in is not carried out; its page comes back.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if signed_in.is_recent(request):
            return view(request, *args, **kwargs)
        if request.method not in SAFE:
            messages.warning(
                request,
                _("Nothing was done yet: it has been too long since you confirmed who you are."),
            )
        return go(request, f"{reverse('step-up')}?{urlencode({'next': _page_of(request)})}")

    guarded.recently_signed_in = True  # type: ignore[attr-defined]  # read by tests
    return guarded


def recently_signed_in_to_send(view: View) -> View:
    """The same for a page that is open all day: only a submitted form asks for the factor."""
    asking = recently_signed_in(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = view if request.method in SAFE else asking
        return chosen(request, *args, **kwargs)

    guarded.recently_signed_in_to_send = True  # type: ignore[attr-defined]  # read by tests
    return guarded


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect the whole page, even when only a part of it was requested."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where a form wants to go afterward, if that is one of our pages."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if own else otherwise


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for a sent form or a part of a page the one it stands on."""
    part = bool(request.headers.get("HX-Request"))
    if request.method in SAFE and not part:
        return request.get_full_path()
    came_from = request.headers.get("HX-Current-URL" if part else "Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure()):
        parts = urlsplit(came_from)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.get_full_path()
