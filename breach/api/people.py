"""People as the API shows them: reference and initials, never a name."""

from __future__ import annotations

from rest_framework import serializers

from breach.core.keyring import KeyDestroyed
from breach.models import AffectedPerson, Exposure


class MaskedPersonSerializer(serializers.ModelSerializer[AffectedPerson]):
    """A person by reference and initials; after the key is destroyed there are no initials."""

    initials = serializers.SerializerMethodField()

    class Meta:
        model = AffectedPerson
        fields = ["reference", "initials"]

    def get_initials(self, person: AffectedPerson) -> str:
        try:
            return person.initials
        except KeyDestroyed:
            return "-"


class ExposureSerializer(serializers.ModelSerializer[Exposure]):
    """One person in one incident: the facts of the case file."""

    person = MaskedPersonSerializer(read_only=True)
    caseworker = serializers.CharField(
        source="caseworker.username", default=None, read_only=True, allow_null=True
    )
    hold_until = serializers.DateField(
        source="hold.until", default=None, read_only=True, allow_null=True
    )

    # The proof was taken back: no removal before notice is proven again, whatever `hold_until` says.
    hold_paused_at = serializers.DateTimeField(
        source="hold.paused_at", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Exposure
        fields = [
            "id", "incident", "person", "elements", "posture", "risk_tier", "caseworker", "hold_until",
            "hold_paused_at",
        ]  # fmt: skip
        read_only_fields = fields
