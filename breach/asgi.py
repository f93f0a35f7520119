"""Entry point for ASGI servers: `breach.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")

application = get_asgi_application()
