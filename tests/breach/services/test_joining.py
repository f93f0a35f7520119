"""Two records that are one human being are read as one; taken apart, each has what was its own again."""

from __future__ import annotations

import pytest

from breach.cases import load_cases
from breach.core import keyring
from breach.models import (
    AffectedPerson,
    DuplicatePair,
    Exposure,
    FollowUp,
    Incident,
    RosterRow,
)
from breach.routing import Route, routes
from breach.services import (
    clock,
    contacts,
    duplicates,
    followups,
    people,
    placements,
    representation,
    rosters,
)
from tests import factories
from tests.breach.services.lists import twenty
from tests.factories import Cast


@pytest.fixture
def incident(db: None) -> Incident:
    return factories.incident(copy_to_person=False)


def listed(incident: Incident) -> AffectedPerson:
    return factories.exposure(incident=incident).person


def pair_of(one: AffectedPerson, other: AffectedPerson) -> DuplicatePair:
    first, second = sorted((one, other), key=lambda person: person.pk)
    return DuplicatePair.objects.create(first=first, second=second, score=90, reasons=["same_name"])


def join(cast: Cast, keep: AffectedPerson, other: AffectedPerson) -> DuplicatePair:
    pair = pair_of(keep, other)
    duplicates.join(actor=cast.worker, pair=pair, keep=keep, reason="Same photograph")
    return pair


def bring_in(cast: Cast, incident: Incident, changes: dict[str, str]) -> None:
    rosters.import_roster(actor=cast.supervisor, incident=incident, source=twenty(changes))
    keyring.forget()


def told_how(person: AffectedPerson) -> Route:
    """The first route of the person's one exposure, by the case file of today."""
    exposure = Exposure.objects.select_related("incident", "person").get(person=person)
    cases = load_cases([exposure], clock.today(), ["en", "es"])
    return routes(cases[str(exposure.pk)], clock.today())[0]


def why(route: Route) -> str:
    return route.reasons[-1].code


def test_counsel_of_either_record_is_told_first(cast: Cast, incident: Incident) -> None:
    keep, other = listed(incident), listed(incident)
    factories.representation(other, forum=incident.forum)
    join(cast, keep, other)
    assert told_how(keep).recipient_role == "representative"


