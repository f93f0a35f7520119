"""Django's entry to the case file."""

from __future__ import annotations

from django.apps import AppConfig


class BreachConfig(AppConfig):
    name = "breach"
    verbose_name = "Case file"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # App ready: models cannot be imported any earlier.
        from breach.core import keyring

        from . import (
            celery,  # noqa: F401  makes our broker the one that tasks are sent to
            checks,  # noqa: F401  registers the system checks
        )
        from .access import wrapped_data_keys

        keyring.use_loader(wrapped_data_keys)
