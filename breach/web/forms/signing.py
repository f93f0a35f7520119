"""Forms of signing in: a password first, then a second factor; and showing one of them again."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import SignupWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

from breach.services import sessions

CODE_INPUT = forms.TextInput(
    attrs={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false"}
)


class SignInForm(LoginForm):  # type: ignore[misc]  # the library's base is untyped
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, password = self.fields["login"], self.fields["password"]
        name.label, password.label = _("User name"), _("Password")
        name.widget.attrs = {"autocomplete": "username", "spellcheck": "false"}
        password.widget.attrs = {"autocomplete": "current-password"}
        password.help_text = ""


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # the library's base is untyped
    """A code of the authenticator app, or one of the recovery codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.widget = _("Code"), CODE_INPUT
        code.help_text = _("The six digits of your authenticator app, or a recovery code.")

    def _emit_authentication_failed(self, authenticator: object) -> None:
        sessions.failed(actor=self.user)


class SecondStepForm(CodeForm):
    """The code at sign-in."""


class NewAppForm(ActivateTOTPForm):  # type: ignore[misc]  # the library's base is untyped
    """The first code of an authenticator app that has just read the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label, code.widget = _("Code in the app"), CODE_INPUT
        code.help_text = _("Six digits; they change every half minute.")


class NewPasskeyForm(SignupWebAuthnForm):  # type: ignore[misc]  # the library's base is untyped
    """What the browser answers when it has created a passkey, and a name by which its owner knows it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].max_length = 60
        self.fields["name"].help_text = _("For example: office computer, blue key.")
        self.fields["name"].widget.attrs |= {"maxlength": "60", "autocomplete": "off"}


class PasswordAgainForm(forms.Form):
    """The user's password once more, while there is no second factor."""

    password = forms.CharField(
        label=_("Password"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
