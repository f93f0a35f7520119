"""The contact log's rows: what was tried and its outcome. Notes are stored sealed and never returned here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from breach.models import ContactChannel, ContactLogEntry, ContactOutcome, ReachedRole
from breach.services.contacts import LONGEST_NOTE

from .follow_ups import FollowUpSerializer


class ContactSerializer(serializers.ModelSerializer[ContactLogEntry]):
    """One contact attempt, without its note."""

    by = serializers.CharField(source="by.username", read_only=True)

    class Meta:
        model = ContactLogEntry
        fields = [
            "id", "at", "by", "channel", "reached", "outcome", "language", "interpreter", "speaks_language",
            "identity_confirmed", "understanding_confirmed", "corrects", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewContactSerializer(serializers.Serializer[Any]):
    """One contact attempt as a case worker reports it; contradictory answers are refused."""

    at = serializers.DateTimeField()
    channel = serializers.ChoiceField(choices=ContactChannel.choices)
    reached = serializers.ChoiceField(choices=ReachedRole.choices)
    outcome = serializers.ChoiceField(choices=ContactOutcome.choices)
    language = serializers.CharField(max_length=60, required=False, allow_blank=True)
    interpreter = serializers.CharField(max_length=60, required=False, allow_blank=True)
    speaks_language = serializers.BooleanField(required=False)
    identity_confirmed = serializers.BooleanField(required=False)
    understanding_confirmed = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True)
    corrects = serializers.UUIDField(required=False)
    next_on = serializers.DateField(required=False)


class LoggedSerializer(serializers.Serializer[Any]):
    """The entry, the next action it led to, and whether it proves notice; `lacking` says in words what it does not."""

    entry = ContactSerializer()
    proposed = FollowUpSerializer()
    proves_notice = serializers.BooleanField()
    lacking = serializers.ListField(child=serializers.CharField())
