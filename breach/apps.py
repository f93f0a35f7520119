"""Django's entry to the case file."""

from __future__ import annotations

from django.apps import AppConfig


class BreachConfig(AppConfig):
    name = "breach"
    verbose_name = "Case file"
    default_auto_field = "django.db.models.BigAutoField"
    # Steps that write no audit event of their own: what they prepare is told when it is done. Any other change without
    # one was made outside of the verbs (breach/outside.py).
    changes_without_event = {
        "breach_roster": ["update"],  # checking a staged roster again
        "breach_rosterrow": ["update"],
        "breach_rosterjob": ["update"],  # how far a worker has read
    }

    def ready(self) -> None:
        # App ready: models cannot be imported any earlier.
        from breach.core import keyring

        from . import (
            celery,  # noqa: F401  makes our broker the one that tasks are sent to
            checks,  # noqa: F401  registers the system checks
        )
        from .access import some_wrapped_data_keys, wrapped_data_keys

        keyring.use_loader(wrapped_data_keys, some_wrapped_data_keys)
