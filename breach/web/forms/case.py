"""The small forms about one person's case: where it stands, what waits, how to reach and name the person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.models import Posture, RiskTier
from breach.services.exposures import LONGEST_RISK_REASON
from breach.services.people import LONGEST_SAFE_NOTE
from breach.services.rosters_reading import MOST_ALIASES
from breach.web import days

BY_RULE = [("", _("As the case usually goes")), *RiskTier.choices]


class PostureForm(forms.Form):
    """Where the protection case stands, and the risk where it differs from the usual."""

    posture = forms.ChoiceField(
        label=_("Where the protection case stands"), choices=Posture.choices
    )
    risk_tier = forms.TypedChoiceField(
        label=_("Risk"), choices=BY_RULE, required=False, coerce=int, empty_value=None,
    )  # fmt: skip
    risk_reason = forms.CharField(
        label=_("Why this risk"), max_length=LONGEST_RISK_REASON, required=False,
        help_text=_("Only for a risk chosen by hand; do not write names."),
    )  # fmt: skip


class _OrNothing(forms.Form):
    """Text that takes the place of what is on file; nothing does so only when that is said."""

    text = ""  # the field's name

    nothing = forms.BooleanField(label=_("Leave nothing on file"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        nothing = cleaned.pop("nothing", False)
        if self.text in cleaned and bool(cleaned[self.text]) == nothing:
            self.add_error(
                self.text, _("Enter what is to be kept, or choose that nothing is; not both.")
            )
        return cleaned


class SafeNoteForm(_OrNothing):
    """How the person can be contacted without endangering anybody; sealed like the contacts."""

    text = "note"
    note = forms.CharField(
        label=_("For safe contact"), max_length=LONGEST_SAFE_NOTE, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For example: only before noon, never leave a message."),
    )  # fmt: skip

    field_order = ["note", "nothing"]


class AliasesForm(_OrNothing):
    """Other names of the person; the list as a whole."""

    text = "aliases"
    aliases = forms.CharField(
        label=_("Other names"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One name on each line. They take the place of those on file; a search finds them."),
    )  # fmt: skip

    field_order = ["aliases", "nothing"]

    def clean_aliases(self) -> list[str]:
        names = [" ".join(line.split()) for line in self.cleaned_data["aliases"].splitlines()]
        names = [name for name in names if name]
        if len(names) > MOST_ALIASES:
            raise forms.ValidationError(
                _("At most %(n)d names can be kept. Leave out spellings that differ only slightly.")
                % {"n": MOST_ALIASES}
            )
        return names


class DelayForm(forms.Form):
    """A written decision to wait with notice."""

    authority = forms.CharField(
        label=_("Who asked for it"), max_length=160,
        help_text=_("The law enforcement or other authority, and its reference."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300,
        help_text=_("One sentence for the history; do not write names."),
    )  # fmt: skip
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day"), help_text=_("At most 90 days; then it is decided again."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"starts_on": days.today()})
        super().__init__(*args, **kwargs)
