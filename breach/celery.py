"""The Celery application: the alarm clock of a queue that lives in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")

app = Celery("breach")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
