"""Making an account, closing it, setting its password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from breach.core import codes
from breach.core.normalize import Unreadable
from breach.core.roles import Role
from breach.models import User

# An attorney's account hangs on the attorney's own record; the system cannot sign in at all.
DESKS = [choice for choice in Role.choices if choice[0] not in (Role.ATTORNEY, Role.SYSTEM)]


class PasswordField(forms.CharField):
    """A new password, typed by the administrator and handed over on another way."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Password"), strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text=_("At least 15 characters; several words are best."), **kwargs,
        )  # fmt: skip


class AccountForm(forms.Form):
    username = forms.CharField(
        label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    full_name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Desk"), choices=DESKS)
    languages = forms.CharField(
        label=_("Languages spoken with people"), required=False, max_length=200,
        help_text=_("Separated by commas, for example: Spanish, K’iche’, fr."),
    )  # fmt: skip
    password = PasswordField()

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("This user name is taken; choose another."))
        return name

    def clean_languages(self) -> list[str]:
        tags = []
        for word in filter(None, map(str.strip, self.cleaned_data["languages"].split(","))):
            try:
                tags.append(codes.language_tag(word))
            except Unreadable:
                raise forms.ValidationError(
                    _("We do not know one of these languages; use English names or tags.")
                ) from None
        return tags

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(
            password, User(username=self.data.get("username", ""))
        )
        return password


class ActiveForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class DeskForm(forms.Form):
    """The desk an account should work at; a closed account is opened by it. An attorney's stays an attorney's."""

    role = forms.ChoiceField(label=_("Desk"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, data: Any, *, account: User) -> None:
        super().__init__(data, auto_id="desk_%s", initial={"role": account.role})
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        own = [(account.role, account.get_role_display())]
        field.choices = own if account.role == Role.ATTORNEY else DESKS


class PasswordForm(forms.Form):
    password = PasswordField()

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.account)
        return password
