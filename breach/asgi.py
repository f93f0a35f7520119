"""Entry point for ASGI servers: `breach.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

from breach.checks import refuse_embedded_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")

application = get_asgi_application()
refuse_embedded_keys()
