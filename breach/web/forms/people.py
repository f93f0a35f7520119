"""The small forms on a person's file: each records one fact, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.core import codes, normalize
from breach.core.roles import Role
from breach.models import User
from breach.models.people import ContactKind
from breach.models.representation import AppearanceEvidence
from breach.services.corrections import Fact
from breach.web.forms.lookups import FacilityField, LanguageField, PastDayField

if TYPE_CHECKING:
    _UserField = forms.ModelChoiceField[User]
else:  # generic only for the type checker
    _UserField = forms.ModelChoiceField

HOME = "US"
CASE_DESKS = (Role.CASE_WORKER, Role.SUPERVISOR)
YES_NO_UNKNOWN = (("", _("Nobody asked")), ("yes", _("Yes")), ("no", _("No")))


class SourceField(forms.CharField):
    """Where a fact comes from."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Where you know it from"), max_length=120,
            help_text=_("For example: today's facility list, call with the family."), **kwargs,
        )  # fmt: skip


class ReasonField(forms.CharField):
    """Why, for the history."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Reason"),
            max_length=200,
            help_text=_("One sentence for the history; do not write names."),
            **kwargs,
        )


class AddressField(forms.CharField):
    """A postal address as its lines."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Postal address"))
        super().__init__(
            max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("One line for each line of the envelope, without the name."), **kwargs,
        )  # fmt: skip

    def clean(self, value: Any) -> str:
        lines = [" ".join(line.split()) for line in str(super().clean(value)).splitlines()]
        lines = [line for line in lines if line]
        if len(lines) == 1:
            raise forms.ValidationError(
                _("Enter at least two lines: the street, and the city with its ZIP code.")
            )
        return "\n".join(lines)


class SafeField(forms.BooleanField):
    """Somebody confirmed that a letter or call there reveals the person to nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Writing or calling there endangers nobody"), required=False, **kwargs
        )


class TransferForm(forms.Form):
    facility = FacilityField(label=_("To which facility"))
    on = PastDayField(label=_("Day of the transfer"))
    source = SourceField()


class ReleasedForm(forms.Form):
    on = PastDayField(label=_("Day of release"))
    address_lines = AddressField(required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    safe = SafeField()
    source = SourceField()

    def clean_address_lines(self) -> list[str]:
        return str(self.cleaned_data["address_lines"]).splitlines()


class FactForm(forms.Form):
    """Removed, or died: a day and who says so. It stops letters or raises an alarm, so it is confirmed."""

    on = PastDayField()
    source = SourceField()
    sure = forms.BooleanField(
        label=_("I have checked that it is this person"),
        help_text=_("Compare the name and the number of the source with this file."),
        error_messages={"required": _("Confirm that you have checked who it is.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned.pop("sure", None)  # asked of whoever sits here, no part of the fact
        return cleaned


class MistakeForm(forms.Form):
    """What should never have been recorded, and why."""

    fact = forms.ChoiceField(
        label=_("What was a mistake?"), choices=Fact.choices, widget=forms.RadioSelect
    )
    reason = ReasonField()


class LanguageForm(forms.Form):
    tag = LanguageField(label=_("Language the person understands best"))
    reads = forms.ChoiceField(label=_("Reads it"), choices=YES_NO_UNKNOWN, required=False)
    verified = forms.BooleanField(
        label=_("The person was asked; it is not assumed"), required=False
    )
    source = SourceField()

    def clean_reads(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["reads"])


class ContactPointForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=ContactKind.choices)
    value = forms.CharField(
        label=_("Address or number"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    verified = forms.BooleanField(
        label=_("Confirmed with the person or from a document"), required=False
    )
    safe = SafeField()
    country = forms.CharField(
        label=_("Country"),
        max_length=60,
        required=False,
        help_text=_("Leave empty for the United States."),
    )

    def clean_country(self) -> str:
        text = str(self.cleaned_data["country"])
        try:
            return codes.country_code(text) if text else HOME
        except normalize.Unreadable:
            raise forms.ValidationError(
                _("We do not know this country; use its name or ISO code.")
            ) from None


class DoNotContactForm(forms.Form):
    value = forms.TypedChoiceField(
        label=_("May the person be contacted directly?"),
        choices=(("yes", _("No: only through counsel or a supervisor")), ("no", _("Yes"))),
        coerce=lambda answer: answer == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    reason = ReasonField()


class ProtectionForm(forms.Form):
    value = forms.TypedChoiceField(
        label=_("Did the person apply for VAWA, T or U protection?"),
        choices=(
            ("yes", _("Yes: the law protects everything about the person")),
            ("no", _("No, or it was denied and every appeal is over")),
        ),
        coerce=lambda answer: answer == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    reason = ReasonField()


class GuardianForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=160)
    relationship = forms.CharField(label=_("Relationship"), max_length=60)
    address = AddressField(required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    evidence = forms.CharField(label=_("Evidence of authority"), max_length=120, required=False)
    verified = forms.BooleanField(label=_("The evidence was seen"), required=False)


EVIDENCE = [choice for choice in AppearanceEvidence.choices if choice[0] != AppearanceEvidence.NONE]


class VerifyCounselForm(forms.Form):
    evidence = forms.ChoiceField(label=_("Evidence of the appearance"), choices=EVIDENCE)
    on = PastDayField(label=_("Day of the evidence"))


class WithdrawCounselForm(forms.Form):
    on = PastDayField(label=_("Last day"))
    reason = ReasonField()


class WhyForm(forms.Form):
    reason = ReasonField()


class CaseworkerChoice(_UserField):
    """Somebody who works with people's cases; nobody gives the person back to the desk."""

    def __init__(self, **kwargs: Any) -> None:
        workers = User.objects.filter(role__in=CASE_DESKS, is_active=True)
        super().__init__(
            queryset=workers.order_by("first_name", "username"), label=_("Case worker"),
            empty_label=_("Nobody"), required=False, **kwargs,
        )  # fmt: skip

    def label_from_instance(self, obj: User) -> str:
        return obj.label


class AssignForm(forms.Form):
    owner = CaseworkerChoice()
