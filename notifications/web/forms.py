"""Forms of the pages about letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.models import FollowUp
from notifications.models import DisproofReason
from notifications.services.disproving import LONGEST_WORDS
from notifications.services.resolving import Finding

from .filters import NONE, people_at_desks

LARGEST_FILE = 20 * 1024 * 1024


class ResolveForm(forms.Form):
    """What became of a send whose outcome nobody knows."""

    finding = forms.ChoiceField(
        label=_("What happened?"),
        widget=forms.RadioSelect,
        choices=[
            (Finding.SENT.value, _("It went out")),
            (Finding.NOT_SENT.value, _("It did not go out: send it again")),
            (Finding.FAILED.value, _("It did not go out, and this way does not work")),
        ],
    )
    statement = forms.CharField(
        label=_("What does this rest on?"), max_length=200,
        help_text=_("One sentence: a log, a call, a returned letter. Do not write names."),
    )  # fmt: skip


class DisproveForm(forms.Form):
    """Why proof of notice is taken back."""

    reason = forms.ChoiceField(
        label=_("Why is it wrong?"), widget=forms.RadioSelect, choices=DisproofReason.choices
    )
    words = forms.CharField(
        label=_("In your own words"), max_length=LONGEST_WORDS, required=False,
        help_text=_("One sentence for the history, if there is more to say; do not write names."),
    )  # fmt: skip


class WhyForm(forms.Form):
    """Why another person is asked."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200,
        help_text=_("One sentence for the approver and the history; do not write names."),
    )  # fmt: skip


class ReceiptsForm(forms.Form):
    """A file of returned mail, signed sheets or bounces."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV or XLSX from the mail house or the facility, or a bounce message. At most 20 MB."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _("This file is larger than 20 MB. Split it and upload the parts.")
            )
        return file


class AssignForm(forms.Form):
    """The new owner of the chosen follow-ups."""

    follow_up = forms.ModelMultipleChoiceField(
        queryset=FollowUp.objects.none(), widget=forms.MultipleHiddenInput,
        error_messages={"required": _("Choose at least one follow-up.")},
    )  # fmt: skip
    owner = forms.ChoiceField(label=_("Give them to"))

    def __init__(self, *args: Any, follow_ups: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["follow_up"].queryset = follow_ups  # type: ignore[attr-defined]  # ModelMultipleChoiceField
        choices = [
            ("", _("Choose")),
            *people_at_desks(),
            (NONE, _("Nobody: leave them to the desk")),
        ]
        self.fields["owner"] = forms.ChoiceField(label=self.fields["owner"].label, choices=choices)


class PreviewForm(forms.Form):
    """Which variant of a wording to look at."""

    role = forms.ChoiceField(
        label=_("Written to"),
        choices=[
            ("person", _("The person")),
            ("guardian", _("The guardian")),
            ("representative", _("The attorney of record")),
        ],
    )
    posture = forms.ChoiceField(label=_("Where the case stands"))

    def __init__(self, *args: Any, postures: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posture"] = forms.ChoiceField(
            label=self.fields["posture"].label, choices=postures
        )
