"""Words for what the case file stores in short: `{% load casefile %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from breach.web.filters import language_name

register = template.Library()


@register.filter
def origin(source: str) -> str:
    """Where a fact comes from: a roster is named as such, not by its id."""
    return _("Roster") if source.startswith("roster ") else source


@register.filter
def language(tag: str) -> str:
    """The language of a tag in the reader's language."""
    return language_name(tag)
