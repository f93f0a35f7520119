"""Deliveries: what goes out, by which channel, and what became of it. Address and bytes stay sealed."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from breach.api.permissions import Capabilities
from breach.api.views import ListOfRows, OneRow, Rows
from breach.core.roles import Capability
from notifications.access import deliveries_visible_to
from notifications.models import Attempt, Delivery, Receipt

_LISTED = [
    "id", "notification", "notification_reference", "incident", "channel", "language", "state", "state_reason",
    "tries", "batch_number", "artefact_sha256", "queued_at", "next_try_at", "sent_at",
]  # fmt: skip


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One row of the outbox; the recipient is identified only by the reference printed on the letter."""

    notification_reference = serializers.CharField(source="notification.reference", read_only=True)
    batch_number = serializers.CharField(
        source="batch.number", read_only=True, default=None, allow_null=True
    )
    artefact_sha256 = serializers.CharField(
        source="artefact.sha256", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = Delivery
        fields = _LISTED
        read_only_fields = fields


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One attempt to send, and its outcome; empty while it is not known."""

    class Meta:
        model = Attempt
        fields = ["fence", "intent_at", "outcome", "outcome_at"]
        read_only_fields = fields


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    """One receipt for a delivery."""

    class Meta:
        model = Receipt
        fields = ["kind", "at", "source", "reason", "recorded_at"]
        read_only_fields = fields


class DeliveryDetailSerializer(DeliverySerializer):
    """One delivery with its attempts and receipts."""

    attempts = AttemptSerializer(many=True, read_only=True)
    receipts = ReceiptSerializer(many=True, read_only=True)

    class Meta(DeliverySerializer.Meta):
        fields = [*_LISTED, "attempts", "receipts"]
        read_only_fields = fields


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Filter by incident, notification, channel, language and state."""

    incident = django_filters.UUIDFilter(field_name="incident_id")
    notification = django_filters.UUIDFilter(field_name="notification_id")

    class Meta:
        model = Delivery
        fields = ["state", "channel", "language"]


class _Deliveries(Rows[Delivery]):
    queryset = Delivery.objects.none()
    capabilities: Capabilities = {"GET": [Capability.VIEW_INCIDENT]}

    def rows(self) -> QuerySet[Delivery]:
        visible = deliveries_visible_to(self.user).select_related(
            "notification", "batch", "artefact"
        )
        return visible.defer("address", "artefact__pdf").order_by("-queued_at", "pk")


class DeliveryList(_Deliveries, ListOfRows[Delivery]):
    """Deliveries, the latest queued first."""

    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter


class DeliveryDetail(_Deliveries, OneRow[Delivery]):
    """One delivery with its attempts and receipts."""

    serializer_class = DeliveryDetailSerializer

    def rows(self) -> QuerySet[Delivery]:
        return super().rows().prefetch_related("attempts", "receipts")
