"""Incidents: the list, and one with its policy."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers

from breach.access import incidents_visible_to
from breach.core.roles import Capability
from breach.models import Incident

from .permissions import Capabilities
from .views import ListOfRows, OneRow, Rows

_LISTED = [
    "id", "slug", "title", "occurred_at", "discovered_at", "contained_at", "is_drill", "sending_stopped_at",
]  # fmt: skip


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """An incident in a list."""

    class Meta:
        model = Incident
        fields = _LISTED
        read_only_fields = fields


class IncidentDetailSerializer(serializers.ModelSerializer[Incident]):
    """An incident with the disclosed data elements and the policy for telling people."""

    class Meta:
        model = Incident
        fields = [
            *_LISTED, "summary", "extract_as_of", "data_elements", "forum", "copy_to_person", "copy_required",
            "sufficient_evidence", "hold_days", "attorney_days", "proof_days", "retention_years", "agency_name",
            "contact_phone", "contact_email", "contact_address", "signatory_name", "signatory_title",
            "sending_stopped_reason",
        ]  # fmt: skip
        read_only_fields = fields


class _Incidents(Rows[Incident]):
    queryset = Incident.objects.none()
    capabilities: Capabilities = {"GET": [Capability.VIEW_INCIDENT]}

    def rows(self) -> QuerySet[Incident]:
        return incidents_visible_to(self.user).order_by("-discovered_at", "pk")


class IncidentList(_Incidents, ListOfRows[Incident]):
    """Incidents, the latest discovered first."""

    serializer_class = IncidentSerializer


class IncidentDetail(_Incidents, OneRow[Incident]):
    """One incident with its policy."""

    serializer_class = IncidentDetailSerializer
