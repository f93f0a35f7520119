"""People of an incident, masked, with their place in the funnel; and the contact log of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from breach.access import exposures_visible_to
from breach.api.contacts import ContactSerializer, LoggedSerializer, NewContactSerializer
from breach.api.people import ExposureSerializer
from breach.api.permissions import Capabilities
from breach.api.views import ListOfRows, OneRow, Rows
from breach.core.roles import Capability
from breach.models import ContactLogEntry, Exposure
from breach.services import contacts
from notifications.models import Progress
from notifications.services.hearing import take_up_contacts
from notifications.states import NotificationState


class PlacedExposureSerializer(ExposureSerializer):
    """The facts of the case file and this person's progress in the funnel."""

    state = serializers.ChoiceField(choices=NotificationState.choices, read_only=True)

    class Meta(ExposureSerializer.Meta):
        fields = [*ExposureSerializer.Meta.fields, "state"]
        read_only_fields = fields


class ExposureFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Filter by incident, state and risk tier."""

    incident = django_filters.UUIDFilter(field_name="incident_id")
    state = django_filters.ChoiceFilter(choices=NotificationState.choices)

    class Meta:
        model = Exposure
        fields = ["risk_tier", "posture"]


class _Exposures(Rows[Exposure]):
    queryset = Exposure.objects.none()
    serializer_class = PlacedExposureSerializer
    capabilities: Capabilities = {"GET": [Capability.VIEW_PEOPLE]}

    def rows(self) -> QuerySet[Exposure]:
        """The most endangered first; whom nobody has prepared a notice for is pending."""
        place = Progress.objects.filter(exposure=OuterRef("pk"))
        return (
            exposures_visible_to(self.user)
            .annotate(state=Coalesce(Subquery(place.values("state")[:1]), Value("pending")))
            .select_related("person", "caseworker", "hold")
            .order_by("risk_tier", "person__reference", "pk")
        )

    def people_of(self, rows: Sequence[Exposure]) -> Iterable[object]:
        return [row.person_id for row in rows]


class ExposureList(_Exposures, ListOfRows[Exposure]):
    """People of the visible incidents, masked."""

    filterset_class = ExposureFilter


class ExposureDetail(_Exposures, OneRow[Exposure]):
    """One person in one incident, masked."""


class ContactLog(ListOfRows[ContactLogEntry]):
    """One person's contact log; a POST logs an attempt, and a proof of notice counts at once."""

    queryset = ContactLogEntry.objects.none()
    serializer_class = ContactSerializer
    filter_backends = []
    capabilities: Capabilities = {
        "GET": [Capability.VIEW_PEOPLE],
        "POST": [Capability.LOG_CONTACT],
    }

    @cached_property
    def exposure(self) -> Exposure:
        visible = exposures_visible_to(self.user).select_related("person", "incident")
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    def rows(self) -> QuerySet[ContactLogEntry]:
        entries = self.exposure.contacts.select_related("by").defer("note")
        return entries.order_by("-at", "-created_at", "pk")

    @extend_schema(request=NewContactSerializer, responses={201: LoggedSerializer})
    def post(self, request: Request, **_kwargs: Any) -> Response:
        exposure = self.exposure
        wanted = NewContactSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        said = dict(wanted.validated_data)
        if corrected := said.pop("corrects", None):
            said["corrects"] = self._entry(corrected)
        logged = contacts.log_contact(actor=self.user, exposure=exposure, **said)
        take_up_contacts(actor=self.user, exposure=exposure)
        return Response(LoggedSerializer(logged).data, status=status.HTTP_201_CREATED)

    def _entry(self, pk: UUID) -> ContactLogEntry:
        """The entry a correction is about. Raises ValidationError for another person's entry."""
        entry = self.rows().filter(pk=pk).first()
        if entry is None:
            sentence = _("This person's log has no such entry. Take the id from the log.")
            raise serializers.ValidationError({"corrects": sentence}, code="invalid")
        return entry
