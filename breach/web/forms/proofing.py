"""What somebody who proofs an attorney looked up."""

from __future__ import annotations

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from breach.web.widgets import DayInput


class ProofingForm(forms.Form):
    jurisdiction = forms.CharField(
        label=_("Licensed in"), max_length=60,
        help_text=_("The state, or the roster of accredited representatives."),
    )  # fmt: skip
    number = forms.CharField(label=_("License number"), max_length=40)
    checked_on = forms.DateField(label=_("Looked up in the register on"), widget=DayInput)
    username = forms.CharField(
        label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What you compared"), max_length=200,
        help_text=_("One sentence for the person who confirms and the history; do not write a client's name."),
    )  # fmt: skip
