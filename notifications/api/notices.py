"""Notifications: the duties to tell, with their proof. An attorney sees only their own clients' notifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from breach.api.people import MaskedPersonSerializer
from breach.api.permissions import Capabilities
from breach.api.views import ListOfRows, OneRow, Rows
from breach.core.roles import Capability
from breach.reasons import explain
from breach.services import clock
from notifications.access import notifications_visible_to
from notifications.models import Evidence, Notification

_LISTED = [
    "id", "reference", "incident", "exposure", "person", "recipient_role", "is_required", "state", "channel",
    "language", "needs_interpreter", "created_at", "first_viewed_at", "notified_at",
]  # fmt: skip


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One notification in a list."""

    person = MaskedPersonSerializer(source="exposure.person", read_only=True)

    class Meta:
        model = Notification
        fields = _LISTED
        read_only_fields = fields


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    """What proves notice, without its free text."""

    class Meta:
        model = Evidence
        fields = [
            "kind",
            "is_sufficient",
            "proven_at",
            "recorded_at",
            "artefact_sha256",
            "disproved_at",
            "disproved_reason",
        ]
        read_only_fields = fields


class NotificationDetailSerializer(NotificationSerializer):
    """One notification with the reasons for its route, in the reader's language, and its proof."""

    why = serializers.SerializerMethodField()
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta(NotificationSerializer.Meta):
        fields = [*_LISTED, "why", "evidence"]
        read_only_fields = fields

    def get_why(self, duty: Notification) -> list[str]:
        return [explain(reason) for reason in duty.reasons]


class NotificationFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Filter by incident, person, recipient, channel, language and state."""

    incident = django_filters.UUIDFilter(field_name="incident_id")
    exposure = django_filters.UUIDFilter(field_name="exposure_id")

    class Meta:
        model = Notification
        fields = ["state", "recipient_role", "channel", "language"]


class _Notifications(Rows[Notification]):
    queryset = Notification.objects.none()
    capabilities: Capabilities = {"GET": [Capability.VIEW_PEOPLE, Capability.USE_PORTAL]}

    def rows(self) -> QuerySet[Notification]:
        visible = notifications_visible_to(self.user, clock.today())
        return visible.select_related("exposure__person").order_by("created_at", "pk")

    def people_of(self, rows: Sequence[Notification]) -> Iterable[object]:
        return [row.exposure.person_id for row in rows]


class NotificationList(_Notifications, ListOfRows[Notification]):
    """Notifications (duties to tell), the oldest first."""

    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter


class NotificationDetail(_Notifications, OneRow[Notification]):
    """One notification with its reasons and proof."""

    serializer_class = NotificationDetailSerializer

    def rows(self) -> QuerySet[Notification]:
        return super().rows().prefetch_related("evidence")
