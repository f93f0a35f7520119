"""Opening an incident, changing its policy, stopping its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from breach.models import DataElement, Incident
from breach.models.incidents import RECORDABLE_EVIDENCE, default_evidence
from breach.web.widgets import MOMENT_HELP, DayInput, MomentInput

POLICY_FIELDS = (
    "forum", "copy_to_person", "copy_required", "sufficient_evidence",
    "hold_days", "attorney_days", "proof_days", "retention_years",
)  # fmt: skip
SENDER_FIELDS = (
    "agency_name", "signatory_name", "signatory_title",
    "contact_phone", "contact_email", "contact_address",
)  # fmt: skip
LONGEST_WAIT_DAYS = 365
LONGEST_SLUG = 60


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Incident]
else:
    _ModelForm = forms.ModelForm  # generic only for the type checker


class _IncidentForm(_ModelForm):
    """What both forms share: the database's rules are said here first, as sentences."""

    data_elements = forms.MultipleChoiceField(
        label=_("What was disclosed"), choices=DataElement.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick every kind of information that could be seen."),
    )  # fmt: skip
    sufficient_evidence = forms.MultipleChoiceField(
        label=_("What proves that somebody was told"), choices=RECORDABLE_EVIDENCE,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only these finish the duty to tell a person."),
        error_messages={"required": _("Tick at least one: without it nobody can ever count as told.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("hold_days", "attorney_days", "proof_days", "retention_years"):
            if name in self.fields:
                self.fields[name] = forms.IntegerField(
                    label=self.fields[name].label, min_value=1, max_value=LONGEST_WAIT_DAYS,
                    help_text=self.fields[name].help_text, initial=self.fields[name].initial,
                )  # fmt: skip

    def validate_constraints(self) -> None:
        """Left to PostgreSQL; `clean` says the same in words a person can act on."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        occurred, discovered = cleaned.get("occurred_at"), cleaned.get("discovered_at")
        contained = cleaned.get("contained_at")
        if occurred and discovered and discovered < occurred:
            self.add_error(
                "discovered_at", _("It cannot be discovered before it occurred; check both times.")
            )
        if occurred and contained and contained < occurred:
            self.add_error(
                "contained_at", _("It cannot be contained before it occurred; check both times.")
            )
        return cleaned


def come(moment: Any) -> Any:
    """The moment of the discovery, which is past."""
    if moment > timezone.now():
        raise forms.ValidationError(_("This is in the future; enter when it was discovered."))
    return moment


class OpenIncidentForm(_IncidentForm):
    """A new incident with the usual policy, which can be changed later."""

    slug = forms.CharField(
        label=_("Short name for addresses"), max_length=LONGEST_SLUG, required=False,
        validators=[RegexValidator(
            r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and hyphens only, for example: posting-2022")
        )],
        help_text=_("Small letters, digits and hyphens, for example: posting-2022. Left empty, the title gives it."),
    )  # fmt: skip

    class Meta:
        model = Incident
        fields = (
            "title", "slug", "summary", "occurred_at", "discovered_at", "contained_at",
            "extract_as_of", "data_elements", "is_drill", *POLICY_FIELDS, *SENDER_FIELDS,
        )  # fmt: skip
        widgets = {
            "occurred_at": MomentInput,
            "discovered_at": MomentInput,
            "contained_at": MomentInput,
            "extract_as_of": DayInput,
            "summary": forms.Textarea(attrs={"rows": 4}),
            "contact_address": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"is_drill": _("This is a drill")}
        help_texts = {
            "occurred_at": MOMENT_HELP,
            "extract_as_of": _("The day the disclosed list was made; where people were held then."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sufficient_evidence"].initial = default_evidence()

    def clean_slug(self) -> str:
        """As typed, or made from the title."""
        made = slugify(self.cleaned_data.get("title", "").replace("_", "-"))[:LONGEST_SLUG].strip(
            "-"
        )
        slug = self.cleaned_data["slug"] or made
        if not slug and "title" in self.cleaned_data:
            raise forms.ValidationError(_("Enter a short name; none can be made from the title."))
        return str(slug)

    def clean_discovered_at(self) -> Any:
        return come(self.cleaned_data["discovered_at"])


class IncidentPolicyForm(_IncidentForm):
    """The settings that decide who is told, what proves it, and which contact details people get."""

    class Meta:
        model = Incident
        fields = ("summary", "contained_at", "data_elements", *POLICY_FIELDS, *SENDER_FIELDS)
        widgets = {
            "contained_at": MomentInput,
            "summary": forms.Textarea(attrs={"rows": 4}),
            "contact_address": forms.Textarea(attrs={"rows": 3}),
        }

    def clean_contained_at(self) -> Any:
        contained = self.cleaned_data["contained_at"]
        if contained and contained < self.instance.occurred_at:
            raise forms.ValidationError(
                _("It cannot be contained before it occurred; check the time.")
            )
        return contained

    def changes(self) -> dict[str, Any]:
        """Only what differs from now."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class IncidentFactsForm(_ModelForm):
    """What happened, as it should have been entered; with the reason."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300,
        help_text=_("One sentence. It stays in the history; do not write names."),
    )  # fmt: skip

    class Meta:
        model = Incident
        fields = ("title", "occurred_at", "discovered_at", "extract_as_of")
        widgets = {
            "occurred_at": MomentInput,
            "discovered_at": MomentInput,
            "extract_as_of": DayInput,
        }
        help_texts = {"occurred_at": MOMENT_HELP}

    def clean_discovered_at(self) -> Any:
        return come(self.cleaned_data["discovered_at"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        occurred, discovered = cleaned.get("occurred_at"), cleaned.get("discovered_at")
        contained = self.instance.contained_at
        if occurred and discovered and discovered < occurred:
            self.add_error(
                "discovered_at", _("It cannot be discovered before it occurred; check both times.")
            )
        if occurred and contained and contained < occurred:
            self.add_error(
                "occurred_at", _("It cannot be contained before it occurred; check both times.")
            )
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Only what differs from now."""
        return {
            name: self.cleaned_data[name] for name in self.changed_data if name in self.Meta.fields
        }


class ReasonForm(forms.Form):
    """A decision that needs its reason in the history."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300,
        help_text=_("One sentence. It stays in the history; do not write names."),
    )  # fmt: skip
