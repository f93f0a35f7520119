"""Opening parts of one person's file: a POST with a reason, recorded and counted as on the page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from breach.access import disclosures_about, exposures_visible_to
from breach.core import keyring
from breach.core.roles import Capability
from breach.models import (
    ContactLogEntry,
    ContactPoint,
    Disclosure,
    Exposure,
    Guardian,
    Identifier,
    Placement,
)
from breach.models.people import AffectedPerson
from breach.services.looking import LONGEST_REASON, Part, ReasonToLook, look_at
from breach.services.rosters_places import listed_places

from .permissions import Capabilities
from .views import Rows

NOT_RECORDED = OpenApiResponse(
    OpenApiTypes.OBJECT, description="The look could not be recorded, so nothing is shown."
)


class LookSerializer(serializers.Serializer[Any]):
    """The parts to open, and why; `words` only with the reason `other`."""

    parts = serializers.ListField(
        child=serializers.ChoiceField(choices=Part.choices), allow_empty=False
    )
    reason = serializers.ChoiceField(choices=ReasonToLook.choices)
    words = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class RevealedIdentifierSerializer(serializers.ModelSerializer[Identifier]):
    value = serializers.CharField(read_only=True)

    class Meta:
        model = Identifier
        fields = ["kind", "value", "source"]


class RevealedIdentitySerializer(serializers.ModelSerializer[AffectedPerson]):
    """The person's identity."""

    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)
    birth_date = serializers.DateField(read_only=True, allow_null=True)
    family_name = serializers.CharField(read_only=True)
    given_names = serializers.CharField(read_only=True)
    name_as_listed = serializers.CharField(read_only=True)
    nationality = serializers.CharField(read_only=True, allow_null=True)
    sex = serializers.CharField(read_only=True, allow_null=True)
    identifiers = RevealedIdentifierSerializer(many=True, read_only=True)

    class Meta:
        model = AffectedPerson
        fields = [
            "family_name", "given_names", "name_as_listed", "aliases", "birth_date", "nationality", "sex",
            "identifiers",
        ]  # fmt: skip


class RevealedPlacementSerializer(serializers.ModelSerializer[Placement]):
    """One stay; the day of `until` no longer belongs to it."""

    facility = serializers.CharField(source="facility.code", read_only=True)
    facility_name = serializers.CharField(source="facility.name", read_only=True)
    since = serializers.DateField(source="period.lower", read_only=True, allow_null=True)
    until = serializers.DateField(source="period.upper", read_only=True, allow_null=True)

    class Meta:
        model = Placement
        fields = ["facility", "facility_name", "since", "until", "source"]


class ListedPlaceSerializer(serializers.Serializer[Any]):
    """The place in the words of a roster's row, whether or not it is a facility on file."""

    place = serializers.CharField(read_only=True)
    row = serializers.IntegerField(read_only=True)
    as_of = serializers.DateField(read_only=True, allow_null=True)
    roster = serializers.CharField(source="source", read_only=True)


class RevealedWhereaboutsSerializer(serializers.ModelSerializer[Exposure]):
    """Where the person is, the newest stay first, and the place as the lists name it."""

    released_on = serializers.DateField(
        source="person.released_on", read_only=True, allow_null=True
    )
    removed_on = serializers.DateField(source="person.removed_on", read_only=True, allow_null=True)
    died_on = serializers.DateField(source="person.died_on", read_only=True, allow_null=True)
    fact_source = serializers.CharField(source="person.fact_source", read_only=True)
    placements = serializers.SerializerMethodField()
    listed = serializers.SerializerMethodField()

    class Meta:
        model = Exposure
        fields = ["released_on", "removed_on", "died_on", "fact_source", "placements", "listed"]

    @extend_schema_field(RevealedPlacementSerializer(many=True))
    def get_placements(self, exposure: Exposure) -> Any:
        stays = exposure.person.placements.select_related("facility").order_by("-period")
        return RevealedPlacementSerializer(stays, many=True).data

    @extend_schema_field(ListedPlaceSerializer(many=True))
    def get_listed(self, exposure: Exposure) -> Any:
        return ListedPlaceSerializer(listed_places(exposure), many=True).data


