"""Follow-ups: the worklist, and closing, rescheduling and assigning them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import django_filters
from django.db.models import Q, QuerySet, TextChoices
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from breach.access import follow_ups_visible_to
from breach.core.roles import Capability
from breach.models import FollowUp, FollowUpKind, User
from breach.models.followups import FollowUpState
from breach.services import clock, followups
from breach.services.followups import NextAction
from breach.services.worded import told

from .people import MaskedPersonSerializer
from .permissions import Capabilities
from .views import ListOfRows, OneRow, Rows

MOST_AT_ONCE = 500


class WhyClosed(TextChoices):
    """Closed, because free words would end up holding somebody's story."""

    DONE = "done", _("It is done.")
    ANOTHER_WAY = "another_way", _("It was done another way.")
    NOT_NEEDED = "not_needed", _("It is not needed any more.")
    MISTAKE = "mistake", _("It was opened by mistake.")


class WhyLater(TextChoices):
    """Why the date changes."""

    ANSWER_EXPECTED = "answer_expected", _("An answer is expected by then.")
    APPOINTMENT = "appointment", _("An appointment was made.")
    FACILITY_ASKED = "facility_asked", _("The facility asked for more time.")
    COUNSEL_ASKED = "counsel_asked", _("Counsel asked for more time.")


class FollowUpSerializer(serializers.ModelSerializer[FollowUp]):
    """One next action; reasons are in the reader's language."""

    person = MaskedPersonSerializer(
        source="exposure.person", read_only=True, default=None, allow_null=True
    )
    owner = serializers.CharField(
        source="owner.username", read_only=True, default=None, allow_null=True
    )
    reason = serializers.SerializerMethodField()
    closed_reason = serializers.SerializerMethodField()

    class Meta:
        model = FollowUp
        fields = [
            "id", "incident", "exposure", "person", "roster", "kind", "reason", "desk", "owner", "due_on",
            "priority", "state", "created_at", "closed_at", "closed_reason",
        ]  # fmt: skip
        read_only_fields = fields

    def get_reason(self, row: FollowUp) -> str:
        return told(row)

    def get_closed_reason(self, row: FollowUp) -> str:
        return gettext(row.closed_reason) if row.closed_reason else ""


class NextActionSerializer(serializers.Serializer[Any]):
    """The next action for the same person."""

    kind = serializers.ChoiceField(choices=FollowUpKind.choices)
    due_on = serializers.DateField()


class CloseSerializer(serializers.Serializer[Any]):
    """Why it is closed; `then` is required while the person still has to be told."""

    reason = serializers.ChoiceField(choices=WhyClosed.choices)
    then = NextActionSerializer(required=False)


class RescheduleSerializer(serializers.Serializer[Any]):
    """The new due date; without `reason` the follow-up keeps its current reason."""

    due_on = serializers.DateField()
    reason = serializers.ChoiceField(choices=WhyLater.choices, required=False)


class AssignSerializer(serializers.Serializer[Any]):
    """The follow-ups, and the username of the new owner; null returns them to their desks."""

    follow_ups = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_AT_ONCE
    )
    owner = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.filter(is_active=True), allow_null=True
    )


class AssignedSerializer(serializers.Serializer[Any]):
    """The number of follow-ups assigned; closed ones are skipped."""

    assigned = serializers.IntegerField()


class FollowUpFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Filter by owner, kind, incident, state, desk and lateness."""

    mine = django_filters.BooleanFilter(method="of_user")
    overdue = django_filters.BooleanFilter(method="by_lateness")
    incident = django_filters.UUIDFilter(field_name="incident_id")
    exposure = django_filters.UUIDFilter(field_name="exposure_id")

    class Meta:
        model = FollowUp
        fields = ["state", "kind", "desk"]

    def of_user(self, rows: QuerySet[FollowUp], _name: str, value: bool) -> QuerySet[FollowUp]:
        return (
            rows.filter(owner=self.request.user) if value else rows.exclude(owner=self.request.user)
        )

    def by_lateness(self, rows: QuerySet[FollowUp], _name: str, value: bool) -> QuerySet[FollowUp]:
        """Late is what is still open after its day."""
        late = Q(due_on__lt=clock.today(), state=FollowUpState.OPEN)
        return rows.filter(late if value else ~late)


class _FollowUps(Rows[FollowUp]):
    queryset = FollowUp.objects.none()
    serializer_class = FollowUpSerializer
    capabilities: Capabilities = {"GET": [Capability.VIEW_INCIDENT]}

    def rows(self) -> QuerySet[FollowUp]:
        visible = follow_ups_visible_to(self.user).select_related("exposure__person", "owner")
        return visible.order_by("priority", "due_on", "created_at", "pk")

    def people_of(self, rows: Sequence[FollowUp]) -> Iterable[object]:
        return [row.exposure.person_id for row in rows if row.exposure]


class FollowUpList(_FollowUps, ListOfRows[FollowUp]):
    """Follow-ups, the most urgent first; `?state=open&mine=true` is the caller's own worklist."""

    filterset_class = FollowUpFilter


class FollowUpDetail(_FollowUps, OneRow[FollowUp]):
    """One follow-up."""


class FollowUpClose(_FollowUps):
    """Close a follow-up; a next action is required while the person has not been told."""

    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.VIEW_INCIDENT]}

    @extend_schema(request=CloseSerializer, responses=FollowUpSerializer)
    def post(self, request: Request, **_kwargs: Any) -> Response:
        wanted = CloseSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        follow_up, then = self.get_object(), wanted.validated_data.get("then")
        followups.close(
            actor=self.user, follow_up=follow_up,
            reason=WhyClosed(wanted.validated_data["reason"]).label,
            then=_next_action(follow_up, then) if then else None,
        )  # fmt: skip
        return Response(self.get_serializer(self.get_object()).data)


class FollowUpReschedule(_FollowUps):
    """Reschedule a follow-up."""

    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.VIEW_INCIDENT]}

    @extend_schema(request=RescheduleSerializer, responses=FollowUpSerializer)
    def post(self, request: Request, **_kwargs: Any) -> Response:
        wanted = RescheduleSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        why = wanted.validated_data.get("reason")
        followups.reschedule(
            actor=self.user, follow_up=self.get_object(), due_on=wanted.validated_data["due_on"],
            reason=WhyLater(why).label if why else "",
        )  # fmt: skip
        return Response(self.get_serializer(self.get_object()).data)


class FollowUpAssign(_FollowUps):
    """Assign follow-ups to a user, or return them to their desks; if one of them is not found, none is assigned."""

    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.ASSIGN]}

    @extend_schema(request=AssignSerializer, responses=AssignedSerializer)
    def post(self, request: Request, **_kwargs: Any) -> Response:
        wanted = AssignSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        ids = set(wanted.validated_data["follow_ups"])
        chosen = list(self.get_queryset().filter(pk__in=ids))
        if len(chosen) != len(ids):
            raise Http404
        owner = wanted.validated_data["owner"]
        assigned = followups.assign(actor=self.user, follow_ups=chosen, owner=owner)
        return Response({"assigned": assigned})


def _next_action(follow_up: FollowUp, then: dict[str, Any]) -> NextAction:
    """The next action for the same person."""
    if follow_up.exposure_id is None:
        said = gettext(
            "This follow-up is about a roster, not a person. Close it without a next action."
        )
        raise serializers.ValidationError({"then": said}, code="invalid")
    kind = FollowUpKind(then["kind"])
    return NextAction(follow_up.exposure_id, kind, kind.label, then["due_on"])
