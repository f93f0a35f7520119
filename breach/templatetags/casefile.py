"""Words for what the case file stores in short: `{% load casefile %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from breach.models import FollowUp
from breach.services.worded import told
from breach.web.filters import language_name

register = template.Library()
ENDED = {
    "transferred": _lazy("Transferred"), "released": _lazy("Released"),
    "removed": _lazy("Removed"), "deceased": _lazy("Deceased"),
}  # fmt: skip


@register.filter
def origin(source: str) -> str:
    """Where a fact comes from: a roster is named as such, not by its id."""
    return _("Roster") if source.startswith("roster ") else source


@register.filter
def why(follow_up: FollowUp) -> str:
    """Why somebody must act, with its facts, in the reader's language."""
    return told(follow_up)


@register.filter
def ended(reason: str) -> str:
    """Why a stay ended, in the reader's language."""
    return str(ENDED.get(reason, reason))


@register.filter
def language(tag: str) -> str:
    """The language of a tag in the reader's language."""
    return language_name(tag)
