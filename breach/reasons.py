"""Why a route is as it is: closed codes with a sentence each, stored with the decision and shown to whoever asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as N_

from breach.core.codes import language_name, language_tag
from breach.core.normalize import Unreadable

SENTENCES: dict[str, str] = {
    "counsel_active": N_(
        "%(attorney)s is attorney of record before %(forum)s since %(since)s (%(evidence)s)."
    ),
    "counsel_email": N_(
        "Counsel's e-mail address is known and has not bounced; the letter waits in the portal."
    ),
    "counsel_post": N_(
        "Counsel has no usable e-mail address; the letter goes by mail to the address of record."
    ),
    "copy_policy": N_("The incident's policy sends the person a copy."),
    "nobody_appears": N_(
        "Nobody appears for the person before %(forum)s: the person is told directly."
    ),
    "claimed_only": N_(
        "A representation is claimed but not verified: nothing is disclosed to that attorney."
    ),
    "in_custody": N_(
        "The person is held at %(facility)s since %(since)s: sealed letter, handed over and signed for."
    ),
    "outside": N_(
        "The person is not in custody and has a deliverable, safe address: letter by mail."
    ),
    "guardian": N_("The person is under 18 and has a verified guardian: the guardian is told."),
    "reads": N_("The person reads %(language)s, and the letter is reviewed in it."),
    "relay": N_(
        "%(language)s is rarely read: an interpreter calls, and a letter in Spanish goes along."
    ),
    "reads_nothing": N_(
        "The person reads no language we know of: an interpreter calls, and a letter goes along."
    ),
    "language_unknown": N_(
        "Nobody has recorded the person's language: the letter offers an interpreter in many, "
        "and somebody calls to make sure it is understood."
    ),
    "copy_language_unknown": N_(
        "Nobody has recorded the person's language: the copy is in English, and counsel explains it."
    ),
    "copy_relayed": N_(
        "The person reads none of our letters: the copy is in Spanish, and counsel explains it."
    ),
    "counsel_english": N_("Letters to counsel are written in English."),
    # why there is no route
    "shredded": N_("The person's identity was destroyed: no letter can be made any more."),
    "unreadable": N_(
        "The name or address on file cannot be opened: have an administrator restore it from a backup, or enter the "
        "address again."
    ),
    "claim_waits": N_(
        "An attorney claims to speak for the person: ask the office first, and verify by %(until)s."
    ),
    "protected": N_(
        "The person is protected by 8 USC 1367 and nothing goes through a mail house: a supervisor decides what to do."
    ),
    "deceased": N_("The person has died: a supervisor decides whom to tell."),
    "removed_untold": N_("The person was removed after the disclosure and before notice."),
    "removed": N_(
        "The person was removed before the disclosure was discovered: reach them through counsel only."
    ),
    "disputed": N_(
        "Representation is disputed: nobody is written to until a supervisor has decided."
    ),
    "two_leads": N_(
        "Records that were joined name different attorneys of record: find out who speaks for the person."
    ),
    "suspended": N_(
        "The attorney of record is suspended from practice: find out who speaks for the person."
    ),
    "partial_accreditation": N_(
        "The representative is accredited before DHS only and cannot be served for %(forum)s."
    ),
    "counsel_unreachable": N_(
        "Counsel has neither a usable e-mail nor a postal address: call the office."
    ),
    "do_not_contact": N_(
        "The person may not be contacted directly: a supervisor decides how to reach them."
    ),
    "guardian_missing": N_(
        "The person is under 18 and no guardian is verified: find the guardian."
    ),
    "two_places": N_(
        "Records that were joined disagree on where the person is held: find out, and record it."
    ),
    "two_addresses": N_(
        "Records that were joined give different addresses: find out which is right, and enter it again."
    ),
    "two_guardians": N_(
        "Records that were joined name different guardians: find out who it is, and enter that one again."
    ),
    "joined_underway": N_(
        "A notice to the record joined to this one is on its way: its proof counts for this person too."
    ),
    "address_bad": N_("The last known address is known to be bad: look for a new one."),
    "address_unsafe": N_("Nobody has confirmed that writing to this address is safe."),
    "address_abroad": N_(
        "The address is outside the United States: never write there without consent."
    ),
    "whereabouts_unknown": N_(
        "We know neither a place of custody nor an address: find the person."
    ),
    "no_translation": N_(
        "No reviewed letter in %(language)s: whoever runs the program installs a translation, then it is reviewed."
    ),
}
# Why somebody must act, where it is no question of routing.
ASKED: dict[str, str] = {
    "roster_row": N_("Row %(row)s of the roster “%(roster)s”: %(said)s"),
    "rows_wait": N_("Rows of the roster that wait for a decision: %(count)s"),
    "pairs_wait": N_("Pairs of records that may be one person: %(count)s"),
}
# How pages and the API say those that would tell where somebody is: whereabouts open by a recorded look only.
MASKED: dict[str, str] = {
    "in_custody": N_("The person is in custody: sealed letter, handed over and signed for."),
}
# Those of them that stand in the place of a route.
QUESTIONS = (
    "deceased", "removed_untold", "removed", "disputed", "suspended", "partial_accreditation", "counsel_unreachable",
    "do_not_contact", "guardian_missing", "address_bad", "address_unsafe", "address_abroad", "whereabouts_unknown",
    "no_translation", "shredded", "unreadable", "claim_waits", "protected", "two_leads", "two_places", "two_addresses",
    "two_guardians", "joined_underway",
)  # fmt: skip
# Sentences of earlier versions that still stand in follow-ups.
FORMER = ("No reviewed letter in %(language)s: add a translation, or call with an interpreter.",)
_QUESTION = re.compile(
    "|".join(
        re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(sentence))
        for sentence in (*(SENTENCES[code] for code in QUESTIONS), *FORMER)
    )
)

LABELS = ("forum", "evidence")  # facts that are labels of closed lists
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Reason:
    """Why, as a code with its facts; `text` is the English sentence as it was when decided."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return (SENTENCES.get(self.code) or ASKED[self.code]) % self.params

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params), "text": self.text}


def explain(stored: Mapping[str, Any]) -> str:
    """The sentence of a stored reason in the reader's language, without naming a place."""
    code = str(stored.get("code"))
    template = MASKED.get(code) or SENTENCES.get(code) or ASKED.get(code)
    if template is None:
        return str(stored.get("text", ""))
    params = stored.get("params", {})
    said = str(gettext(template) % {name: _shown(name, value) for name, value in params.items()})
    # Only what `_language` wrote small.
    return said if said.startswith(str(params.get("language", ""))) else said[:1].upper() + said[1:]


def _shown(name: str, value: object) -> object:
    """A fact as the reader's language has it: stored are ISO days, and languages and forums by their English names."""
    if name == "language":
        return _language(str(value))
    if name in LABELS:
        return gettext(str(value)) if value else value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:  # no such day
        return value


def _language(name: str) -> str:
    """Within a sentence; Spanish writes languages small."""
    reader = get_language() or "en"
    try:
        found = language_name(language_tag(name), reader)
    except Unreadable:
        return name
    return found[:1].lower() + found[1:] if reader.startswith("es") else found


def is_question(sentence: str) -> bool:
    """Whether routing itself asked this, in the words it stores: then a later route answers it."""
    return _QUESTION.fullmatch(sentence) is not None
