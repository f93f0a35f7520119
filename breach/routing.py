"""Attorney first: who is told about an exposure on a day, through which channel, and why. Pure; no database.

Law: notice goes to the attorney of record, or to the person where nobody appears (8 CFR 292.5(a)); an appearance
holds for the forum where it was filed (8 CFR 292.4(a)); a child's guardian is told (OMB M-17-12); a consulate never
is (8 CFR 236.1(e)). Where a rule leaves doubt there is no route but a follow-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as N_

# Languages mostly spoken, rarely read: the interpreter's call is the primary notice (Mayan and other indigenous
# languages of the Americas, sign languages). BCP 47 primary subtags.
ORAL_LANGUAGES = frozenset(
    {
        "mam", "quc", "kjb", "kek", "cac", "knj", "ixl", "jac", "cak", "tzj", "poc", "acr", "usp",
        "cab", "miq", "qu", "quz", "zap", "mix", "nah", "ase",
    }
)  # fmt: skip
# What such a letter is written in, as working interpreters relay it.
RELAY_LANGUAGE = "es"
COUNSEL_LANGUAGE = "en"
DEFAULT_LANGUAGE = "en"

SENTENCES: dict[str, str] = {
    "counsel_active": N_(
        "%(attorney)s is attorney of record before %(forum)s since %(since)s (%(evidence)s)."
    ),
    "counsel_email": N_(
        "Counsel's e-mail address is known and has not bounced; the letter waits in the portal."
    ),
    "counsel_post": N_(
        "Counsel has no usable e-mail address; the letter goes by post to the address of record."
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
        "The person is not in custody and has a deliverable, safe address: letter by post."
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
        "Nobody has recorded the person's language: the letter offers an interpreter in many."
    ),
    "counsel_english": N_("Letters to counsel are written in English."),
    # why there is no route
    "deceased": N_("The person has died: a supervisor decides whom to tell."),
    "removed_untold": N_("The person was removed after the disclosure and before notice."),
    "removed": N_(
        "The person was removed before the disclosure was discovered: reach through counsel only."
    ),
    "disputed": N_(
        "Representation is disputed: nobody is written to until a supervisor has decided."
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
    "do_not_contact": N_("The person may not be contacted directly: a supervisor decides the way."),
    "guardian_missing": N_(
        "The person is under 18 and no guardian is verified: find the guardian."
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
        "No reviewed letter in %(language)s: add a translation, or call with an interpreter."
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why, as a code with its facts; `text` is the English sentence as it was when decided."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return SENTENCES[self.code] % self.params

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params), "text": self.text}


def explain(stored: Mapping[str, Any]) -> str:
    """The sentence of a stored reason in the reader's language."""
    template = SENTENCES.get(str(stored.get("code")))
    if template is None:
        return str(stored.get("text", ""))
    return gettext(template) % stored.get("params", {})


@dataclass(frozen=True)
class CounselView:
    representation_id: str
    attorney_id: str
    attorney_name: str
    kind: str
    status: str
    is_lead: bool
    evidence: str
    since: date
    email_usable: bool
    has_address: bool
    suspended: bool
    version: int


@dataclass(frozen=True)
class AddressView:
    contact_point_id: str
    country: str
    bad: bool
    safe: bool


@dataclass(frozen=True)
class LanguageView:
    tag: str
    name: str
    reads: bool | None


@dataclass(frozen=True)
class CaseView:
    """What routing needs to know of one exposure on one day. Ids and flags only, nothing sealed."""

    exposure_id: str
    person_id: str
    forum: str
    forum_name: str
    occurred_on: date
    discovered_on: date
    copy_to_person: bool
    copy_required: bool
    letter_languages: frozenset[str]  # languages with a reviewed translation
    routing_version: int = 1
    counsel: tuple[CounselView, ...] = ()  # in the incident's forum, in force on the day
    placement_id: str = ""
    facility_id: str = ""
    facility_name: str = ""
    placed_since: date | None = None
    address: AddressView | None = None
    languages: tuple[LanguageView, ...] = ()
    is_minor: bool = False
    guardian_id: str = ""  # verified, with an address
    do_not_contact: bool = False
    died_on: date | None = None
    removed_on: date | None = None


@dataclass(frozen=True)
class Route:
    """One recipient by one channel, or (with `problem`) the follow-up that stands in its place."""

    recipient_role: str
    channel: str
    language: str
    required: bool
    reasons: tuple[Reason, ...]
    rests_on: Mapping[str, str] = field(default_factory=dict)
    address_version: str = ""
    needs_interpreter: bool = False
    problem: str = ""  # a FollowUpKind

    @property
    def is_open_question(self) -> bool:
        return bool(self.problem)


def routes(case: CaseView, on: date) -> list[Route]:
    """Everybody who must (or, as a copy, should) be told, the required ones first. Never empty."""
    if case.died_on:
        return [_question("person", "no_route", Reason("deceased"))]
    if any(c.status == "disputed" for c in case.counsel):
        return [_question("person", "disputed_counsel", Reason("disputed"))]
    leads = [c for c in case.counsel if c.status == "active" and c.is_lead]
    if leads:
        counsel = _counsel_route(case, leads[0])
        if not case.copy_to_person or case.removed_on or counsel.recipient_role != "representative":
            return [counsel]
        return [counsel, *_person_routes(case, Reason("copy_policy"), required=case.copy_required)]
    claimed = any(c.status == "claimed" for c in case.counsel)
    why = (
        Reason("claimed_only") if claimed else Reason("nobody_appears", {"forum": case.forum_name})
    )
    return list(_person_routes(case, why, required=True))


