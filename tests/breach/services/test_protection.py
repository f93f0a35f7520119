"""Whom 8 U.S.C. 1367 protects: written on the list or said by somebody, and no vendor learns of them."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.exceptions import PermissionDenied

from breach.cases import load_cases
from breach.models import AffectedPerson, Exposure, FollowUp, FollowUpKind, Incident, RosterRow
from breach.routing import Route, routes
from breach.services import clock, people, rosters
from breach.services.rosters_reading import sentence
from tests import factories
from tests.breach.services.lists import ADA, TWENTY, written
from tests.factories import Cast

ADDRESS = "12 Invented Street\nSpringfield, IL 62701"


def routes_of(exposure: Exposure) -> list[Route]:
    fresh = Exposure.objects.select_related("incident", "person").get(pk=exposure.pk)
    today = clock.today()
    return routes(load_cases([fresh], today, ["en"])[str(fresh.pk)], today)


def bring_in(cast: Cast, incident: Incident, cell: str) -> None:
    """A list of one person with this in its column VAWA."""
    data = written((*TWENTY, "VAWA"), [[*(ADA.get(name, "") for name in TWENTY), cell]])
    rosters.import_roster(actor=cast.supervisor, incident=incident, source=data)


def test_the_protected_go_past_the_mail_house_until_a_supervisor_lifts_it(cast: Cast) -> None:
    exposure = factories.exposure(of=factories.person(language="en"))
    people.add_contact_point(
        actor=cast.worker, person=exposure.person, kind="address", value=ADDRESS, verified=True, safe=True,
    )  # fmt: skip
    assert [route.channel for route in routes_of(exposure)] == ["mailhouse"]
    protect = partial(people.set_protection, person=exposure.person)
    with pytest.raises(people.FactRefused):
        protect(actor=cast.worker, value=True, reason=" ")
    protect(actor=cast.worker, value=True, reason="A U visa application is pending")
    assert [(route.channel, route.problem) for route in routes_of(exposure)] == [("", "no_route")]
    with pytest.raises(PermissionDenied):
        protect(actor=cast.worker, value=False, reason="Over")
    protect(actor=cast.supervisor, value=False, reason="Denied, and the last appeal is over")
    assert [route.channel for route in routes_of(exposure)] == ["mailhouse"]


@pytest.mark.parametrize(
    ("cell", "protected", "asked"),
    [("yes", True, False), ("X", True, False), ("no", False, False), ("", False, False), ("T-1?", True, True)],
)  # fmt: skip
def test_a_list_says_who_is_protected_and_what_it_does_not_say_clearly_counts_as_yes(
    cast: Cast, db: None, cell: str, protected: bool, asked: bool
) -> None:
    factories.facility(code=ADA["Detention Facility Code"])
    bring_in(cast, factories.incident(), cell)
    assert AffectedPerson.objects.get().protected_1367 is protected
    told = [sentence(problem) for problem in RosterRow.objects.get().problems]
    assert any(line.startswith("VAWA says neither yes nor no") for line in told) is asked
    questions = FollowUp.objects.filter(kind=FollowUpKind.NO_ROUTE)
    assert any("VAWA" in question.reason for question in questions) is asked


def test_two_questions_of_one_row_are_both_asked(cast: Cast, db: None) -> None:
    bring_in(cast, factories.incident(), "perhaps")  # and the facility is not on file
    (question,) = FollowUp.objects.filter(kind=FollowUpKind.NO_ROUTE)
    assert "is no facility we know" in question.reason and "VAWA says neither" in question.reason


def test_a_later_list_protects_somebody_known_and_never_lifts_it(cast: Cast, db: None) -> None:
    bring_in(cast, factories.incident(), "no")
    before = AffectedPerson.objects.get()
    bring_in(cast, factories.incident(), "yes")
    bring_in(cast, factories.incident(), "no")
    after = AffectedPerson.objects.get()
    assert after.protected_1367 and after.routing_version > before.routing_version
