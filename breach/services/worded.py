"""The reason of a next action as it is kept (an English sentence, its code and facts) and as its reader meets it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from breach.models import FollowUp
from breach.reasons import Reason, explain

from .rosters_reading import sentence

LONGEST = 300
Asked = str | Promise | Reason


def plain(reason: Asked) -> str:
    """The sentence that is stored: in the source language, at most 300 characters."""
    with override(settings.LANGUAGE_CODE):
        return (reason.text if isinstance(reason, Reason) else str(reason))[:LONGEST]


def facts_of(reason: Asked) -> dict[str, Any]:
    """Code and facts, where the sentence has facts; without any it is looked up by its own words."""
    if not isinstance(reason, Reason):
        return {}
    return {"code": reason.code, "params": dict(reason.params)}


def told(follow_up: FollowUp) -> str:
    """Why somebody must act, in the reader's language; what an earlier version stored stays as it was stored."""
    facts = follow_up.reason_facts
    if not facts:
        return gettext(follow_up.reason) if follow_up.reason else ""
    params = dict(facts.get("params", {}))
    if problems := params.pop("problems", None):
        params["said"] = " ".join(map(sentence, problems))
    return explain({"code": facts.get("code"), "params": params, "text": follow_up.reason})
