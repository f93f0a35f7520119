"""Entry point for WSGI servers such as gunicorn: `breach.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from breach.checks import refuse_embedded_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")

application = get_wsgi_application()
refuse_embedded_keys()
