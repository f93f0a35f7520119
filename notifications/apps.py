"""Django's entry to notifications."""

from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"
    default_auto_field = "django.db.models.BigAutoField"
    # Like those of the case file: letters made in portions, and claim, intent and outcome of the outbox.
    changes_without_event = {
        "notifications_artefact": ["insert"],
        "notifications_attempt": ["insert"],
        "notifications_delivery": ["update"],
        "notifications_batch": ["insert"],
        "notifications_receiptfile": ["insert"],
    }
