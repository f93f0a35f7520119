"""The list of facilities, dirty as it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from breach.models import AuditEvent, Facility
from breach.services.facilities import FacilitiesRefused, import_facilities
from tests.factories import Cast

HEADER = "id,kind,primary_name,address,county_names,states,capacity,fieldOffice\n"
JAIL = (
    'SAMPLTX,detention,SAMPLE COUNTY JAIL,"1 SAMPLE ST, PECOS, TX 79772",'
    '"Sample County, TX|Other County, TX",TX,"1,200",ELP\n'
)


def test_a_facility_comes_in_with_all_its_counties_and_its_capacity(cast: Cast) -> None:
    report = import_facilities(actor=cast.supervisor, source=(HEADER + JAIL).encode())
    facility = Facility.objects.get(code="SAMPLTX")
    assert (report.rows, report.new) == (1, 1)
    assert (facility.county, facility.capacity) == ("Sample County, TX, Other County, TX", 1200)
    assert AuditEvent.objects.filter(action="facility.recorded").count() == 1


def test_a_second_time_only_changes_are_written(cast: Cast) -> None:
    import_facilities(actor=cast.supervisor, source=(HEADER + JAIL).encode())
    changed = (HEADER + JAIL.replace("SAMPLE ST", "OTHER ST") + "NEWONE,,A NEW ONE,,,,,\n").encode()
    report = import_facilities(actor=cast.supervisor, source=changed)
    assert (report.new, report.changed, report.unchanged) == (1, 1, 0)
    assert import_facilities(actor=cast.supervisor, source=changed).unchanged == 2
    assert "OTHER ST" in Facility.objects.get(code="SAMPLTX").address


def test_rows_without_code_or_name_or_too_long_are_rejected_by_number(cast: Cast) -> None:
    rows = (
        JAIL
        + ",detention,NO CODE,,,,,\nNONAME,,,,,,,\n"
        + f"LONG,,{'x' * 300},,,,,\n"
        + "RAGGED,x\n"
    )
    report = import_facilities(actor=cast.supervisor, source=(HEADER + rows).encode())
    assert (report.rows, report.new, report.rejected, report.rejected_rows) == (
        5,
        1,
        4,
        [3, 4, 5, 6],
    )


def test_a_list_of_something_else_is_refused(cast: Cast) -> None:
    with pytest.raises(FacilitiesRefused, match="code, name"):
        import_facilities(actor=cast.supervisor, source=b"A,B\n1,2\n")


def test_the_shared_list_comes_in_whole(cast: Cast, shared_data: Path) -> None:
    report = import_facilities(actor=cast.supervisor, source=shared_data / "facilities.csv")
    assert (report.rows, report.new, report.rejected) == (1615, 1615, 0)


def test_more_places_than_any_facility_has_are_a_problem_and_no_crash(cast: Cast) -> None:
    report = import_facilities(
        actor=cast.supervisor, source=b"code,name,capacity\nINV1,Invented,99999999999999999999\n"
    )
    assert (report.new, report.problems["capacity"]) == (1, 1)
