"""Ways to reach a person outside custody: checked at the door, never a consulate, never the country of feared harm."""

from __future__ import annotations

import phonenumbers
from django.utils.translation import gettext as _

from breach.core import normalize
from breach.core.codes import country_name, language_tag
from breach.core.consulates import names_a_consulate
from breach.core.errors import Refused
from breach.core.normalize import REASONS, Unreadable, name_key
from breach.models import AffectedPerson, ContactPoint
from breach.models.people import ContactKind
from breach.one_human import all_records

HOME_LANGUAGES = ("en", "es")


class UnusableContact(Refused):
    """The value cannot be read as an address, phone, e-mail or language."""


class ConsulateRefused(Refused):
    """It names a consulate or embassy, which can never be told anything (8 CFR 236.1(e))."""


class FearedCountryRefused(Refused):
    """It lies in the country the person may be fleeing from."""


def add_to_file(
    person: AffectedPerson,
    kind: str,
    value: str,
    *,
    verified: bool,
    safe: bool,
    country: str = "US",
) -> ContactPoint:
    """Check and add a contact point of a locked person, for the verbs that learn of one."""
    value = _readable(kind, value)
    refuse_consulate(value)
    if _in_feared_country(person.nationality or "", kind, value, country):
        raise FearedCountryRefused(
            _(
                "This lies in the person's own country: nothing is sent there. Reach them through counsel."
            )
        )
    if kind == ContactKind.ADDRESS:
        ContactPoint.objects.filter(
            person__in=all_records(person), kind=kind, is_current=True
        ).update(is_current=False)
    point = ContactPoint(
        person=person, kind=kind, value=value, country=country, verified=verified, safe=safe
    )
    point.save(force_insert=True)
    return point


def refuse_consulate(*texts: str) -> None:
    """Raise ConsulateRefused when one of the texts names a consulate or embassy."""
    if any(names_a_consulate(text) for text in texts):
        raise ConsulateRefused(
            _("A consulate or embassy can never be told about this person. Enter another contact.")
        )


def checked_language(raw: str) -> str:
    """The BCP 47 tag of a language as somebody typed it."""
    try:
        return language_tag(raw)
    except Unreadable as unreadable:
        raise UnusableContact(_sentence(_("The language"), unreadable)) from None


def _readable(kind: str, value: str) -> str:
    try:
        if kind == ContactKind.PHONE:
            return normalize.phone(value)
        if kind == ContactKind.EMAIL:
            return normalize.email(value)
        lines = [line for line in map(normalize.clean, value.splitlines()) if line]
    except Unreadable as unreadable:
        raise UnusableContact(_sentence(str(ContactKind(kind).label), unreadable)) from None
    if len(lines) < 2:
        raise UnusableContact(
            _("An address has at least two lines: the street, then city, state and ZIP code.")
        )
    return "\n".join(lines)


def _in_feared_country(nationality: str, kind: str, value: str, country: str) -> bool:
    if len(nationality) != 2 or nationality == "US":
        return False
    if kind == ContactKind.PHONE:
        number = phonenumbers.parse(value.partition("x")[0])
        return phonenumbers.region_code_for_number(number) == nationality
    if kind == ContactKind.EMAIL:
        return value.lower().endswith(f".{nationality.lower()}")
    names = {name_key(country_name(nationality, language)) for language in HOME_LANGUAGES}
    return country == nationality or name_key(value.splitlines()[-1]) in names


def _sentence(what: str, unreadable: Unreadable) -> str:
    return f"{what} {REASONS[unreadable.code]}."