class RevealedContactPointSerializer(serializers.ModelSerializer[ContactPoint]):
    value = serializers.CharField(read_only=True)

    class Meta:
        model = ContactPoint
        fields = ["kind", "value", "country", "deliverability", "verified", "safe", "is_current"]


class RevealedGuardianSerializer(serializers.ModelSerializer[Guardian]):
    name = serializers.CharField(read_only=True)
    address = serializers.CharField(read_only=True, allow_null=True)
    phone = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Guardian
        fields = ["name", "relationship", "address", "phone", "verified"]


class RevealedNoteSerializer(serializers.ModelSerializer[ContactLogEntry]):
    note = serializers.CharField(read_only=True)

    class Meta:
        model = ContactLogEntry
        fields = ["id", "at", "note"]


class RevealedContactsSerializer(serializers.ModelSerializer[Exposure]):
    """How the person can be reached, and what was noted when somebody tried."""

    safe_contact_note = serializers.CharField(
        source="person.safe_contact_note", read_only=True, allow_null=True
    )
    contact_points = RevealedContactPointSerializer(
        source="person.contact_points", many=True, read_only=True
    )
    guardians = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()

    class Meta:
        model = Exposure
        fields = ["safe_contact_note", "contact_points", "guardians", "notes"]

    @extend_schema_field(RevealedGuardianSerializer(many=True))
    def get_guardians(self, exposure: Exposure) -> Any:
        current = exposure.person.guardians.filter(is_current=True)
        return RevealedGuardianSerializer(current, many=True).data

    @extend_schema_field(RevealedNoteSerializer(many=True))
    def get_notes(self, exposure: Exposure) -> Any:
        noted = exposure.contacts.filter(note__isnull=False)
        return RevealedNoteSerializer(noted, many=True).data


class RevealedDisclosureSerializer(serializers.ModelSerializer[Disclosure]):
    """One disclosure, with the recipient's name and address; both are empty once a joined record's key is destroyed."""

    recipient = serializers.SerializerMethodField()

    class Meta:
        model = Disclosure
        fields = ["made_at", "nature", "purpose", "recipient_kind", "recipient"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_recipient(self, row: Disclosure) -> dict[str, str]:
        try:
            return dict(row.recipient or {})
        except keyring.KeyDestroyed:
            return {}


class RevealedSerializer(serializers.Serializer[Any]):
    """The requested parts; the others are absent."""

    identity = RevealedIdentitySerializer(required=False)
    whereabouts = RevealedWhereaboutsSerializer(required=False)
    contacts = RevealedContactsSerializer(required=False)
    disclosures = RevealedDisclosureSerializer(many=True, required=False)


class Reveal(Rows[Exposure]):
    """Open parts of one person's file. The look is recorded and counted. The answer must not be stored."""

    queryset = Exposure.objects.none()
    filter_backends = []
    pagination_class = None
    capabilities: Capabilities = {"POST": [Capability.VIEW_IDENTITY]}

    def rows(self) -> QuerySet[Exposure]:
        return exposures_visible_to(self.user).select_related("person", "incident")

    @extend_schema(request=LookSerializer, responses={200: RevealedSerializer, 503: NOT_RECORDED})
    def post(self, request: Request, **_kwargs: Any) -> Response:
        exposure = self.get_object()
        wanted = LookSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        look_at(
            actor=self.user, exposure=exposure, parts=given["parts"], reason=given["reason"],
            words=given.get("words", ""),
        )  # fmt: skip
        found: dict[str, object] = {
            Part.IDENTITY: exposure.person,
            Part.WHEREABOUTS: exposure,
            Part.CONTACTS: exposure,
            Part.DISCLOSURES: disclosures_about(exposure),
        }
        shown = {part: found[part] for part in Part.values if part in given["parts"]}
        return Response(RevealedSerializer(shown).data)
