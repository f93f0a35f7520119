"""What an identity stores in short, as pages write it: a day, a country, a sex."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from breach.core.codes import country_name

SEXES: dict[str, str | Promise] = {
    "F": _("Female"),
    "M": _("Male"),
    "X": _("X (another or not stated)"),
}


def day(value: date | None) -> str:
    return date_format(value, "DATE_FORMAT") if value else ""


def country(code: str | None) -> str:
    return country_name(code, get_language() or "en") if code else ""


def sex(code: str | None) -> str:
    """Values without words are shown as they are."""
    return str(SEXES.get(code, code)) if code else ""
