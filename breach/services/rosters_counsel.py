"""Attorneys and firms as lists name them: found again by EOIR id, else by name and e-mail; added when new."""

from __future__ import annotations

from collections.abc import Iterable

from breach.core.normalize import name_key
from breach.models import Attorney, LawFirm, Licence

from . import audit
from .rosters_reading import Counsel


class CounselBook:
    """Everybody who represents somebody, in memory for one import; `save` writes who was added since."""

    def __init__(self) -> None:
        self._by_eoir_id: dict[str, Attorney] = {}
        self._by_name: dict[tuple[str, str], Attorney] = {}
        for attorney in Attorney.objects.all():
            self._remember(attorney)
        self._firms = {name_key(firm.name): firm for firm in LawFirm.objects.all()}
        self._licences = set(Licence.objects.values_list("attorney_id", "jurisdiction", "number"))
        self._new_firms: list[LawFirm] = []
        self._new_attorneys: list[Attorney] = []
        self._new_licences: list[Licence] = []

    def find_or_add(self, counsel: Counsel) -> Attorney | None:
        """The attorney a row names; None when the EOIR id is on record for somebody with another name."""
        attorney = self._by_eoir_id.get(counsel.eoir_id) if counsel.eoir_id else None
        if attorney and name_key(attorney.name) != name_key(counsel.name):
            return None
        attorney = attorney or self._same_name(counsel) or self._add(counsel)
        licence = (attorney.pk, counsel.jurisdiction, counsel.licence)
        if counsel.licence and licence not in self._licences:
            self._licences.add(licence)
            self._new_licences.append(
                Licence(
                    attorney=attorney, jurisdiction=counsel.jurisdiction, number=counsel.licence
                )
            )
        return attorney

    def save(self) -> Iterable[audit.Happening]:
        """Write the new ones; returns what happened, for the history."""
        LawFirm.objects.bulk_create(self._new_firms)
        Attorney.objects.bulk_create(self._new_attorneys)
        Licence.objects.bulk_create(self._new_licences)
        happenings = [
            audit.Happening("attorney.recorded", attorney) for attorney in self._new_attorneys
        ]
        self._new_firms, self._new_attorneys, self._new_licences = [], [], []
        return happenings

    def _same_name(self, counsel: Counsel) -> Attorney | None:
        """Same name and e-mail, unless two EOIR ids say that these are two people."""
        found = self._by_name.get((name_key(counsel.name), counsel.email.casefold()))
        if found and found.eoir_id and counsel.eoir_id and found.eoir_id != counsel.eoir_id:
            return None
        return found

    def _add(self, counsel: Counsel) -> Attorney:
        attorney = Attorney(
            name=counsel.name, kind=counsel.kind, firm=self._firm(counsel), email=counsel.email,
            phone=counsel.phone, address=counsel.address, eoir_id=counsel.eoir_id,
        )  # fmt: skip
        self._new_attorneys.append(attorney)
        self._remember(attorney)
        return attorney

    def _firm(self, counsel: Counsel) -> LawFirm | None:
        if not counsel.firm:
            return None
        firm = self._firms.get(name_key(counsel.firm))
        if firm is None:
            firm = self._firms[name_key(counsel.firm)] = LawFirm(name=counsel.firm)
            self._new_firms.append(firm)
        return firm

    def _remember(self, attorney: Attorney) -> None:
        if attorney.eoir_id:
            self._by_eoir_id[attorney.eoir_id] = attorney
        self._by_name.setdefault((name_key(attorney.name), attorney.email.casefold()), attorney)
