"""The variable parts of a letter: what each stands for, where it comes from, and how they are filled in.

A text is plain: ``{name}`` is a placeholder, ``**words**`` are printed strong. Everything else, in the text
and in the values, is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One variable part: what it means to a writer, and which record it is taken from."""

    name: str
    meaning: str | Promise
    source: str
    optional: bool = False  # a block that depends on it must say so in its `needs`


PLACEHOLDERS: dict[str, Placeholder] = {
    placeholder.name: placeholder
    for placeholder in (
        Placeholder("reference", _("Opaque reference of this letter"), "Notification.reference"),
        Placeholder(
            "recipient_name",
            _("Who receives the letter"),
            "AffectedPerson, Attorney or guardian",
        ),
        Placeholder("person_name", _("Whom the letter is about"), "AffectedPerson.full_name"),
        Placeholder(
            "counsel_name",
            _("The person's lawyer, who is told too"),
            "Attorney",
            optional=True,
        ),
        Placeholder("occurred", _("Day of the incident"), "Incident.occurred_at"),
        Placeholder("discovered", _("Day of discovery"), "Incident.discovered_at"),
        Placeholder("contained", _("Day it was stopped"), "Incident.contained_at", optional=True),
        Placeholder(
            "extract_as_of", _("Day of the records"), "Incident.extract_as_of", optional=True
        ),
        Placeholder(
            "hold_days", _("Days without removal after proof of notice"), "Incident.hold_days"
        ),
        Placeholder(
            "copy_to_person",
            _("Whether a represented person gets a copy"),
            "Incident.copy_to_person",
            optional=True,
        ),
        Placeholder("agency_name", _("Who writes"), "Incident.agency_name"),
        Placeholder("contact_phone", _("Phone for affected people"), "Incident.contact_phone"),
        Placeholder("contact_email", _("E-mail for affected people"), "Incident.contact_email"),
        Placeholder(
            "contact_address", _("Postal address for affected people"), "Incident.contact_address"
        ),
        Placeholder("signatory_name", _("Who signs"), "Incident.signatory_name"),
        Placeholder("signatory_title", _("Signatory's title"), "Incident.signatory_title"),
    )
}


class UnknownPlaceholder(ValueError):
    """The text or the values name a placeholder that does not exist."""


class MissingValue(ValueError):
    """The text needs a value that is absent or empty. A letter never says "None"."""


_MARK = re.compile(r"\{([^{}]*)\}")
_STRONG = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
# Invisible characters that reorder or hide text. ZWNJ and ZWJ stay: Persian and Indic spelling needs them.
_TRICKS = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def names_in(template: str) -> frozenset[str]:
    """The placeholders a text uses. Raises UnknownPlaceholder for a name that is not registered."""
    names = frozenset(_MARK.findall(template))
    _refuse_unknown(names)
    if "{" in (rest := _MARK.sub("", template)) or "}" in rest:
        raise UnknownPlaceholder(
            gettext("A brace in the text is not part of a placeholder: write {name}.")
        )
    return names


def fill(template: str, values: Mapping[str, str]) -> SafeString:
    """The text as safe HTML with every placeholder filled in.

    Raises UnknownPlaceholder or MissingValue, naming the placeholders; the messages carry no values.
    """
    _refuse_unknown(values.keys())
    missing = sorted(name for name in names_in(template) if not values.get(name, "").strip())
    if missing:
        raise MissingValue(
            gettext("No value for %(names)s: fill it in before this letter is written.")
            % {"names": ", ".join(missing)}
        )
    filled = _MARK.sub(lambda mark: escape(printable(values[mark[1]])), marked_up(template))
    return mark_safe(filled)  # the text and each value were escaped just above


def marked_up(template: str) -> SafeString:
    """The text as safe HTML, with what is printed strong; its placeholders stand as they are."""
    return mark_safe(_STRONG.sub(r"<strong>\1</strong>", escape(template)))  # escaped just here


def printable(text: str) -> str:
    """The text as it may be printed: composed (NFC), without characters that reorder or hide others."""
    return unicodedata.normalize("NFC", _TRICKS.sub("", text))


def _refuse_unknown(names: Iterable[str]) -> None:
    unknown = sorted(set(names) - PLACEHOLDERS.keys())
    if unknown:
        raise UnknownPlaceholder(
            gettext("Unknown placeholder: %(unknown)s. Known are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(PLACEHOLDERS)}
        )
