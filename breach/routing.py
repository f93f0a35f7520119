"""Attorney first: who is told about an exposure on a day, through which channel, and why. Pure; no database.

Law: notice goes to the attorney of record, or to the person where nobody appears (8 CFR 292.5(a)); an appearance
holds for the forum where it was filed (8 CFR 292.4(a)); a child's guardian is told (OMB M-17-12); a consulate never
is (8 CFR 236.1(e)). Where a rule leaves doubt there is no route but a follow-up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from .reasons import Reason

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
NAMES = {"en": "English", "es": "Spanish"}
UNTIL = "until"  # in `rests_on`: the last day this answer holds; the day after, the route is asked again


@dataclass(frozen=True)
class CounselView:
    representation_id: str
    attorney_id: str
    attorney_name: str
    kind: str
    status: str
    is_lead: bool
    evidence: str
    since: date | None
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
    protected: bool = False  # 8 USC 1367
    shredded: bool = False
    joined: bool = False  # other records were joined to this person's
    two_leads: bool = False  # records joined to this one name different attorneys of record
    contradiction: str = (
        ""  # a reason's code: where or how to tell the person, joined records disagree
    )
    claim_waits_until: date | None = (
        None  # a claimed appearance is asked about first, through this day
    )
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
    return [_protected(route) if case.protected else route for route in _routes(case, on)]


def _routes(case: CaseView, on: date) -> list[Route]:
    if case.shredded:
        return [_question("person", "no_route", Reason("shredded"))]
    if case.died_on:
        return [_question("person", "no_route", Reason("deceased"))]
    if any(c.status == "disputed" for c in case.counsel):
        return [_question("person", "disputed_counsel", Reason("disputed"))]
    if case.two_leads:
        return [_question("person", "disputed_counsel", Reason("two_leads"))]
    appearing = [c for c in case.counsel if c.status == "active"]
    if appearing:
        counsel = _counsel_route(case, min(appearing, key=lambda c: not c.is_lead))
        if not case.copy_to_person or case.removed_on or counsel.recipient_role != "representative":
            return [counsel]
        return [counsel, *_copies(case)]
    if any(c.status == "suspended" for c in case.counsel):
        return [_question("person", "disputed_counsel", Reason("suspended"))]
    claimed = any(c.status == "claimed" for c in case.counsel)
    if claimed and case.claim_waits_until and on <= case.claim_waits_until:
        return [_asked_first(case.claim_waits_until)]
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
            "since": lead.since.isoformat() if lead.since else "-", "evidence": lead.evidence,
        },
    )  # fmt: skip
    rests_on = {"representation": lead.representation_id, "attorney": lead.attorney_id}
    if COUNSEL_LANGUAGE not in case.letter_languages:
        unwritten = Reason("no_translation", {"language": NAMES[COUNSEL_LANGUAGE]})
        return _question("representative", "no_translation", appears, unwritten, rests_on=rests_on)
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


def unreadable(route: Route) -> Route:
    """The question in place of a route whose name or address does not open: an administrator restores them."""
    reasons = (*route.reasons, Reason("unreadable"))
    return _question(
        route.recipient_role, "no_route", *reasons, required=route.required, rests_on=route.rests_on
    )


def _asked_first(until: date) -> Route:
    """Somebody claims to speak for the person: the office asks before the person is told past them."""
    waits = Reason("claim_waits", {"until": until.isoformat()})
    return _question("person", "disputed_counsel", waits, rests_on={UNTIL: until.isoformat()})


def _protected(route: Route) -> Route:
    """A vendor learns nothing of a person whom 8 USC 1367 protects: what it would print waits for a decision."""
    if route.channel != "mailhouse":
        return route
    reasons = (*route.reasons, Reason("protected"))
    return replace(
        route, channel="", language="", address_version="", needs_interpreter=False, problem="no_route",
        reasons=reasons,
    )  # fmt: skip


def _copies(case: CaseView) -> Iterator[Route]:
    """The represented person's copy. Nobody calls: direct contact goes through counsel."""
    for route in _person_routes(case, Reason("copy_policy"), required=case.copy_required):
        if route.needs_interpreter:
            unknown = route.reasons[-1].code == "language_unknown"
            relayed = Reason("copy_language_unknown" if unknown else "copy_relayed")
            reasons = (*route.reasons[:-1], relayed)
            yield replace(route, needs_interpreter=False, reasons=reasons)
        else:
            yield route


def _person_routes(case: CaseView, why: Reason, *, required: bool) -> Iterator[Route]:
    if case.removed_on:
        untold = case.removed_on >= case.occurred_on
        kind, code = ("removed_untold", "removed_untold") if untold else ("no_route", "removed")
        yield _question("person", kind, why, Reason(code), required=required)
        return
    if case.do_not_contact:
        yield _question("person", "no_route", why, Reason("do_not_contact"), required=required)
        return
    if case.contradiction:
        yield _question("person", "no_route", why, Reason(case.contradiction), required=required)
        return
    language, needs_interpreter, spoken = _language(case)
    if not language:
        yield _question("person", "no_translation", why, spoken, required=required)
        return
    if case.is_minor:
        yield _guardian_route(case, why, language, spoken, needs_interpreter, required=required)
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
    case: CaseView,
    why: Reason,
    language: str,
    spoken: Reason,
    needs_interpreter: bool,
    *,
    required: bool,
) -> Route:
    if not case.guardian_id:
        return _question("guardian", "no_route", why, Reason("guardian_missing"), required=required)
    return Route(
        recipient_role="guardian", channel="mailhouse", language=language, required=required,
        reasons=(why, Reason("guardian"), spoken), rests_on={"guardian": case.guardian_id},
        address_version=_version("mailhouse", case.guardian_id), needs_interpreter=needs_interpreter,
    )  # fmt: skip


def _language(case: CaseView) -> tuple[str, bool, Reason]:
    """The letter's language ("" where none is reviewed), whether an interpreter must call, and why."""
    if (
        not case.languages
    ):  # a signature under a letter that may not have been understood proves nothing
        return _if_written(case, DEFAULT_LANGUAGE, True, Reason("language_unknown"))
    for spoken in case.languages:
        if spoken.reads is False or (
            spoken.tag.split("-")[0] in ORAL_LANGUAGES and spoken.reads is not True
        ):
            continue
        if tag := _available(spoken.tag, case.letter_languages):
            return tag, False, Reason("reads", {"language": spoken.name})
    best = case.languages[0]
    if all(spoken.reads is False for spoken in case.languages):
        return _if_written(case, RELAY_LANGUAGE, True, Reason("reads_nothing"))
    if best.tag.split("-")[0] in ORAL_LANGUAGES:
        return _if_written(case, RELAY_LANGUAGE, True, Reason("relay", {"language": best.name}))
    return "", False, Reason("no_translation", {"language": best.name})


def _if_written(
    case: CaseView, language: str, needs_interpreter: bool, why: Reason
) -> tuple[str, bool, Reason]:
    """This language for this reason, where a reviewed letter in it exists."""
    if language in case.letter_languages:
        return language, needs_interpreter, why
    return "", False, Reason("no_translation", {"language": NAMES[language]})


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
