"""Importing receipts: a whole file, or one row from another system, through the same verbs as on the page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from breach.api.errors import Conflict
from breach.api.permissions import Capabilities
from breach.api.views import ListOfRows, Rows
from breach.core.roles import Capability
from notifications.access import receipt_files_visible_to
from notifications.models import ReceiptFile
from notifications.receipts.base import BadCell
from notifications.receipts.reading import LISTS, UnreadableReceipts
from notifications.services import receiving

LONGEST_CELL = 500
NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY


class ProblemSerializer(serializers.Serializer[Any]):
    """A row that was not applied, and why; the header is row 1."""

    row = serializers.IntegerField()
    sentence = serializers.CharField()


class ReceiptFileSerializer(serializers.ModelSerializer[ReceiptFile]):
    """An imported file of receipts."""

    problems = ProblemSerializer(many=True, read_only=True)

    class Meta:
        model = ReceiptFile
        fields = [
            "id", "sha256", "kind", "rows", "applied", "repeated", "refused", "problems", "imported_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReportSerializer(serializers.Serializer[Any]):
    """The outcome of a file: every row is applied, repeated or refused."""

    kind = serializers.CharField()
    rows = serializers.IntegerField()
    applied = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    problems = ProblemSerializer(many=True)


class UploadSerializer(serializers.Serializer[Any]):
    """Signed sheets, returned mail or carrier scans as CSV or XLSX, or one bounced message."""

    file = serializers.FileField()


class NewReceiptSerializer(serializers.Serializer[Any]):
    """One row of the named list, by its columns' names; which of them are required depends on the list."""

    list = serializers.ChoiceField(choices=[kind.source for kind in LISTS])
    reference = serializers.CharField(max_length=60)
    date = serializers.CharField(max_length=40)
    time = serializers.CharField(max_length=40, required=False)
    outcome = serializers.CharField(max_length=LONGEST_CELL, required=False)
    reason = serializers.CharField(max_length=LONGEST_CELL, required=False)
    status = serializers.CharField(max_length=LONGEST_CELL, required=False)
    tracking = serializers.CharField(max_length=60, required=False)
    officer = serializers.CharField(max_length=60, required=False)
    witness = serializers.CharField(max_length=60, required=False)
    interpreter = serializers.CharField(max_length=60, required=False)
    language = serializers.CharField(max_length=60, required=False)


class TakenSerializer(serializers.Serializer[Any]):
    """Whether the receipt was new; the same one again changes nothing."""

    applied = serializers.BooleanField()


class ReceiptFiles(ListOfRows[ReceiptFile]):
    """Files of receipts, the latest first; a POST imports one."""

    queryset = ReceiptFile.objects.none()
    serializer_class = ReceiptFileSerializer
    parser_classes = [MultiPartParser]
    filter_backends = []
    capabilities: Capabilities = {
        "GET": [Capability.IMPORT_RECEIPTS],
        "POST": [Capability.IMPORT_RECEIPTS],
    }

    def rows(self) -> QuerySet[ReceiptFile]:
        return receipt_files_visible_to(self.user).order_by("-imported_at", "pk")

    @extend_schema(request=UploadSerializer, responses=ReportSerializer)
    def post(self, request: Request) -> Response:
        wanted = UploadSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data["file"].read()
        try:
            report = receiving.import_receipts(actor=self.user, data=data)
        except UnreadableReceipts as exc:
            raise serializers.ValidationError({"file": str(exc)}, code="invalid") from exc
        return Response(ReportSerializer(report).data)


class Receipts(Rows[ReceiptFile]):
    """One receipt; 201 when it was new, 200 when it was known."""

    queryset = ReceiptFile.objects.none()
    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.IMPORT_RECEIPTS]}

    @extend_schema(
        request=NewReceiptSerializer, responses={200: TakenSerializer, 201: TakenSerializer}
    )
    def post(self, request: Request) -> Response:
        wanted = NewReceiptSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        cells = dict(wanted.validated_data)
        try:
            report = receiving.take_receipt(actor=self.user, source=cells.pop("list"), cells=cells)
        except BadCell as exc:
            raise serializers.ValidationError({NON_FIELD: str(exc)}, code="invalid") from exc
        if report.problems:
            raise Conflict(report.problems[0].sentence)
        done = status.HTTP_201_CREATED if report.applied else status.HTTP_200_OK
        return Response({"applied": bool(report.applied)}, status=done)
