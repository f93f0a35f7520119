"""Attorney first: each rule of routing as one line of a table, and what holds for every case there can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from breach.models import FollowUpKind
from breach.reasons import MASKED, QUESTIONS, SENTENCES, Reason, explain, is_question
from breach.routing import (
    ORAL_LANGUAGES,
    AddressView,
    CaseView,
    CounselView,
    LanguageView,
    Route,
    routes,
)

TODAY = date(2022, 12, 5)
BEFORE, AFTER = date(2022, 11, 1), date(2022, 12, 1)
BOTH = frozenset({"en", "es"})

COUNSEL = CounselView(
    representation_id="R1", attorney_id="A1", attorney_name="Ada Counsel", kind="attorney", status="active",
    is_lead=True, evidence="Form G-28", since=BEFORE, email_usable=True, has_address=True, suspended=False, version=1,
)  # fmt: skip
HOME = AddressView(contact_point_id="C1", country="US", bad=False, safe=True)
SPANISH = LanguageView("es", "Spanish", True)
MAM = LanguageView("mam", "Mam", None)
DARI = LanguageView("prs", "Dari", True)

# In custody, reads Spanish, nobody appears: the plainest case.
CASE = CaseView(
    exposure_id="E1", person_id="P1", forum="eoir", forum_name="Immigration court (EOIR)",
    occurred_on=date(2022, 11, 28), copy_to_person=True, copy_required=False, letter_languages=BOTH,
    placement_id="S1", facility_id="F1", facility_name="Invented Center", placed_since=BEFORE, languages=(SPANISH,),
)  # fmt: skip
OUTSIDE: dict[str, Any] = {"placement_id": "", "facility_id": "", "address": HOME}


def told(case: CaseView) -> list[str]:
    """Each route in short: who, how, in which language; or who and which follow-up. Optional ones in brackets."""
    return [_short(route) for route in routes(case, TODAY)]


def _short(route: Route) -> str:
    way = f"? {route.problem}" if route.is_open_question else f"{route.channel} {route.language}"
    call = " + call" if route.needs_interpreter else ""
    text = f"{route.recipient_role}: {way}{call}"
    return text if route.required else f"({text})"


def counsel(**changes: Any) -> dict[str, Any]:
    return {"counsel": (replace(COUNSEL, **changes),)}


TABLE: list[tuple[str, dict[str, Any], list[str]]] = [
    # counsel first
    ("counsel with e-mail, copy to the person", counsel(), ["representative: email en", "(person: hand es)"]),
    ("a policy without copies", counsel() | {"copy_to_person": False}, ["representative: email en"]),
    ("a policy that makes the copy a duty", counsel() | {"copy_required": True},
     ["representative: email en", "person: hand es"]),
    ("counsel without e-mail", counsel(email_usable=False), ["representative: mailhouse en", "(person: hand es)"]),
    ("counsel without any address", counsel(email_usable=False, has_address=False),
     ["representative: ? no_route", "(person: hand es)"]),
    ("a lead and a co-counsel", {"counsel": (replace(COUNSEL, is_lead=False, attorney_id="A2"), COUNSEL)},
     ["representative: email en", "(person: hand es)"]),
    ("only a co-counsel", counsel(is_lead=False), ["representative: email en", "(person: hand es)"]),
    ("a claim nobody has verified in time", counsel(status="claimed"), ["person: hand es"]),
    ("a claim whose days are over", counsel(status="claimed") | {"claim_waits_until": date(2022, 12, 4)},
     ["person: hand es"]),
    ("a claim that is asked about first", counsel(status="claimed") | {"claim_waits_until": TODAY},
     ["person: ? disputed_counsel"]),
    ("a claim beside counsel of record",
     {"counsel": (COUNSEL, replace(COUNSEL, status="claimed")), "claim_waits_until": TODAY},
     ["representative: email en", "(person: hand es)"]),
    # 8 USC 1367: no vendor
    ("a protected person in custody", {"protected": True}, ["person: hand es"]),
    ("a protected person outside", OUTSIDE | {"protected": True}, ["person: ? no_route"]),
    ("counsel of a protected person by e-mail", counsel() | {"protected": True},
     ["representative: email en", "(person: hand es)"]),
    ("counsel of a protected person by post", counsel(email_usable=False) | {"protected": True},
     ["representative: ? no_route", "(person: hand es)"]),
    ("a protected child's guardian", {"protected": True, "is_minor": True, "guardian_id": "G1"},
     ["guardian: ? no_route"]),
    ("a shredded person with counsel", counsel() | {"shredded": True}, ["person: ? no_route"]),
    ("a dispute", counsel(status="disputed"), ["person: ? disputed_counsel"]),
    ("a lead and somebody else's dispute", {"counsel": (COUNSEL, replace(COUNSEL, status="disputed"))},
     ["person: ? disputed_counsel"]),
    ("an attorney suspended from practice", counsel(suspended=True), ["person: ? disputed_counsel"]),
    ("a suspended appearance", counsel(status="suspended"), ["person: ? disputed_counsel"]),
    ("a partly accredited representative in court", counsel(kind="accredited_partial"),
     ["person: ? disputed_counsel"]),
    ("a partly accredited representative before ICE", counsel(kind="accredited_partial") | {"forum": "ice"},
     ["representative: email en", "(person: hand es)"]),
    ("no letter in English for counsel", counsel() | {"letter_languages": {"es"}},
     ["representative: ? no_translation", "(person: hand es)"]),
    # the person, where nobody appears
    ("in custody", {}, ["person: hand es"]),
    ("outside with an address", OUTSIDE, ["person: mailhouse es"]),
    ("outside without one", OUTSIDE | {"address": None}, ["person: ? no_route"]),
    ("a bad address", OUTSIDE | {"address": replace(HOME, bad=True)}, ["person: ? no_route"]),
    ("an address nobody called safe", OUTSIDE | {"address": replace(HOME, safe=False)}, ["person: ? no_route"]),
    ("an address abroad", OUTSIDE | {"address": replace(HOME, country="GT")}, ["person: ? no_route"]),
    ("custody before any address", {"address": HOME}, ["person: hand es"]),
    ("not to be contacted", {"do_not_contact": True}, ["person: ? no_route"]),
    ("not to be contacted, with counsel", counsel() | {"do_not_contact": True},
     ["representative: email en", "(person: ? no_route)"]),
    # languages
    ("a region of a language we write", {"languages": (LanguageView("es-MX", "Spanish", None),)}, ["person: hand es"]),
    ("a language we do not write", {"languages": (DARI,)}, ["person: ? no_translation"]),
    ("a second language we write", {"languages": (DARI, SPANISH)}, ["person: hand es"]),
    ("a language rarely read", {"languages": (MAM,)}, ["person: hand es + call"]),
    ("one rarely read, and one read", {"languages": (MAM, LanguageView("en", "English", True))}, ["person: hand en"]),
    ("reads nothing", {"languages": (replace(SPANISH, reads=False),)}, ["person: hand es + call"]),
    ("nobody asked", {"languages": ()}, ["person: hand en + call"]),
    ("nobody asked, and no English letter", {"languages": (), "letter_languages": {"es"}},
     ["person: ? no_translation"]),
    ("rarely read, and no Spanish letter to go along", {"languages": (MAM,), "letter_languages": {"en"}},
     ["person: ? no_translation"]),
    ("a copy in a language rarely read", counsel() | {"languages": (MAM,)},
     ["representative: email en", "(person: hand es)"]),
    # minors
    ("a child with a guardian", {"is_minor": True, "guardian_id": "G1"}, ["guardian: mailhouse es"]),
    ("a child without one", {"is_minor": True}, ["guardian: ? no_route"]),
    ("a child whose language is rarely read", {"is_minor": True, "guardian_id": "G1", "languages": (MAM,)},
     ["guardian: mailhouse es + call"]),
    ("a child with counsel", counsel() | {"is_minor": True, "guardian_id": "G1"},
     ["representative: email en", "(guardian: mailhouse es)"]),
    # who cannot be told any more
    ("dead", counsel() | {"died_on": AFTER}, ["person: ? no_route"]),
    ("removed before the disclosure", {"removed_on": BEFORE}, ["person: ? no_route"]),
    ("removed after it, before notice", {"removed_on": AFTER}, ["person: ? removed_untold"]),
    ("removed on its very day", {"removed_on": date(2022, 11, 28)}, ["person: ? removed_untold"]),
    ("removed, with counsel", counsel() | {"removed_on": AFTER}, ["representative: email en"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_rules(changes: dict[str, Any], expected: list[str]) -> None:
    assert told(replace(CASE, **changes)) == expected


def test_a_route_names_what_it_rests_on() -> None:
    counsel_route, copy = routes(replace(CASE, counsel=(COUNSEL,)), TODAY)
    assert counsel_route.rests_on == {"representation": "R1", "attorney": "A1"}
    assert copy.rests_on == {"placement": "S1", "facility": "F1"}
    (post,) = routes(replace(CASE, **OUTSIDE), TODAY)
    assert post.rests_on == {"contact_point": "C1"}
    (guardian,) = routes(replace(CASE, is_minor=True, guardian_id="G1"), TODAY)
    assert guardian.rests_on == {"guardian": "G1"}


def test_another_place_or_another_address_of_counsel_is_another_address_version() -> None:
    def version(**changes: Any) -> str:
        return routes(replace(CASE, **changes), TODAY)[0].address_version

    assert version() != version(placement_id="S2")
    assert version(**counsel()) != version(**counsel(version=2))
    assert version(**counsel()) == version(**counsel(), placement_id="S2")


def test_a_claim_is_said_to_be_unverified() -> None:
    (route,) = routes(replace(CASE, **counsel(status="claimed")), TODAY)
    assert route.reasons[0].code == "claimed_only"


def test_a_copy_promises_no_call_that_counsel_would_have_to_refuse() -> None:
    _counsel, copy = routes(replace(CASE, counsel=(COUNSEL,), languages=(MAM,)), TODAY)
    assert [reason.code for reason in copy.reasons] == ["copy_policy", "in_custody", "copy_relayed"]


# What holds for every case.

days = st.none() | st.sampled_from([BEFORE, date(2022, 11, 28), AFTER])
counsels = st.builds(
    replace,
    st.just(COUNSEL),
    status=st.sampled_from(["claimed", "active", "suspended", "disputed"]),
    kind=st.sampled_from(["attorney", "accredited_full", "accredited_partial"]),
    is_lead=st.booleans(),
    email_usable=st.booleans(),
    has_address=st.booleans(),
    suspended=st.booleans(),
)
spoken = st.builds(
    LanguageView,
    tag=st.sampled_from(["es", "es-GT", "en", "prs", "mam", "ase"]),
    name=st.just("Some language"),
    reads=st.sampled_from([True, False, None]),
)
cases = st.builds(
    replace,
    st.just(CASE),
    forum=st.sampled_from(["ice", "eoir", "bia", "uscis"]),
    copy_to_person=st.booleans(),
    copy_required=st.booleans(),
    letter_languages=st.frozensets(st.sampled_from(["en", "es"]), min_size=1),
    counsel=st.lists(counsels, max_size=3).map(tuple),
    placement_id=st.sampled_from(["", "S1"]),
    address=st.none()
    | st.builds(
        replace,
        st.just(HOME),
        country=st.sampled_from(["US", "GT"]),
        bad=st.booleans(),
        safe=st.booleans(),
    ),
    languages=st.lists(spoken, max_size=3).map(tuple),
    is_minor=st.booleans(),
    guardian_id=st.sampled_from(["", "G1"]),
    do_not_contact=st.booleans(),
    died_on=days,
    removed_on=days,
)


@given(cases)
def test_there_is_always_somebody_to_tell_or_something_to_do(case: CaseView) -> None:
    plan = routes(case, TODAY)
    assert plan[0].required
    assert len({route.recipient_role for route in plan}) == len(plan)


@given(cases)
def test_nobody_with_counsel_is_told_instead_of_counsel(case: CaseView) -> None:
    if not any(one.status in ("active", "suspended", "disputed") for one in case.counsel):
        return
    direct = [r for r in routes(case, TODAY) if r.recipient_role != "representative" and r.channel]
    for route in direct:
        assert route.reasons[0].code == "copy_policy"
        assert case.copy_to_person
        assert route.required == case.copy_required
        assert not route.needs_interpreter


@given(cases)
def test_every_route_and_every_question_explains_itself(case: CaseView) -> None:
    for route in routes(case, TODAY):
        assert route.reasons
        assert all(reason.text.endswith(".") for reason in route.reasons)
        assert route.is_open_question == is_question(route.reasons[-1].text)
        if route.is_open_question:
            assert route.problem in FollowUpKind.values


@given(cases)
def test_what_is_sent_has_an_address_and_a_reviewed_language(case: CaseView) -> None:
    for route in routes(case, TODAY):
        if not route.is_open_question:
            assert route.language in case.letter_languages
            assert route.address_version
            assert route.rests_on
            assert (route.channel == "email") <= (route.recipient_role == "representative")


@given(cases)
def test_the_dead_the_removed_and_the_protected_are_never_written_to(case: CaseView) -> None:
    if case.died_on or case.removed_on or case.do_not_contact:
        direct = [r for r in routes(case, TODAY) if r.recipient_role != "representative"]
        assert all(route.is_open_question for route in direct)


@given(cases)
def test_the_same_case_is_always_routed_the_same_way(case: CaseView) -> None:
    assert routes(case, TODAY) == routes(case, TODAY)


# The stored reasons.

PARAMS = dict.fromkeys(
    ("attorney", "forum", "since", "evidence", "facility", "language", "until"), "x"
)


@pytest.mark.parametrize("code", SENTENCES)
def test_every_reason_can_be_explained_later(code: str) -> None:
    sentence = explain({"code": code, "params": PARAMS, "text": "as it was"})
    assert sentence == MASKED.get(code, SENTENCES[code]) % PARAMS
    assert is_question(sentence) == (code in QUESTIONS)


def test_a_reason_that_is_shown_names_no_place() -> None:
    stored = Reason("in_custody", {"facility": "Invented County Jail", "since": "2022-11-01"})
    assert "Invented County Jail" in stored.text
    assert explain(stored.as_dict()) == MASKED["in_custody"]


def test_days_of_a_reason_read_like_every_other_day_and_are_stored_as_they_were() -> None:
    since = {
        "attorney": "A. Prueba",
        "forum": "ICE",
        "evidence": "Form G-28",
        "since": "2022-11-15",
    }
    stored = Reason("counsel_active", since)
    assert "since Nov. 15, 2022 (Form G-28)" in explain(stored.as_dict())
    assert "since 2022-11-15" in stored.text
    with translation.override("es"):
        assert "15 de noviembre de 2022" in explain(stored.as_dict())
    for other in ("-", "2022-02-31"):
        assert f"since {other} (" in explain(
            Reason("counsel_active", since | {"since": other}).as_dict()
        )


def test_a_reason_of_an_older_program_is_shown_as_it_was() -> None:
    assert explain({"code": "forgotten", "text": "As it was."}) == "As it was."


def test_what_somebody_else_asks_is_not_taken_for_routings_question() -> None:
    assert not is_question("Reported dead: verify it and record it.")


def test_oral_languages_are_primary_subtags() -> None:
    assert all(tag == tag.lower() and "-" not in tag for tag in ORAL_LANGUAGES)
