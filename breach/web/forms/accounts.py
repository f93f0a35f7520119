"""Making an account, closing it, changing its desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from breach.core import codes
from breach.core.normalize import Unreadable
from breach.core.roles import Role
from breach.models import User

# An attorney's account belongs to the attorney's own record; the system cannot sign in at all.
DESKS = [choice for choice in Role.choices if choice[0] not in (Role.ATTORNEY, Role.SYSTEM)]


def free_username(name: str) -> str:
    """The name, if nobody has it in any combination of upper and lower case. Raises ValidationError."""
    if User.objects.filter(username__iexact=name).exists():
        raise forms.ValidationError(_("This user name is taken; choose another."))
    return name


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

    def clean_username(self) -> str:
        return free_username(str(self.cleaned_data["username"]))

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


class ReasonForm(forms.Form):
    """Why an account is closed, its sessions are ended, or its second factors are reset."""

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
