"""Uploading a roster through the API: the same queued work as on the page, answered with 202 and then polled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from breach import tasks
from breach.access import incidents_visible_to, roster_jobs_visible_to
from breach.core.roles import Capability
from breach.models import RosterJob
from breach.services.rosters_asking import ask_to_read

from .permissions import Capabilities
from .views import OneRow, Rows


class RosterJobSerializer(serializers.ModelSerializer[RosterJob]):
    """Progress of the job; `problem` is set when it failed, `roster` when it succeeded."""

    stage = serializers.CharField(read_only=True)  # empty before the first step
    problem = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = RosterJob
        fields = [
            "id", "kind", "state", "stage", "done", "total", "problem", "roster", "sha256", "size",
            "asked_at", "started_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class RosterUploadSerializer(serializers.Serializer[Any]):
    """A list as CSV or XLSX, with recognizable headers."""

    file = serializers.FileField()
    source = serializers.CharField(max_length=200, required=False, default="")  # type: ignore[assignment]  # a declared field, not the property
    as_of = serializers.DateField(required=False)


class _Jobs(Rows[RosterJob]):
    queryset = RosterJob.objects.none()
    serializer_class = RosterJobSerializer

    def rows(self) -> QuerySet[RosterJob]:
        return roster_jobs_visible_to(self.user)


class RosterJobDetail(_Jobs, OneRow[RosterJob]):
    """One job on a roster."""

    capabilities: Capabilities = {"GET": [Capability.IMPORT_ROSTER]}


class RosterUpload(_Jobs):
    """A file to be read and checked; it imports nobody. Answers 202: poll the job by its id."""

    parser_classes = [MultiPartParser]
    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.IMPORT_ROSTER]}

    @extend_schema(request=RosterUploadSerializer, responses={202: RosterJobSerializer})
    def post(self, request: Request, pk: UUID) -> Response:
        incident = get_object_or_404(incidents_visible_to(self.user), pk=pk)
        wanted = RosterUploadSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        job = ask_to_read(
            actor=self.user, incident=incident, data=given["file"].read(),
            as_of=given.get("as_of"), described_as=given["source"],
        )  # fmt: skip
        tasks.ring(tasks.import_due)
        kept = self.rows().get(pk=job.pk)
        return Response(RosterJobSerializer(kept).data, status=status.HTTP_202_ACCEPTED)
