"""The hooks of django-allauth: how sign-in works here, and how secrets of second factors are kept."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from breach.core import factor_secrets
from breach.models import User
from breach.services import sessions

from . import signed_in
from .shell import PRODUCT_NAME

WRONG = _("The user name and password do not match.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library's base is untyped
    """Nobody signs up; every sign-in begins one of our sessions; no answer reveals whether an account exists."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many wrong codes. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Attempts are counted by axes, for name and address together."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sessions.failed()

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        signed_in.begin(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """A passkey of a closed account: the same as one nobody knows."""
        sessions.failed()
        messages.error(request, FactorAdapter.error_messages["incorrect_code"])
        return HttpResponseRedirect(reverse("sign-in"))

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only form errors: pages give all other messages themselves, in our words."""
        if kwargs.get("message"):
            super().add_message(request, level, *args, **kwargs)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Only one page answers in JSON: the one from which a passkey gets its challenge."""
        return request.path == reverse("mfa_login_webauthn") and super().is_ajax(request)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library's base is untyped
    """Secrets are sealed under the root key; what a phone shows names the product, not the person."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This did not work. Try again, or confirm who you are another way."),
    }

    def encrypt(self, text: str) -> str:
        return factor_secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor_secrets.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return PRODUCT_NAME

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.label, "name": user.get_username()}

    def _get_site_name(self) -> str:
        return PRODUCT_NAME


def client_ip(request: HttpRequest) -> str:
    """The visitor's address, behind as many proxies as PROXIES says."""
    return str(get_client_ip(request) or "")


def typed_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """The user name of an attempt to sign in, for counting it."""
    given = (credentials or {}).get("username")
    return given or (request.POST.get("login") if request is not None else None)