def test_two_attorneys_of_record_are_a_question_until_one_has_withdrawn(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    factories.representation(keep, forum=incident.forum)
    theirs = factories.representation(other, forum=incident.forum)
    join(cast, keep, other)
    assert (told_how(keep).problem, why(told_how(keep))) == ("disputed_counsel", "two_leads")
    representation.withdraw(
        actor=cast.worker, representation=theirs, on=clock.today(), reason="Left the case"
    )
    assert told_how(keep).recipient_role == "representative"


def test_a_new_attorney_takes_the_place_of_counsel_under_either_record(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    before = factories.representation(other, forum=incident.forum)
    join(cast, keep, other)
    representation.replace_counsel(
        actor=cast.worker, person=keep, attorney=factories.attorney(), forum=incident.forum,
        on=clock.today(), evidence="g28",
    )  # fmt: skip
    before.refresh_from_db()
    assert before.status == "withdrawn"


def test_whoever_may_not_be_contacted_under_one_record_may_not_under_the_other(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    people.set_do_not_contact(actor=cast.worker, person=other, value=True, reason="Fears reprisal")
    people.set_protection(actor=cast.worker, person=other, value=True, reason="T visa applied for")
    join(cast, keep, other)
    assert why(told_how(keep)) == "do_not_contact"
    with pytest.raises(contacts.DoNotContact):
        contacts.log_contact(
            actor=cast.worker, exposure=Exposure.objects.get(person=keep), at=clock.now(),
            channel="phone", reached="person", outcome="refused",
        )  # fmt: skip
    people.set_do_not_contact(
        actor=cast.supervisor, person=keep, value=False, reason="Asked for it"
    )
    assert why(told_how(keep)) == "whereabouts_unknown"


def test_a_death_on_one_record_is_the_death_of_the_person(cast: Cast, incident: Incident) -> None:
    keep, other = listed(incident), listed(incident)
    people.mark_deceased(actor=cast.worker, person=other, on=clock.today(), source="the facility")
    join(cast, keep, other)
    assert why(told_how(keep)) == "deceased"


def test_records_that_disagree_on_the_place_are_a_question_until_a_move_is_recorded(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    here, there = factories.facility(), factories.facility()
    factories.placement(keep, at=here)
    factories.placement(other, at=there)
    join(cast, keep, other)
    assert (told_how(keep).problem, why(told_how(keep))) == ("no_route", "two_places")
    placements.transfer(
        actor=cast.worker, person=keep, facility=there, on=clock.today(), source="the facility"
    )
    assert told_how(keep).rests_on["facility"] == str(there.pk)


def test_records_at_one_place_agree(cast: Cast, incident: Incident) -> None:
    keep, other, here = listed(incident), listed(incident), factories.facility()
    factories.placement(other, at=here)
    join(cast, keep, other)
    assert told_how(keep).rests_on["facility"] == str(here.pk)


def test_two_addresses_are_a_question_and_one_written_twice_is_not(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)

    def lives(person: AffectedPerson, address: str, *, safe: bool = True) -> None:
        people.add_contact_point(
            actor=cast.worker,
            person=person,
            kind="address",
            value=address,
            verified=True,
            safe=safe,
        )

    lives(keep, "1 Some Street\nTown, TX 75001")
    lives(other, "1 SOME STREET\nTown, TX 75001", safe=False)
    pair = join(cast, keep, other)
    assert why(told_how(keep)) == "address_unsafe"
    duplicates.part(actor=cast.worker, pair=pair, reason="Two people")
    lives(other, "2 Other Street\nTown, TX 75001")
    pair.refresh_from_db()
    duplicates.join(actor=cast.worker, pair=pair, keep=keep, reason="One person after all")
    assert why(told_how(keep)) == "two_addresses"
    lives(keep, "2 Other Street\nTown, TX 75001")
    assert told_how(keep).channel == "mailhouse"


def test_what_changes_on_the_joined_record_is_asked_of_the_one_that_goes_on(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    join(cast, keep, other)
    before = AffectedPerson.objects.get(pk=keep.pk).routing_version
    people.set_do_not_contact(actor=cast.worker, person=other, value=True, reason="Fears reprisal")
    assert AffectedPerson.objects.get(pk=keep.pk).routing_version == before + 1


def test_a_joined_record_keeps_no_next_action_and_loses_none(
    cast: Cast, incident: Incident
) -> None:
    keep, other = listed(incident), listed(incident)
    theirs, mine = Exposure.objects.get(person=other), Exposure.objects.get(person=keep)
    for kind, reason in (("prepare", "Prepare the notice"), ("safety_concern", "A threat")):
        followups.open_follow_up(
            actor=cast.worker, incident=incident, exposure=theirs, kind=kind, reason=reason,
            due_on=clock.today(),
        )  # fmt: skip
    pair = join(cast, keep, other)
    opened = FollowUp.objects.filter(state="open")
    assert list(opened.values_list("exposure", "kind")) == [(mine.pk, "safety_concern")]
    duplicates.part(actor=cast.worker, pair=pair, reason="Two people")
    assert set(opened.values_list("exposure", "kind")) == {
        (theirs.pk, "safety_concern"),
        (theirs.pk, "prepare"),
    }


def test_an_exposure_nothing_was_built_on_goes_back_when_the_join_is_undone(
    cast: Cast, incident: Incident
) -> None:
    keep, other = factories.person(), listed(incident)
    pair = join(cast, keep, other)
    assert Exposure.objects.filter(person=keep).exists()
    duplicates.part(actor=cast.worker, pair=pair, reason="Two people")
    assert not Exposure.objects.filter(person=keep).exists()


def test_an_exposure_something_was_built_on_is_on_a_supervisors_desk(
    cast: Cast, incident: Incident
) -> None:
    keep, other = factories.person(), listed(incident)
    pair = join(cast, keep, other)
    contacts.log_contact(
        actor=cast.worker, exposure=Exposure.objects.get(person=keep), at=clock.now(), channel="phone",
        reached="nobody", outcome="no_answer",
    )  # fmt: skip
    duplicates.part(actor=cast.worker, pair=pair, reason="Two people")
    asked = FollowUp.objects.get(exposure__person=keep, kind="other", state="open")
    assert asked.desk == "supervisor"


def test_the_number_of_a_joined_record_finds_the_one_that_goes_on(
    cast: Cast, incident: Incident
) -> None:
    factories.facility(code="SAMPLTX", name="SAMPLE COUNTY JAIL")
    bring_in(cast, incident, {})
    bring_in(cast, incident, {"A-Number": "", "Date of Birth": "03/25/1991"})
    numbered, keep = AffectedPerson.objects.order_by("created_at")
    pair = DuplicatePair.objects.filter(first__in=[keep, numbered], second__in=[keep, numbered])
    duplicates.join(
        actor=cast.worker,
        pair=pair.first() or pair_of(keep, numbered),
        keep=keep,
        reason="Same face",
    )
    bring_in(cast, incident, {"Date of Birth": "03/25/1991", "Gender": "M"})
    assert RosterRow.objects.get(outcome="matched").person == keep


def test_a_record_that_others_were_joined_to_is_not_joined_itself(
    cast: Cast, incident: Incident
) -> None:
    first, second, third = (listed(incident) for _ in range(3))
    join(cast, first, second)
    with pytest.raises(duplicates.PairRefused):
        join(cast, third, first)
