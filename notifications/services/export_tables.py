"""Tables about telling people that may leave as exports: who is not told yet, and figures of service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from breach.core import keyring
from breach.core.codes import language_name
from breach.models import DisclosurePurpose, EvidenceKind, Export, Hold
from breach.services.export_kinds import ExportKind, Table, Words, incident_title
from notifications import queries
from notifications.models import Evidence, Progress
from notifications.states import NotificationState

from . import letters

NOT_TOLD = (NotificationState.PENDING, NotificationState.READY, NotificationState.UNDERWAY)


class NotTold(ExportKind):
    """Who is not told yet, by reference only: for a facility or mail house that has the list already."""

    code = "not_told"
    label = _("Who is not told yet, by reference")
    purpose = DisclosurePurpose.FOLLOW_UP
    columns: ClassVar[Sequence[Words]] = (_("Reference"), _("Facility"), _("Language"), _("State"))

    def table(self, export: Export) -> Table:
        places = list(_waiting(export))
        return Table(
            title=incident_title(export.incident, self.label),
            columns=self.columns,
            rows=[self.row(place) for place in places],
            people=[place.exposure.person_id for place in places],
        )

    def row(self, place: Progress) -> Sequence[object]:
        return (
            place.exposure.person.reference, *_where(place), NotificationState(place.state).label,
        )  # fmt: skip


class NotToldByName(NotTold):
    """Who is not told yet, with names: for whoever must find them."""

    code = "not_told_names"
    label = _("Who is not told yet, by name")
    columns = (_("Family name"), _("Given names"), _("Facility"), _("Language"))

    def table(self, export: Export) -> Table:
        keyring.preload(
            str(pk) for pk in _waiting(export).values_list("exposure__person", flat=True)
        )
        return super().table(export)

    def row(self, place: Progress) -> Sequence[object]:
        person = place.exposure.person
        return (person.family_name, person.given_names, *_where(place))


class ServiceFigures(ExportKind):
    """Figures for a declaration of service: nobody is named."""

    code = "service_figures"
    label = _("Figures for a declaration of service")
    purpose = DisclosurePurpose.PROOF
    columns = (_("Figure"), _("People"))

    def table(self, export: Export) -> Table:
        incident = export.incident
        rows: list[Sequence[object]] = [(_("Listed people"), incident.exposures.count())]
        for state, people in queries.funnel(incident).items():
            rows.append((NotificationState(state).label, people))
        proofs = Evidence.objects.filter(
            notification__incident=incident, is_sufficient=True, disproved_at=None
        )
        kinds = proofs.values_list("kind").annotate(n=Count("notification", distinct=True))
        for kind, number in kinds.order_by("kind"):
            rows.append((EvidenceKind(kind).label, number))
        rows.append(
            (_("Holds"), Hold.objects.filter(exposure__incident=incident, paused_at=None).count())
        )
        version = letters.approved_version(incident)
        if version is not None:
            rows.append((_("Letter version"), version.number))
            rows.append((_("Hash of the letter"), version.content_sha256))
        return Table(incident_title(incident, self.label), self.columns, rows)


def _waiting(export: Export) -> QuerySet[Progress]:
    rows = Progress.objects.filter(
        incident=export.incident, state__in=NOT_TOLD, exposure__person__merged_into=None
    )
    return rows.select_related("exposure__person", "facility").order_by("exposure__person__reference")  # fmt: skip


def _where(place: Progress) -> tuple[str, str]:
    facility = place.facility.name if place.facility else ""
    return facility, language_name(place.language) if place.language else ""
