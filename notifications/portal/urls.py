"""Pages of the attorney portal."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from . import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.portal_home, name="portal-home"),
    path("confirm/", views.portal_attest, name="portal-attest"),
    path("notices/<slug:reference>/", views.portal_notice, name="portal-notice"),
    path("notices/<slug:reference>/letter/", views.portal_open, name="portal-open"),
    path(
        "notices/<slug:reference>/not-my-client/",
        views.portal_not_my_client,
        name="portal-not-my-client",
    ),
]
