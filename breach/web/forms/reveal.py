"""What of a person's file to open and why, and more openings for somebody whose budget is spent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.services.looking import LONGEST_REASON, Part, ReasonToLook


class RevealForm(forms.Form):
    """Any of the four parts at once, for one reason. The reason, listed or one's own, goes into the history."""

    parts = forms.MultipleChoiceField(
        label=_("What do you need to see?"), choices=Part.choices, widget=forms.CheckboxSelectMultiple,
        initial=[Part.IDENTITY],
    )  # fmt: skip
    why = forms.ChoiceField(label=_("Why do you need to see it?"), choices=ReasonToLook.choices)
    words = forms.CharField(
        label=_("In your own words"), max_length=LONGEST_REASON, required=False,
        help_text=_("Only for another reason. Do not write names: it stays in the history."),
    )  # fmt: skip

    def asked(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = self.cleaned_data
        return {"parts": given["parts"], "reason": given["why"], "words": given["words"]}


class GrantForm(forms.Form):
    """How many more people somebody may open within a day, and what for."""

    more = forms.IntegerField(label=_("How many more people"), min_value=1)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("One sentence for the history; do not write names."),
    )
