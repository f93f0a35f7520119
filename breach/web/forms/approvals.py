"""Deciding about somebody else's request."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ApproveForm(forms.Form):
    """Yes to exactly what the page showed: its hash comes back with the answer."""

    sha256 = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Note for the history"), max_length=200, required=False,
        help_text=_("What you looked at; do not write names."),
    )  # fmt: skip


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not"), max_length=200,
        help_text=_("One sentence for the requester and the history; do not write names."),
    )  # fmt: skip
