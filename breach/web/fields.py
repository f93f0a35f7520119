"""How a Django form field looks in the design system: one rule for each kind of widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseForm
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.safestring import SafeString

INPUT_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "usa-checkbox__input"),
    (forms.Textarea, "usa-textarea"),
    (forms.SelectMultiple, "usa-select usa-select--multiple"),
    (forms.Select, "usa-select"),
    (forms.ClearableFileInput, "usa-file-input"),
    (forms.FileInput, "usa-file-input"),
    (forms.Widget, "usa-input"),
)


@dataclass(frozen=True)
class Option:
    """One radio button or checkbox of a group."""

    control: SafeString
    id: str
    label: Any


@dataclass(frozen=True)
class Problem:
    """One line of the error summary; `target` is the id to jump to, empty for the form as a whole."""

    text: str
    target: str
    label: str = ""


def kind_of(bound: BoundField) -> str:
    """Which of the four layouts a field takes: hidden, checkbox, group or plain."""
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "group"
    return "checkbox" if isinstance(widget, forms.CheckboxInput) else "plain"


def control(bound: BoundField) -> SafeString:
    """The widget with the classes of the design system."""
    widget = bound.field.widget
    found = next(css for kind, css in INPUT_CLASSES if isinstance(widget, kind))
    own = widget.attrs.get("class", "")
    wrong = " usa-input--error" if bound.errors and found != "usa-checkbox__input" else ""
    return bound.as_widget(attrs={"class": f"{found}{wrong} {own}".strip(), **_forgetful(widget)})


def _forgetful(widget: forms.Widget) -> dict[str, str]:
    """Browsers remember what is typed, and some send it away for spell checking: not here, unless a field asks."""
    if not isinstance(widget, (forms.Textarea, forms.TextInput, forms.DateInput)):
        return {}
    wanted = {"autocomplete": "off", "spellcheck": "false"}
    return {name: value for name, value in wanted.items() if name not in widget.attrs}


def options(bound: BoundField) -> list[Option]:
    """The choices of a radio or checkbox group, in order."""
    kind = "radio" if isinstance(bound.field.widget, forms.RadioSelect) else "checkbox"
    return [
        _option(choice, f"usa-{kind}__input")
        for choice in bound.subwidgets
        if choice.data.get("value") != ""
    ]


def _option(choice: BoundWidget, css: str) -> Option:
    choice.data["attrs"]["class"] = css
    return Option(control=choice.tag(), id=choice.id_for_label, label=choice.choice_label)


def problems(form: BaseForm) -> list[Problem]:
    """Every error of a form in the order of its fields, each with the place to jump to."""
    found = [Problem(str(text), "") for text in form.non_field_errors()]
    for bound in form:
        target = "" if bound.is_hidden else target_of(bound)
        found += [
            Problem(str(text), target, str(bound.label).rstrip(".:?")) for text in bound.errors
        ]
    return found


def target_of(bound: BoundField) -> str:
    """The id of the control that takes the focus: for a group, its first choice."""
    return f"{bound.auto_id}_0" if kind_of(bound) == "group" else bound.id_for_label
