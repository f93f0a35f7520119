"""People's places in the funnel, notices, deliveries and receipts in the REST API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from . import deliveries, exposures, funnel, notices, receipts

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/<uuid:pk>/funnel/", funnel.Funnel.as_view(), name="api-funnel"),
    path(
        "incidents/<uuid:pk>/funnel/<slug:dimension>/",
        funnel.FunnelBy.as_view(),
        name="api-funnel-by",
    ),
    path("exposures/", exposures.ExposureList.as_view(), name="api-exposures"),
    path("exposures/<uuid:pk>/", exposures.ExposureDetail.as_view(), name="api-exposure"),
    path("exposures/<uuid:pk>/contacts/", exposures.ContactLog.as_view(), name="api-contacts"),
    path("notifications/", notices.NotificationList.as_view(), name="api-notifications"),
    path("notifications/<uuid:pk>/", notices.NotificationDetail.as_view(), name="api-notification"),
    path("deliveries/", deliveries.DeliveryList.as_view(), name="api-deliveries"),
    path("deliveries/<uuid:pk>/", deliveries.DeliveryDetail.as_view(), name="api-delivery"),
    path("receipts/", receipts.Receipts.as_view(), name="api-receipts"),
    path("receipt-files/", receipts.ReceiptFiles.as_view(), name="api-receipt-files"),
]
