"""A roster in: every row is new, matched, conflict or rejected; nothing is guessed and nothing merges by itself."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breach.core import keyring
from breach.core.roles import NotAllowed
from breach.models import (
    AffectedPerson,
    Attorney,
    AuditEvent,
    DuplicatePair,
    Exposure,
    Facility,
    FollowUp,
    FollowUpKind,
    Identifier,
    Incident,
    LawFirm,
    Licence,
    Placement,
    Representation,
    Roster,
    RosterRow,
)
from breach.services import representation, rosters
from breach.services.clock import today
from breach.services.facilities import import_facilities
from breach.services.rosters import ImportReport, RosterRefused
from breach.services.rosters_columns import MappingRefused, propose
from breach.services.rosters_reading import sentence
from tests import factories
from tests.breach.services.lists import COUNSEL, FOUR, TWENTY, four, twenty, written
from tests.factories import Cast

BEA = {
    "A-Number": "A000100014",
    "Last Name": "Otherwise",
    "First Name": "Bea",
    "Date of Birth": "07/04/1985",
}


@pytest.fixture
def incident(db: None) -> Incident:
    return factories.incident(extract_as_of=date(2022, 11, 19))


@pytest.fixture
def jail(db: None) -> Facility:
    return factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")


def brought_in(cast: Cast, incident: Incident, data: bytes, **more: object) -> ImportReport:
    report = rosters.import_roster(actor=cast.supervisor, incident=incident, source=data, **more)  # type: ignore[arg-type]
    assert report.rows == report.new + report.matched + report.conflict + report.rejected
    keyring.forget()
    return report


def outcomes(incident: Incident) -> list[str]:
    return list(
        RosterRow.objects.filter(roster__incident=incident).values_list("outcome", flat=True)
    )


def codes(incident: Incident) -> set[str]:
    rows = RosterRow.objects.filter(roster__incident=incident)
    return {problem["code"] for row in rows for problem in row.problems}


def test_a_row_becomes_a_person_with_place_language_counsel_exposure_and_next_action(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL))
    person = AffectedPerson.objects.get()
    assert (person.family_name, person.given_names, person.birth_date) == (
        "Sample Pérez",
        "Ada",
        date(1990, 3, 25),
    )
    assert (person.nationality, person.sex, person.is_minor) == ("GT", "F", False)
    assert person.name_as_listed == "Sample Pérez, Ada"
    assert Identifier.objects.get().value == "A000100007"
    stay = Placement.objects.get()
    assert (stay.facility, stay.period.lower, stay.period.upper) == (jail, date(2022, 11, 14), None)
    assert [language.tag for language in person.languages.all()] == ["es"]
    appearance = Representation.objects.select_related("attorney__firm").get()
    assert (appearance.status, appearance.evidence, appearance.evidence_on) == (
        "active",
        "g28",
        date(2022, 11, 16),
    )
    assert (appearance.attorney.name, appearance.attorney.eoir_id) == ("Iris Invented", "II123456")
    assert appearance.attorney.phone == "+12025550101"
    assert (LawFirm.objects.get().name, Licence.objects.get().jurisdiction) == (
        "Invented Legal Aid",
        "AZ",
    )
    exposure = Exposure.objects.get()
    assert (exposure.person, exposure.incident, exposure.posture) == (
        person,
        incident,
        "positive_fear",
    )
    assert {"name", "a_number", "fear_interview", "counsel"} <= set(exposure.elements)
    assert [row.kind for row in FollowUp.objects.filter(exposure=exposure)] == [
        FollowUpKind.PREPARE
    ]
    assert AuditEvent.objects.filter(action="person.listed", subject_id=str(person.pk)).exists()
    assert RosterRow.objects.get().person == person


def test_the_four_columns_of_the_original_list_are_enough(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    data = four(("Sample Pérez, Ada", "03/25/1990", "Guatemala", "Sample County Jail"))
    assert brought_in(cast, incident, data).new == 1
    person = AffectedPerson.objects.get()
    assert (person.family_name, person.given_names, person.full_name) == (
        "Sample Pérez",
        "Ada",
        "Ada Sample Pérez",
    )
    assert Placement.objects.get().period.lower == date(
        2022, 11, 19
    )  # known to be there on the day of the list


def test_the_same_bytes_twice_change_nothing(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    first = brought_in(cast, incident, twenty({}, BEA))
    events = AuditEvent.objects.count()
    second = brought_in(cast, incident, twenty({}, BEA))
    assert second.already_imported and (second.new, second.sha256) == (first.new, first.sha256)
    assert (Roster.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_a_dry_run_tells_the_same_and_keeps_nothing(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    dry = brought_in(cast, incident, twenty({}, BEA), dry_run=True)
    assert (dry.new, dry.dry_run, Roster.objects.count()) == (2, True, 0)
    assert not AuditEvent.objects.filter(action__startswith="roster.").exists()
    assert brought_in(cast, incident, twenty({}, BEA)).new == 2


def test_in_a_second_incident_the_person_is_matched_and_newly_exposed(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL))
    other = factories.incident()
    again = brought_in(cast, other, twenty(COUNSEL))
    assert (again.matched, again.new) == (1, 0)
    person = AffectedPerson.objects.get()
    assert person.exposures.count() == 2 and person.routing_version == 2
    assert (
        Placement.objects.count(),
        Representation.objects.count(),
        Identifier.objects.count(),
    ) == (1, 1, 1)


def test_a_row_without_number_fits_the_one_person_with_the_same_four_values(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty({}))
    row = ("SAMPLE PEREZ, ADA", "1990-03-25", "GTM", "SAMPLE COUNTY JAIL")
    assert brought_in(cast, factories.incident(), four(row)).matched == 1


def test_identical_rows_of_one_file_are_one_person(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    assert (lambda report: (report.new, report.matched))(
        brought_in(cast, incident, twenty({}, {}, {}))
    ) == (1, 2)
    assert Exposure.objects.count() == 1


def test_a_number_on_record_for_another_name_or_birth_date_is_a_conflict(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    data = twenty(
        {}, {"Last Name": "Quite", "First Name": "Different"}, {"Date of Birth": "03/26/1990"}
    )
    assert brought_in(cast, incident, data).conflict == 2
    held = RosterRow.objects.filter(outcome="conflict")
    person = AffectedPerson.objects.get()
    assert all(row.person is None and row.problems[0]["person"] == str(person.pk) for row in held)
    asked = FollowUp.objects.get(kind=FollowUpKind.ROSTER_ROWS)
    assert asked.reason == "Rows of the roster that wait for a decision: 2"


def test_likely_duplicates_are_paired_with_reasons_and_never_merged(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    swapped = {"A-Number": "", "Last Name": "Ada", "First Name": "Sample Pérez"}
    report = brought_in(cast, incident, twenty({}, swapped))
    assert (report.new, report.duplicate_pairs) == (2, 1)
    pair = DuplicatePair.objects.get()
    assert {"same_name_other_order", "same_birth_date", "a_number_missing"} <= set(pair.reasons)
    assert FollowUp.objects.filter(kind=FollowUpKind.DUPLICATE).count() == 1


def test_a_date_with_two_readings_waits_unless_its_column_shows_the_order(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    place = ("Guatemala", "SAMPLE COUNTY JAIL")
    unclear = four(("Sample, Ada", "03/04/1990", *place), ("Otherwise, Bea", "05/06/1991", *place))
    assert brought_in(cast, incident, unclear).conflict == 2
    assert codes(incident) == {"date_two_ways"}
    shown = four(("Sample, Ada", "03/04/1990", *place), ("Otherwise, Bea", "25/06/1991", *place))
    assert brought_in(cast, incident, shown).new == 2
    assert sorted(str(person.birth_date) for person in AffectedPerson.objects.all()) == [
        "1990-04-03",
        "1991-06-25",
    ]


def test_a_confirmed_order_decides_and_is_kept_with_the_roster(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    row = ("Sample, Ada", "03/04/1990", "Guatemala", "SAMPLE COUNTY JAIL")
    roster = rosters.stage_roster(actor=cast.supervisor, incident=incident, source=four(row))
    assert rosters.check_roster(actor=cast.supervisor, roster=roster).conflict == 1
    orders = {"birth_date": "day_first"}
    assert rosters.check_roster(actor=cast.supervisor, roster=roster, orders=orders).new == 1
    assert rosters.commit_roster(actor=cast.supervisor, roster=roster).new == 1
    assert AffectedPerson.objects.get().birth_date == date(1990, 4, 3)


def test_columns_can_be_chosen_by_hand_and_checked_again(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    header = ("Who", "When", "From", "Where")
    data = written(header, [("Sample, Ada", "1990-03-25", "Guatemala", "SAMPLE COUNTY JAIL")])
    with pytest.raises(MappingRefused, match="Name, Date of birth, Nationality, Facility"):
        rosters.stage_roster(actor=cast.supervisor, incident=incident, source=data)
    assert Roster.objects.count() == 0
    chosen = dict(zip(("full_name", "birth_date", "nationality", "facility"), header, strict=True))
    roster = rosters.stage_roster(
        actor=cast.supervisor, incident=incident, source=data, columns=chosen
    )
    wrong = {**chosen, "facility": "From", "nationality": "Where"}
    assert (
        "country"
        in rosters.check_roster(actor=cast.supervisor, roster=roster, columns=wrong).problems
    )
    assert rosters.check_roster(actor=cast.supervisor, roster=roster, columns=chosen).problems == {}


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ({"A-Number": "1.23457E+08"}, "rejected", "scientific"),
        ({"A-Number": "12345"}, "conflict", "a_number"),
        ({"Last Name": "", "First Name": ""}, "rejected", "name_missing"),
        ({"Last Name": "PÃ©rez"}, "rejected", "misread_letters"),
        ({"Last Name": "x" * 10_000}, "conflict", "too_long"),
        ({"Date of Birth": "3/25/90"}, "conflict", "date_short_year"),
        ({"Date of Birth": "02/30/1990"}, "conflict", "date_impossible"),
        ({"Date of Birth": "03/25/2190"}, "conflict", "birth_date_implausible"),
        ({"Date of Birth": ""}, "new", "birth_date_missing"),
        ({"Country of Citizenship": "Atlantis"}, "new", "country"),
        ({"Best Language": "Elvish"}, "new", "language"),
        ({"Best Language": ""}, "new", "language_missing"),
        ({"Last Name": "Pаvlov"}, "new", "mixed_scripts"),
        ({"Case Status": "who knows"}, "new", "case_status"),
        (
            {"Detention Facility Code": "", "Detention Facility": "NOWHERE"},
            "new",
            "facility_unknown",
        ),
        ({"Detention Facility Code": "", "Detention Facility": ""}, "new", "facility_missing"),
        ({**COUNSEL, "G-28 Filed": ""}, "new", "counsel_claimed"),
        ({**COUNSEL, "Attorney Email": "iris"}, "new", "email"),
    ],
)
def test_a_flaw_holds_the_row_or_is_noted_but_never_guessed_away(
    cast: Cast, incident: Incident, jail: Facility, change: dict[str, str], outcome: str, code: str
) -> None:
    brought_in(cast, incident, twenty(BEA, change))
    row = RosterRow.objects.get(number=3)
    assert (row.outcome, code in [problem["code"] for problem in row.problems]) == (outcome, True)
    said = sentence(next(problem for problem in row.problems if problem["code"] == code))
    flawed = max(change.values(), key=len)
    assert said.endswith(".") and (not flawed or flawed not in said)


def test_an_unknown_or_doubtful_place_leaves_no_placement_but_a_question(
    cast: Cast, incident: Incident
) -> None:
    for code in ("ONE", "TWO"):
        factories.facility(code=code, name="SAMPLE COUNTY JAIL")
    data = twenty(
        {"Detention Facility Code": ""},
        {**BEA, "Detention Facility Code": "", "Detention Facility": "X"},
    )
    brought_in(cast, incident, data)
    assert codes(incident) == {"facility_two", "facility_unknown"}
    assert Placement.objects.count() == 0
    assert FollowUp.objects.filter(kind=FollowUpKind.NO_ROUTE).count() == 2


def test_counsel_without_an_appearance_is_claimed_and_asked_about(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty({**COUNSEL, "G-28 Filed": "no"}))
    assert Representation.objects.get().status == "claimed"
    assert FollowUp.objects.filter(kind=FollowUpKind.DISPUTED_COUNSEL).count() == 1


def test_a_later_list_with_the_appearance_of_claimed_counsel_keeps_the_person_from_being_told_past_them(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty({**COUNSEL, "G-28 Filed": "no"}))
    brought_in(cast, incident, twenty({**COUNSEL, "G-28 Filed": "11/16/2022"}))
    assert Representation.objects.get().status == "disputed"
    assert "counsel_appeared" in codes(incident)
    assert FollowUp.objects.filter(kind=FollowUpKind.DISPUTED_COUNSEL).count() == 1


def test_other_counsel_than_on_record_never_takes_over_silently(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL))
    other = {
        **COUNSEL,
        "Attorney Name": "Otto Other",
        "EOIR ID": "OO999999",
        "Attorney Email": "otto@other.example",
    }
    brought_in(cast, factories.incident(), twenty(other))
    # Both have appeared: nobody guesses which of them is right, a supervisor decides.
    assert Counter(Representation.objects.values_list("status", flat=True)) == {
        "active": 1,
        "disputed": 1,
    }
    assert FollowUp.objects.filter(kind=FollowUpKind.DISPUTED_COUNSEL).count() == 1


def test_counsel_who_has_left_does_not_come_back_with_an_old_extract(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL))
    representation.withdraw(
        actor=cast.supervisor,
        representation=Representation.objects.get(),
        on=today(),
        reason="left",
    )
    brought_in(cast, factories.incident(), twenty(COUNSEL))
    assert Counter(Representation.objects.values_list("status", flat=True)) == {
        "withdrawn": 1,
        "claimed": 1,
    }
    (asked,) = FollowUp.objects.filter(kind=FollowUpKind.DISPUTED_COUNSEL)
    assert "has ended" in asked.reason


def test_an_appearance_dated_in_the_future_is_a_claim(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty({**COUNSEL, "G-28 Filed": "2999-11-16"}))
    claim = Representation.objects.get()
    assert (claim.status, claim.claimed_on) == ("claimed", today())
    assert claim.period.lower == date(2022, 11, 19)
    assert {"date_to_come", "counsel_claimed"} <= codes(incident)


def test_a_list_of_tomorrow_is_refused(cast: Cast, incident: Incident, jail: Facility) -> None:
    with pytest.raises(RosterRefused, match="in the future"):
        brought_in(cast, incident, twenty({}), as_of=today() + timedelta(days=1))
    assert not Roster.objects.exists()


def test_one_attorney_of_many_clients_is_one_record(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL, {**BEA, **COUNSEL}))
    assert (Attorney.objects.count(), Licence.objects.count(), Representation.objects.count()) == (
        1,
        1,
        2,
    )


def test_another_place_than_we_know_moves_nobody_but_asks(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    elsewhere = factories.facility(code="ELSEWTX", name="ELSEWHERE JAIL")
    brought_in(cast, incident, twenty({}, {"Detention Facility Code": elsewhere.code}))
    assert Placement.objects.get().facility == jail
    assert FollowUp.objects.filter(kind=FollowUpKind.NO_ROUTE).count() == 1


def test_a_child_is_known_as_one(cast: Cast, incident: Incident, jail: Facility) -> None:
    brought_in(cast, incident, twenty({"Date of Birth": "2021-03-25"}))
    assert AffectedPerson.objects.get().is_minor


def test_a_final_order_raises_the_risk_with_its_reason(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty({"Case Status": "final order"}))
    exposure = Exposure.objects.get()
    assert (exposure.posture, exposure.risk_tier) == ("final_order", 1) and exposure.risk_reason


def test_the_headers_of_the_real_lists_are_all_recognised() -> None:
    assert not propose(FOUR).missing and len(propose(FOUR).columns) == 4
    assert not propose(TWENTY).unused and len(propose(TWENTY).columns) == 20


def test_ragged_rows_are_rejected_and_the_others_taken_in(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    good = '"Sample, Ada",1990-03-25,Guatemala,SAMPLE COUNTY JAIL'
    data = ("\n".join([",".join(FOUR), good, f"{good},more", "short"]) + "\n").encode()
    brought_in(cast, incident, data)
    assert outcomes(incident) == ["new", "rejected", "rejected"]
    assert codes(incident) == {"ragged"}


def test_a_refused_file_leaves_nothing_behind(cast: Cast, incident: Incident) -> None:
    for data in (b"", b"A,B\n1,2\n", b'Name,Birthdate,Nationality,Facility\n"x'):
        with pytest.raises(Exception, match=r"\.$"):
            rosters.import_roster(actor=cast.supervisor, incident=incident, source=data)
    assert (Roster.objects.count(), RosterRow.objects.count()) == (0, 0)


def test_a_roster_is_committed_once_and_discarded_only_while_it_waits(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    roster = rosters.stage_roster(actor=cast.supervisor, incident=incident, source=twenty({}))
    twin = rosters.stage_roster(actor=cast.supervisor, incident=incident, source=twenty({}))
    rosters.commit_roster(actor=cast.supervisor, roster=roster)
    for verb, chosen in (
        (rosters.commit_roster, roster),
        (rosters.commit_roster, twin),
        (rosters.discard_roster, roster),
    ):
        with pytest.raises(RosterRefused):
            verb(actor=cast.supervisor, roster=chosen)
    rosters.discard_roster(actor=cast.supervisor, roster=twin)
    assert list(Roster.objects.all()) == [roster]


def test_only_those_who_may_import_do(cast: Cast, incident: Incident) -> None:
    for actor in (cast.worker, cast.attorney, cast.auditor, cast.mail_room):
        with pytest.raises(NotAllowed):
            rosters.import_roster(actor=actor, incident=incident, source=twenty({}))


def test_cells_problems_and_history_hold_no_name_in_clear(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    brought_in(cast, incident, twenty(COUNSEL, {**BEA, "Date of Birth": "07/04/85"}))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(r::text, '') FROM breach_rosterrow r UNION ALL "
            "SELECT string_agg(a::text, '') FROM breach_auditevent a UNION ALL "
            "SELECT string_agg(p::text, '') FROM breach_affectedperson p UNION ALL "
            "SELECT string_agg(f::text, '') FROM breach_followup f UNION ALL "
            "SELECT string_agg(i::text, '') FROM breach_identifier i"
        )
        stored = "".join(text or "" for (text,) in cursor.fetchall())
    for secret in (
        "Sample",
        "Ada",
        "Otherwise",
        "A000100007",
        "1990-03-25",
        "03/25/1990",
        "07/04/85",
    ):
        assert secret not in stored


def test_ten_times_the_rows_take_the_same_number_of_queries(
    cast: Cast, incident: Incident, jail: Facility
) -> None:
    def people(count: int) -> bytes:
        return twenty(*(
            {"A-Number": f"A{100_000_000 + 7919 * n:09}", "First Name": f"Ada{'abcdefghij'[n % 10] * (n // 10 + 1)}",
             "Date of Birth": f"{n % 12 + 1:02}/{n % 15 + 13}/{1960 + n % 40}"}
            for n in range(count)
        ))  # fmt: skip

    counts = []
    for size in (5, 50):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            brought_in(cast, factories.incident(), people(size))
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 12  # the second list meets people on file


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_planted_duplicate_of_the_shared_list_is_matched_held_or_paired(
    cast: Cast, incident: Incident, shared_data: Path
) -> None:
    import_facilities(actor=cast.supervisor, source=shared_data / "facilities.csv")
    source = shared_data / "roster-with-duplicates.xlsx"
    report = rosters.import_roster(actor=cast.supervisor, incident=incident, source=source)
    assert (report.rows, report.rejected) == (6391, 0) and report.conflict <= 5
    rows = dict(RosterRow.objects.values_list("number", "person_id"))
    held = {row.number: row.problems for row in RosterRow.objects.filter(outcome="conflict")}
    pairs = {frozenset(ids) for ids in DuplicatePair.objects.values_list("first_id", "second_id")}
    rows_of: defaultdict[str, list[int]] = defaultdict(list)
    with (shared_data / "roster-with-duplicates-truth.csv").open() as file:
        for line in csv.DictReader(file):
            rows_of[line["person"]].append(int(line["data_row"]) + 1)  # we count the header
    missed = [
        same
        for same in rows_of.values()
        if len(same) > 1
        and len({rows[number] for number in same}) > 1
        and not held.keys() & set(same)
        and frozenset(rows[number] for number in same) not in pairs
    ]
    assert len(missed) <= 3
    assert report.new <= 6252 + len(pairs) + len(missed)


def test_the_original_four_columns_are_checked_without_a_conflict(
    cast: Cast, incident: Incident, shared_data: Path
) -> None:
    source = shared_data / "roster-6252-four-columns.csv"
    report = rosters.import_roster(
        actor=cast.supervisor, incident=incident, source=source, dry_run=True
    )
    assert (report.rows, report.new, report.duplicate_pairs) == (6252, 6252, 0)
