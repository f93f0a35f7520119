"""The funnel in numbers: of an incident, and by every dimension that is shown."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from breach.access import counted_for, incidents_visible_to
from breach.api.permissions import Capabilities
from breach.api.views import Rows
from breach.core.roles import Capability
from breach.models import Incident
from notifications import queries


class FunnelSerializer(serializers.Serializer[Any]):
    """People by state; every state is named, and they sum to all exposures."""

    incident = serializers.UUIDField()
    counts = serializers.DictField(child=serializers.IntegerField())


class FunnelRowSerializer(serializers.Serializer[Any]):
    """People by state for one value of a dimension; `key` is empty for people without one."""

    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField(source="label", allow_blank=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class FunnelBySerializer(serializers.Serializer[Any]):
    """The funnel of each value of a dimension, the largest first."""

    incident = serializers.UUIDField()
    rows = FunnelRowSerializer(many=True)


class _OfIncident(Rows[Incident]):
    queryset = Incident.objects.none()
    filter_backends = []
    pagination_class = None

    def rows(self) -> QuerySet[Incident]:
        return incidents_visible_to(self.user)


class Funnel(_OfIncident):
    """People by state; a case worker's figures count only the cases in their scope."""

    serializer_class = FunnelSerializer
    capabilities: Capabilities = {"GET": [Capability.VIEW_INCIDENT]}

    def get(self, _request: Request, **_kwargs: Any) -> Response:
        incident = self.get_object()
        counts = queries.funnel(incident, counted_for(self.user))
        return Response({"incident": incident.pk, "counts": counts})


class FunnelBy(_OfIncident):
    """People by state, by facility, language, channel or law firm."""

    serializer_class = FunnelBySerializer
    capabilities: Capabilities = {"GET": [Capability.SUPERVISE]}

    @extend_schema(
        operation_id="incidents_funnel_by",
        parameters=[OpenApiParameter("dimension", location="path", enum=list(queries.DIMENSIONS))],
    )
    def get(self, _request: Request, dimension: str, **_kwargs: Any) -> Response:
        incident = self.get_object()
        if dimension not in queries.DIMENSIONS:
            raise Http404
        rows = FunnelRowSerializer(queries.funnel_by(incident, dimension), many=True)
        return Response({"incident": incident.pk, "rows": rows.data})
