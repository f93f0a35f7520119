"""What may leave as a file: a closed list of tables, each with its purpose and the fewest columns that serve it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from breach.access import disclosures_about
from breach.core import keyring
from breach.core.csv_out import csv_bytes
from breach.models import DisclosurePurpose, Export, Incident

Words = str | Promise


@dataclass(frozen=True)
class Table:
    """The rows of an export in their final order, and whom they are about."""

    title: str
    columns: Sequence[Words]
    rows: Sequence[Sequence[object]]
    people: Sequence[UUID] = ()

    def csv(self) -> bytes:
        return csv_bytes(self.columns, self.rows)


class ExportKind(ABC):
    """One table. `rows` must come in an order that only depends on what they say: its hash is approved."""

    code: ClassVar[str]
    label: ClassVar[Words]
    purpose: ClassVar[DisclosurePurpose]
    columns: ClassVar[Sequence[Words]]
    of_one_person: ClassVar[bool] = False

    @abstractmethod
    def table(self, export: Export) -> Table:
        """The table as it stands now."""


@cache
def _kinds(names: tuple[str, ...]) -> dict[str, ExportKind]:
    found: dict[str, Any] = {}
    for name in names:
        kind: ExportKind = import_string(name)()
        found[kind.code] = kind
    return found


def export_kinds() -> Mapping[str, ExportKind]:
    """All kinds by code, of both sides of the arrow."""
    return _kinds(tuple(settings.EXPORT_KINDS))


class Accounting(ExportKind):
    """One person's accounting of disclosures, 5 USC 552a(c)(3), for that person or counsel."""

    code = "accounting"
    label = _("One person’s accounting of disclosures")
    purpose = DisclosurePurpose.ACCOUNTING
    columns = (_("Date"), _("What"), _("What for"), _("To whom"), _("Name"), _("Address"))
    of_one_person = True

    def table(self, export: Export) -> Table:
        assert export.exposure is not None  # asked for by the verb
        rows = []
        for one in disclosures_about(export.exposure).order_by("made_at", "id"):
            recipient = _recipient(one)
            rows.append(
                (
                    timezone.localtime(one.made_at).strftime("%Y-%m-%d %H:%M %Z"),
                    one.get_nature_display(), one.get_purpose_display(), one.get_recipient_kind_display(),
                    recipient.get("name", ""), recipient.get("address", ""),
                )
            )  # fmt: skip
        return Table(
            title=f"{self.label}: {export.exposure.person.reference}",
            columns=self.columns,
            rows=rows,
            people=[export.exposure.person_id],
        )


def _recipient(one: Any) -> dict[str, str]:
    try:
        return dict(one.recipient or {})
    except keyring.KeyDestroyed:
        return {}


def table_of(export: Export) -> Table:
    """The table as it stands now, in the source language: its hash is the same for whoever asks and approves."""
    with override(settings.LANGUAGE_CODE):
        found = export_kinds()[export.kind].table(export)
        return Table(
            title=str(found.title),
            columns=[str(column) for column in found.columns],
            rows=[[one if isinstance(one, int) else str(one) for one in row] for row in found.rows],
            people=found.people,
        )


def incident_title(incident: Incident, label: Words) -> str:
    return f"{label}: {incident.title}"
