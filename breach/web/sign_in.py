"""Signing in: password, then a second factor; a passkey alone, which is both; showing it again; signing out."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from breach.core.errors import Refused
from breach.core.roles import Capability, Role
from breach.models import User
from breach.services import factors, sessions

from . import signed_in
from .access import View, before_second_factor, capability, public, safe_next
from .finding import user_of
from .forms.signing import CodeForm, PasswordAgainForm


class SignInView(LoginView):  # type: ignore[misc]  # the library's base is untyped
    """User name and password. Coming back here starts over, even halfway through."""

    template_name = "registration/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "demo_accounts": demo_accounts() if settings.DEMO else []}

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        clear_login(request)


class SecondStepView(AuthenticateView):  # type: ignore[misc]  # the library's base is untyped
    """After the password: a passkey, a code of the app, or a recovery code."""

    template_name = "registration/second_step.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, **_ways(self.stage.login.user)}


def head_is_get(view: View) -> View:
    """The library counts everything but GET as a sign-in attempt; a HEAD request is not one."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.method = "GET" if request.method == "HEAD" else request.method
        return view(request, *args, **kwargs)

    return asked


sign_in = public(head_is_get(SignInView.as_view()))
second_step = public(head_is_get(SecondStepView.as_view()))
passkey_sign_in = public(head_is_get(LoginWebAuthnView.as_view()))


@public
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click on a role, where nobody is real: anywhere else there is no such page."""
    if not settings.DEMO:
        raise Http404
    chosen = request.POST.get("username", "")
    user = next((one for one in demo_accounts() if one.username == chosen), None)
    if user is None:
        raise Http404
    record_authentication(request, user, signed_in.DEMO)
    get_adapter().login(request, user)
    return redirect(safe_next(request, reverse("home")))


def demo_accounts() -> list[User]:
    """Everybody at a desk, and of the attorneys the one with the most clients, who was invited first."""
    rows = User.objects.filter(is_active=True).exclude(role__in=[Role.SYSTEM, Role.ATTORNEY])
    attorney = User.objects.filter(is_active=True, role=Role.ATTORNEY).order_by("date_joined")[:1]
    return [*rows.order_by("date_joined"), *attorney]


@before_second_factor
@require_POST
@capability(Capability.SIGNED_IN)
def sign_out(request: HttpRequest) -> HttpResponse:
    this = signed_in.current(request)
    if this is not None:
        try:
            sessions.end(actor=user_of(request), sign_in=this)
        except Refused:
            pass  # ended elsewhere in this very moment
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("sign-in")


@before_second_factor
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.SIGNED_IN)
def step_up(request: HttpRequest) -> HttpResponse:
    """Confirm who is there: before the most sensitive actions, and for a session that has only shown a password."""
    user, home = user_of(request), reverse("home")
    ways = _ways(user)
    sent = request.POST if request.method == "POST" else None
    code = CodeForm(data=sent if sent and "code" in sent else None, user=user)
    key = ReauthenticateWebAuthnForm(
        data=sent if sent and "credential" in sent else None, user=user
    )
    password = PasswordAgainForm(sent if sent and "password" in sent else None)
    if ways["has_any"]:
        shown = next((one for one in (code, key) if one.is_bound and one.is_valid()), None)
        if shown is not None:
            factor = code.authenticator if shown is code else key.cleaned_data["credential"]
            factors.used(actor=user, factor=factor)
            signed_in.shown(request, factor)
            return redirect(safe_next(request, home))
    elif password.is_bound and password.is_valid():
        if get_adapter().reauthenticate(user, password.cleaned_data["password"]):
            record_authentication(request, user, signed_in.PASSWORD, reauthenticated=True)
            return redirect(safe_next(request, home))
        password.add_error("password", _("This is not your password."))
    context = {
        "form": code if ways["has_any"] else password, "webauthn_form": key, **ways,
        "next": safe_next(request, home),
    }  # fmt: skip
    if ways["has_passkey"]:
        context["js_data"] = {"request_options": begin_authentication(user)}
    return render(request, "registration/step_up.html", context)


def _ways(user: User) -> dict[str, bool]:
    """The factors this user can show."""
    kinds = {factor.type for factor in factors.factors_of(user)}
    return {
        "has_any": bool(kinds), "has_passkey": factors.PASSKEY in kinds, "has_app": factors.APP in kinds,
    }  # fmt: skip
