"""Forms as a browser sees them, and what somebody types into them: planted values where a person's data belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser

from tests.campaigns.planted import PEOPLE, Planted

# Fields that are made for somebody's data. All others get words without any: reasons and sources are readable for ever
# by design (SECURITY.md), and their forms say so.
PERSONAL = {
    "note": lambda one: one.note,
    "text": lambda one: one.family_name,
    "q": lambda one: one.family_name,
    "query": lambda one: one.family_name,
    "search": lambda one: one.family_name,
    "value": lambda one: f"{one.street}\nDallas, TX 75001",
    "address": lambda one: f"{one.street}\nDallas, TX 75001",
    "address_lines": lambda one: f"{one.street}\nDallas, TX 75001",
    "phone": lambda one: one.phone,
    "birth_date": lambda one: f"{one.born:%Y-%m-%d}",
    "a_number": lambda one: one.a_number,
    "given_names": lambda one: one.given_names,
    "family_name": lambda one: one.family_name,
}
HARMLESS = "as agreed on the phone"
SENTENCE = "I received this notice for my client"
TEXTS = ("text", "search", "email", "tel", "textarea", "url", "")


@dataclass
class Field:
    """One control; `options` of a select or a radio group."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """One form: where it goes, how, and its controls by name."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def has_file(self) -> bool:
        return any(one.kind == "file" for one in self.fields.values())


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(got.get("action", ""), got.get("method", "get").lower())
            self.found.append(self._form)
        if self._form is None:
            return
        name = got.get("name", "")
        if tag == "option" and self._select is not None:
            self._select.options.append(got.get("value", ""))
        elif not name:
            return
        elif tag == "select":
            self._select = self._form.fields[name] = Field(name, "select")
        elif tag == "textarea":
            self._form.fields[name] = Field(name, "textarea")
        elif tag in ("input", "button"):
            kind = got.get("type", "text" if tag == "input" else "submit")
            known = self._form.fields.setdefault(name, Field(name, kind, got.get("value", "")))
            known.options.append(got.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None


def filled(
    form: Form, one: Planted, *, last: bool = False, everywhere: bool = False
) -> dict[str, str]:
    """What to send: the first or the last choices; `everywhere` puts planted values into every text field."""
    return {
        name: value
        for name, value in (
            (name, _value(control, one, last, everywhere)) for name, control in form.fields.items()
        )
        if value is not None
    }


def _value(control: Field, one: Planted, last: bool, everywhere: bool) -> str | None:
    choices = [option for option in control.options if option]
    now = datetime.now() - timedelta(minutes=5)
    match control.kind:
        case "hidden":
            return control.value
        case "select" | "radio" | "submit":
            return choices[-1 if last else 0] if choices else ""
        case "checkbox":
            return choices[-1 if last else 0] if choices else "on"
        case "date":
            return f"{now:%Y-%m-%d}"
        case "datetime-local":
            return f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}"  # past by every clock
        case "password":
            return "an invented passphrase, long"
        case "number":
            return "1"
        case "file":
            return None
    if everywhere:
        return f"{one.family_name} {one.note}"
    if control.value and control.kind not in TEXTS:
        return control.value
    if control.name.startswith("cell_"):
        return control.value
    if control.name == "sentence":
        return SENTENCE
    return PERSONAL.get(control.name, lambda _one: HARMLESS)(one)


def somebody(number: int) -> Planted:
    return PEOPLE[number % len(PEOPLE)]