def _counsel_route(case: CaseView, lead: CounselView) -> Route:
    if lead.suspended:
        return _question("person", "disputed_counsel", Reason("suspended"))
    if lead.kind == "accredited_partial" and case.forum in ("eoir", "bia"):
        return _question(
            "person",
            "disputed_counsel",
            Reason("partial_accreditation", {"forum": case.forum_name}),
        )
    appears = Reason(
        "counsel_active",
        {
            "attorney": lead.attorney_name, "forum": case.forum_name,
            "since": lead.since.isoformat(), "evidence": lead.evidence,
        },
    )  # fmt: skip
    rests_on = {"representation": lead.representation_id, "attorney": lead.attorney_id}
    if lead.email_usable:
        channel, how = "email", Reason("counsel_email")
    elif lead.has_address:
        channel, how = "mailhouse", Reason("counsel_post")
    else:
        return _question(
            "representative", "no_route", appears, Reason("counsel_unreachable"), rests_on=rests_on
        )
    return Route(
        recipient_role="representative",
        channel=channel,
        language=COUNSEL_LANGUAGE,
        required=True,
        reasons=(appears, how, Reason("counsel_english")),
        rests_on=rests_on,
        address_version=_version(
            channel, lead.representation_id, lead.attorney_id, str(lead.version)
        ),
    )


def _person_routes(case: CaseView, why: Reason, *, required: bool) -> Iterator[Route]:
    if case.removed_on:
        untold = case.removed_on >= case.occurred_on
        kind, code = ("removed_untold", "removed_untold") if untold else ("no_route", "removed")
        yield _question("person", kind, why, Reason(code), required=required)
        return
    if case.do_not_contact:
        yield _question("person", "no_route", why, Reason("do_not_contact"), required=required)
        return
    language, needs_interpreter, spoken = _language(case)
    if not language:
        yield _question("person", "no_translation", why, spoken, required=required)
        return
    if case.is_minor:
        yield _guardian_route(case, why, language, spoken, required=required)
        return
    if case.placement_id:
        since = case.placed_since.isoformat() if case.placed_since else "-"
        where = Reason("in_custody", {"facility": case.facility_name, "since": since})
        channel, basis = "hand", {"placement": case.placement_id, "facility": case.facility_id}
        version = _version("hand", case.placement_id)
    else:
        problem = _address_problem(case)
        if problem:
            yield _question("person", "no_route", why, problem, required=required)
            return
        assert case.address is not None  # _address_problem answers for a missing one
        where, channel = Reason("outside"), "mailhouse"
        basis = {"contact_point": case.address.contact_point_id}
        version = _version("mailhouse", case.address.contact_point_id)
    yield Route(
        recipient_role="person", channel=channel, language=language, required=required,
        reasons=(why, where, spoken), rests_on=basis, address_version=version,
        needs_interpreter=needs_interpreter,
    )  # fmt: skip


def _guardian_route(
    case: CaseView, why: Reason, language: str, spoken: Reason, *, required: bool
) -> Route:
    if not case.guardian_id:
        return _question("guardian", "no_route", why, Reason("guardian_missing"), required=required)
    return Route(
        recipient_role="guardian", channel="mailhouse", language=language, required=required,
        reasons=(why, Reason("guardian"), spoken), rests_on={"guardian": case.guardian_id},
        address_version=_version("mailhouse", case.guardian_id),
    )  # fmt: skip


def _language(case: CaseView) -> tuple[str, bool, Reason]:
    """The letter's language ("" where none is reviewed), whether an interpreter must call, and why."""
    if not case.languages:
        return DEFAULT_LANGUAGE, False, Reason("language_unknown")
    for spoken in case.languages:
        if spoken.reads is False or (
            spoken.tag.split("-")[0] in ORAL_LANGUAGES and spoken.reads is not True
        ):
            continue
        if _available(spoken.tag, case.letter_languages):
            tag = _available(spoken.tag, case.letter_languages)
            return tag, False, Reason("reads", {"language": spoken.name})
    best = case.languages[0]
    if all(spoken.reads is False for spoken in case.languages):
        return RELAY_LANGUAGE, True, Reason("reads_nothing")
    if best.tag.split("-")[0] in ORAL_LANGUAGES:
        return RELAY_LANGUAGE, True, Reason("relay", {"language": best.name})
    return "", False, Reason("no_translation", {"language": best.name})


def _available(tag: str, languages: frozenset[str]) -> str:
    """The reviewed language that serves this tag: itself, or its primary language (es-MX is served by es)."""
    primary = tag.split("-")[0]
    return tag if tag in languages else primary if primary in languages else ""


def _address_problem(case: CaseView) -> Reason | None:
    address = case.address
    if address is None:
        return Reason("whereabouts_unknown")
    if address.bad:
        return Reason("address_bad")
    if address.country != "US":
        return Reason("address_abroad")
    return None if address.safe else Reason("address_unsafe")


def _question(
    role: str,
    kind: str,
    *reasons: Reason,
    required: bool = True,
    rests_on: Mapping[str, str] | None = None,
) -> Route:
    return Route(
        recipient_role=role, channel="", language="", required=required, reasons=reasons,
        rests_on=rests_on or {}, problem=kind,
    )  # fmt: skip


def _version(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
