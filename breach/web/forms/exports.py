"""What to export, for whom, and how it is encrypted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from breach.access import exposures_visible_to
from breach.models import Exposure, Incident, User
from breach.models.exports import ExportFormat
from breach.services.export_kinds import export_kinds
from breach.services.exporting import LIFETIMES


class ExportForm(forms.Form):
    kind = forms.ChoiceField(label=_("Table"))
    reference = forms.CharField(
        label=_("Reference of the person"), max_length=20, required=False,
        help_text=_("Only for the accounting of one person."),
    )  # fmt: skip
    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices)
    recipient = forms.CharField(label=_("Recipient"), max_length=160)
    address = forms.CharField(
        label=_("Address of the recipient"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Name and address go into the disclosure ledger."),
    )  # fmt: skip
    key = forms.CharField(
        label=_("Public key of the recipient"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("An age or SSH key: age1…, ssh-ed25519 … or ssh-rsa …"),
    )  # fmt: skip
    passphrase = forms.CharField(
        label=_("Or a passphrase"), required=False, max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Six words or more. Tell it to the recipient by phone; it is erased when the file is made."),
    )  # fmt: skip
    hours = forms.TypedChoiceField(
        label=_("The file is kept for"), coerce=int, initial=LIFETIMES[1]
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200,
        help_text=_("One sentence for the approver and the history; do not write names."),
    )  # fmt: skip

    def __init__(self, data: Any, *, incident: Incident, user: User) -> None:
        super().__init__(data)
        self.people = exposures_visible_to(user).filter(incident=incident)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.code, kind.label) for kind in export_kinds().values()]
        lives = self.fields["hours"]
        assert isinstance(lives, forms.ChoiceField)
        lives.choices = [(hours, _t("%(n)d hours") % {"n": hours}) for hours in LIFETIMES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, reference = cleaned.get("kind"), cleaned.get("reference", "").strip().upper()
        cleaned["exposure"] = None
        if kind and export_kinds()[kind].of_one_person:
            cleaned["exposure"] = self._person(reference)
        return cleaned

    def asked(self) -> dict[str, Any]:
        """The arguments of the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reference"}

    def _person(self, reference: str) -> Exposure | None:
        found = self.people.filter(person__reference=reference).select_related("person").first()
        if found is None:
            self.add_error("reference", _("Nobody here has this reference. Copy it from the file."))
        return found
