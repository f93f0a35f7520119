"""Follow-ups as cards: what to do, why, by when, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import NoReverseMatch, reverse

from breach.access import follow_ups_visible_to
from breach.models import FollowUp, User
from breach.services.worded import told


def link(name: str, **parts: object) -> str:
    """The URL of a page that may belong to the other side; empty when it is not installed."""
    try:
        return reverse(name, kwargs=parts)
    except NoReverseMatch:
        return ""


def cards(follow_ups: Iterable[FollowUp], opened_by: User | None = None) -> list[dict[str, Any]]:
    """What `partials/work_card.html` shows; follow-ups come with owner and exposure.person at hand.

    With `opened_by`, follow-ups of other desks are shown without a link.
    """
    rows = list(follow_ups)
    shown = [_card(one) for one in rows]
    if opened_by is not None:
        mine = follow_ups_visible_to(opened_by).filter(pk__in=[one.pk for one in rows])
        own = set(mine.values_list("pk", flat=True))
        for one, card in zip(rows, shown, strict=True):
            card["url"] = card["url"] if one.pk in own else ""
    return shown


def _card(one: FollowUp) -> dict[str, Any]:
    title, reason = one.get_kind_display(), told(one)
    return {
        "title": title,
        "url": link("follow-up-detail", pk=one.pk),
        "reason": "" if reason == title else reason,
        "due": one.due_on,
        "owner": one.owner.label if one.owner else one.get_desk_display(),
        "reference": one.exposure.person.reference if one.exposure else "",
    }
