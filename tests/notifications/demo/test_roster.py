"""The invented files: the same number of people always gives the same bytes, and nobody in them exists."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from notifications.demo.roster import HEADER, facilities_csv, roster_csv


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_the_same_number_gives_the_same_bytes() -> None:
    assert roster_csv(40) == roster_csv(40)
    assert facilities_csv() == facilities_csv()


def test_a_roster_has_as_many_people_as_asked_for_each_with_a_number_of_their_own() -> None:
    people = rows(roster_csv(200))
    assert tuple(people[0]) == HEADER
    assert len({person["A-Number"] for person in people}) == 200


def test_everybody_is_held_at_a_place_of_the_list_and_born_before_being_booked() -> None:
    places = {place["id"] for place in rows(facilities_csv())}
    for person in rows(roster_csv(200)):
        assert person["Detention Facility Code"] in places
        born, booked = (
            datetime.strptime(person[column], "%m/%d/%Y")
            for column in ("Date of Birth", "Book-In Date")
        )
        assert born < booked


def test_counsel_can_be_no_real_one() -> None:
    emails = {person["Attorney Email"] for person in rows(roster_csv(400))} - {""}
    assert emails
    assert all(email.endswith("@counsel.example") for email in emails)
