"""Fields that turn what somebody types into a record, and say which records it may be when it fits several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from breach.core import codes
from breach.core.normalize import Unreadable
from breach.models import Facility
from breach.web import days
from breach.web.widgets import DayInput

NAMED_IN_ERROR = 5


def facilities_in_use() -> list[str]:
    """Where somebody is held now: the likely answers."""
    held = Facility.objects.filter(placements__period__upper_inf=True).distinct().order_by("name")
    return [str(facility) for facility in held]


class SuggestInput(forms.TextInput):
    """A text field with the browser's own list of suggestions; works without JavaScript."""

    def __init__(
        self, suggest: Callable[[], list[str]], attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.suggest = suggest

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}-suggestions"
        shown = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        choices = format_html_join(
            "", '<option value="{}"></option>', ((text,) for text in self.suggest())
        )
        return format_html('{}<datalist id="{}">{}</datalist>', shown, list_id, choices)


class FacilityField(forms.CharField):
    """A facility by code, or by part of its name if that fits only one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Facility"))
        kwargs.setdefault("help_text", _("Its code, or part of its name."))
        super().__init__(max_length=220, widget=SuggestInput(facilities_in_use), **kwargs)

    def clean(self, value: Any) -> Facility:
        text = str(super().clean(value))
        code = text.rsplit("(", 1)[-1].rstrip(") ") if text.endswith(")") else text
        exact = Facility.objects.filter(Q(code__iexact=code) | Q(name__iexact=text))
        found = list(exact[:2]) or list(
            Facility.objects.filter(name__icontains=text)[: NAMED_IN_ERROR + 1]
        )
        if not found:
            raise forms.ValidationError(
                _("We know no facility by this code or name; check the spelling.")
            )
        if len(found) > 1:
            names = ", ".join(str(facility) for facility in found[:NAMED_IN_ERROR])
            raise forms.ValidationError(
                _("Several facilities fit: %(names)s. Enter the code of the right one.")
                % {"names": names}
            )
        return found[0]


class LanguageField(forms.CharField):
    """A language by name or tag, as a BCP 47 tag."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Language"))
        kwargs.setdefault("help_text", _("Its name or tag, for example: K’iche’, Spanish, quc."))
        super().__init__(max_length=80, **kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        try:
            return codes.language_tag(text)
        except Unreadable:
            raise forms.ValidationError(
                _("We do not know this language; use its English name or its tag.")
            ) from None


class PastDayField(forms.DateField):
    """A day on which something happened: today or earlier."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Day"))
        super().__init__(widget=DayInput, **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day > days.today():
            raise forms.ValidationError(_("This day is in the future; enter the day it happened."))
        if day and day.year < 1900:
            raise forms.ValidationError(_("This day is too long ago; check the year."))
        return day
