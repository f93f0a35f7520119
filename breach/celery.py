"""The Celery application: the alarm clock of a queue that lives in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from breach.logs import logging_config

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")

app = Celery("breach")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Celery would add handlers of its own, which print the arguments and messages of failed tasks."""
    logging_config()
