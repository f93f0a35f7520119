"""What an attorney types: the attestation, or why a notice is sent back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.services.portal import NotMyClientReason


class AttestForm(forms.Form):
    """The sentence, typed as it is shown; compared by the verb."""

    sentence = forms.CharField(
        label=_("Type this sentence"), max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: object, shown: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["sentence"].help_text = _("“%(sentence)s”") % {"sentence": shown}


class NotMyClientForm(forms.Form):
    """Why the notice is not for this attorney; from a closed list, so that nobody writes names."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=NotMyClientReason.choices, widget=forms.RadioSelect
    )
