"""The address of a route, as it will be printed or dialled: opened from the rows the route rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from breach.models import AffectedPerson, Attorney, ContactPoint, Facility, Guardian
from breach.routing import Route

Address = dict[str, Any]


class AddressBook:
    """Rows that a chunk of routes rests on, fetched with one query a kind."""

    def __init__(self, routes: Iterable[Route]) -> None:
        basis: dict[str, set[str]] = {}
        for route in routes:
            for kind, row_id in route.rests_on.items():
                basis.setdefault(kind, set()).add(row_id)
        self.attorneys = _by_id(Attorney.objects.select_related("firm"), basis.get("attorney"))
        self.facilities = _by_id(Facility.objects.all(), basis.get("facility"))
        self.contact_points = _by_id(ContactPoint.objects.all(), basis.get("contact_point"))
        self.guardians = _by_id(Guardian.objects.all(), basis.get("guardian"))

    def address(self, route: Route, person: AffectedPerson) -> Address:
        """Name and lines (window block) or e-mail of this route. The first line is the recipient's name.

        Never cut: what does not fit into the window is refused when the letter is made.
        """
        rests_on = route.rests_on
        if "attorney" in rests_on:
            return _of_attorney(self.attorneys[rests_on["attorney"]], route.channel)
        if "guardian" in rests_on:
            guardian = self.guardians[rests_on["guardian"]]
            return _lines(guardian.name, str(guardian.address or ""))
        if "facility" in rests_on:
            facility = self.facilities[rests_on["facility"]]
            return _lines(person.full_name, facility.name, facility.address)
        return _lines(person.full_name, self.contact_points[rests_on["contact_point"]].value)


def _by_id(rows: Any, ids: set[str] | None) -> Mapping[str, Any]:
    return {str(row.pk): row for row in rows.filter(pk__in=ids)} if ids else {}


def _of_attorney(attorney: Attorney, channel: str) -> Address:
    firm = attorney.firm
    office = attorney.address or (firm.address if firm else "")
    address = _lines(attorney.name, firm.name if firm else "", office)
    if channel == "email":
        address["email"] = attorney.email
    return address


def _lines(name: str, *blocks: str) -> Address:
    lines = [name] + [
        line.strip() for block in blocks for line in block.splitlines() if line.strip()
    ]
    return {"name": name, "lines": lines}
