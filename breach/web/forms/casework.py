"""The forms of casework: a contact, the end of a follow-up, a new date, a decision on a pair."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.models import ContactChannel, ContactOutcome, DuplicatePair, FollowUpKind, ReachedRole
from breach.models.followups import FollowUp
from breach.services.contacts import LONGEST_NOTE
from breach.services.followups import NextAction
from breach.web import days
from breach.web.forms.lookups import LanguageField
from breach.web.widgets import MOMENT_HELP, DayInput, MomentInput

# Free text would end up holding somebody's story; what happened belongs into the contact log, sealed.
WHY_CLOSED = (
    ("It is done.", _("It is done.")),
    ("It was done another way.", _("It was done another way.")),
    ("It is not needed any more.", _("It is not needed any more.")),
    ("It was opened by mistake.", _("It was opened by mistake.")),
)
WHY_LATER = (
    ("", _("Keep the reason it has")),
    ("An answer is expected by then.", _("An answer is expected by then.")),
    ("An appointment was made.", _("An appointment was made.")),
    ("The facility asked for more time.", _("The facility asked for more time.")),
    ("Counsel asked for more time.", _("Counsel asked for more time.")),
)
BY_HAND = (
    FollowUpKind.CALL_BACK, FollowUpKind.INTERPRETER_CALL, FollowUpKind.AWAIT_PROOF, FollowUpKind.NO_ROUTE,
    FollowUpKind.DISPUTED_COUNSEL, FollowUpKind.SAFETY_CONCERN, FollowUpKind.OTHER,
)  # fmt: skip


class FutureDayField(forms.DateField):
    """A day on which somebody will act: today or later."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DayInput, **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and day < days.today():
            raise forms.ValidationError(_("This day is past; choose today or a later day."))
        return day


class ContactForm(forms.Form):
    """One attempt. Filled in for the likeliest case, so that logging takes seconds."""

    at = forms.DateTimeField(label=_("When"), widget=MomentInput, help_text=MOMENT_HELP)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=ContactChannel.choices, initial=ContactChannel.PHONE
    )
    reached = forms.ChoiceField(label=_("Who was reached"), choices=ReachedRole.choices)
    outcome = forms.ChoiceField(
        label=_("What came of it"), choices=[("", _("Choose one")), *ContactOutcome.choices]
    )
    next_on = FutureDayField(
        label=_("Day agreed on"), required=False,
        help_text=_("Only when you agreed on one; otherwise the next action gets its usual date."),
    )  # fmt: skip
    language = LanguageField(label=_("Language you spoke"), required=False)
    interpreter = forms.CharField(label=_("Interpreter’s number"), max_length=60, required=False)
    speaks_language = forms.BooleanField(
        label=_("I speak the person’s language"), required=False,
        help_text=_("Where an interpreter is needed, this or the interpreter’s number is asked for."),
    )  # fmt: skip
    identity_confirmed = forms.BooleanField(
        label=_("Identity confirmed"), required=False,
        help_text=_("By two facts that were not in the disclosed data."),
    )  # fmt: skip
    understanding_confirmed = forms.BooleanField(
        label=_("Understanding confirmed"), required=False,
        help_text=_("They said in their own words what it means."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only what the next caller needs; nothing about the protection claim. It is stored sealed."),
    )  # fmt: skip


class LaterForm(forms.Form):
    """A new due date."""

    due_on = FutureDayField(label=_("New due date"))
    reason = forms.ChoiceField(label=_("Why"), choices=WHY_LATER, required=False)


class CloseForm(forms.Form):
    """The end of a follow-up and, unless somebody else's work goes on, what comes next."""

    reason = forms.ChoiceField(label=_("Why"), choices=WHY_CLOSED)
    kind = forms.ChoiceField(
        label=_("What happens next"), required=False,
        choices=[("", _("Nothing more")), *((one.value, one.label) for one in BY_HAND)],
        help_text=_("A person who has not been told always has a next action."),
    )  # fmt: skip
    due_on = FutureDayField(label=_("By when"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") and not cleaned.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", _("Say by when the next action is due."))
        return cleaned

    def following(self, follow_up: FollowUp) -> NextAction | None:
        """The next action that was chosen for the same person; None for nothing more."""
        kind, due_on = self.cleaned_data["kind"], self.cleaned_data["due_on"]
        if not kind or follow_up.exposure_id is None:
            return None
        return NextAction(follow_up.exposure_id, kind, FollowUpKind(kind).label, due_on)


class PairForm(forms.Form):
    """Two people, or one; and which record is kept."""

    DIFFERENT = "different"
    decision = forms.ChoiceField(label=_("Who are they?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("One sentence for the history; do not write names."),
    )

    def __init__(self, data: Any, *, pair: DuplicatePair) -> None:
        super().__init__(data)
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        keep = _("One person: keep %(reference)s")
        field.choices = [
            (self.DIFFERENT, _("Two different people")),
            *(
                (str(one.pk), keep % {"reference": one.reference})
                for one in (pair.first, pair.second)
            ),
        ]


class WhyPartForm(forms.Form):
    """Why two joined records are separated again."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("One sentence for the history; do not write names."),
    )
