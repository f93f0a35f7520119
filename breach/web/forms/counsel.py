"""Naming an attorney: looked for first, chosen among those on file or entered as new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from breach.models import Attorney, Forum
from breach.models.representation import AttorneyKind
from breach.services.naming_counsel import NewAttorney
from breach.web.forms.lookups import PastDayField
from breach.web.forms.people import EVIDENCE

NEW = "new"


class FindAttorneyForm(forms.Form):
    """Who is meant; always sent by POST."""

    text = forms.CharField(
        label=_("Attorney or representative"), max_length=160,
        help_text=_("The EOIR ID, or the name as on the appearance."),
    )  # fmt: skip


class NewAttorneyFields(forms.Form):
    """What is known of an attorney who is not on file yet."""

    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Admitted as"), choices=AttorneyKind.choices, required=False)
    firm = forms.CharField(label=_("Law firm or organization"), max_length=200, required=False)
    email = forms.CharField(
        label=_("E-mail"), max_length=254, required=False,
        help_text=_("Nothing is sent there before somebody has verified it."),
    )  # fmt: skip
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    eoir_id = forms.CharField(label=_("EOIR ID"), max_length=20, required=False)
    jurisdiction = forms.CharField(label=_("Licensed in"), max_length=60, required=False)
    licence = forms.CharField(label=_("License number"), max_length=40, required=False)


OF_A_NEW_ONE = tuple(NewAttorneyFields.base_fields)


class ClaimCounselForm(NewAttorneyFields):
    """Which of the attorneys found, or a new one; `cleaned_data` is what the verb takes."""

    text = forms.CharField(max_length=160, required=False, widget=forms.HiddenInput)
    who = forms.ChoiceField(label=_("Who is it?"), widget=forms.RadioSelect)
    forum = forms.ChoiceField(label=_("Forum"), choices=Forum.choices)
    on = PastDayField(label=_("Since"))

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        found: Sequence[Attorney],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.found = {str(one.pk): one for one in found if not one.is_suspended}
        who = self.fields["who"]
        assert isinstance(who, forms.ChoiceField)
        new = _("None of these: an attorney who is not on file yet")
        who.choices = [*((pk, _named(one)) for pk, one in self.found.items()), (NEW, new)]
        if not found:
            who.widget, self.initial["who"] = forms.HiddenInput(), NEW

    def facts_of_new(self) -> list[forms.BoundField]:
        """What may be known of a new attorney beside the name."""
        return [self[name] for name in OF_A_NEW_ONE if name not in ("name", "kind")]

    def other_fields(self) -> list[forms.BoundField]:
        """What is asked about the representation itself."""
        return [self[name] for name in self.fields if name not in (*OF_A_NEW_ONE, "text", "who")]

    def clean(self) -> dict[str, Any]:
        """The answer in the verb's own words: `attorney`, `forum`, `on`, and `evidence` where it is asked."""
        given = dict(self.cleaned_data)
        new = {name: given.pop(name, "") for name in OF_A_NEW_ONE}
        who = given.pop("who", "")
        given.pop("text", None)
        if who == NEW:
            if not new["name"] and "name" not in self.errors:
                self.add_error("name", _("Enter the name as on the appearance."))
            if bool(new["licence"]) != bool(new["jurisdiction"]):
                self.add_error(
                    "licence", _("Enter both: where the license was given, and its number.")
                )
            return {**given, "attorney": NewAttorney(**new)}
        return {**given, "attorney": self.found.get(who)}


class ReplaceCounselForm(ClaimCounselForm):
    evidence = forms.ChoiceField(label=_("Evidence of the appearance"), choices=EVIDENCE)


def _named(attorney: Attorney) -> str:
    """The name with what tells two people of one name apart; no address and no number to call."""
    facts = [attorney.name]
    if attorney.firm:
        facts.append(attorney.firm.name)
    if attorney.eoir_id:
        facts.append(str(_("EOIR ID %(id)s") % {"id": attorney.eoir_id}))
    return ", ".join(facts)


class AttorneyEmailForm(forms.Form):
    """Where mail to counsel goes from now on."""

    email = forms.CharField(label=_("E-mail"), max_length=254)
    verified = forms.BooleanField(
        label=_("The office confirmed this address"), required=False,
        help_text=_("Call the number in the register or on the filed appearance, not one from a mail."),
    )  # fmt: skip
