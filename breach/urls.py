"""Every path of the program. The letters' side is named only as strings: one arrow."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from breach.web import health
from breach.web.access import public

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("language/", public(require_POST(set_language)), name="set_language"),
    path("", include("breach.web.urls")),
    path("", include("notifications.web.urls")),
    path("counsel/", include("notifications.portal.urls")),
    path("api/", include("breach.api.urls")),
    path("api/", include("notifications.api.urls")),
]

handler400 = "breach.web.errors.bad_request"
handler403 = "breach.web.errors.forbidden"
handler404 = "breach.web.errors.not_found"
handler500 = "breach.web.errors.server_error"
