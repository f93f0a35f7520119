"""The case file in the REST API. URLs hold ids only; anything about a person is in the body."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from . import follow_ups, incidents, reveals, rosters
from .views import Schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", incidents.IncidentList.as_view(), name="api-incidents"),
    path("incidents/<uuid:pk>/", incidents.IncidentDetail.as_view(), name="api-incident"),
    path(
        "incidents/<uuid:pk>/roster-jobs/",
        rosters.RosterUpload.as_view(),
        name="api-roster-upload",
    ),
    path("roster-jobs/<uuid:pk>/", rosters.RosterJobDetail.as_view(), name="api-roster-job"),
    path("exposures/<uuid:pk>/reveal/", reveals.Reveal.as_view(), name="api-reveal"),
    path("follow-ups/", follow_ups.FollowUpList.as_view(), name="api-follow-ups"),
    path("follow-ups/assign/", follow_ups.FollowUpAssign.as_view(), name="api-follow-ups-assign"),
    path("follow-ups/<uuid:pk>/", follow_ups.FollowUpDetail.as_view(), name="api-follow-up"),
    path(
        "follow-ups/<uuid:pk>/close/",
        follow_ups.FollowUpClose.as_view(),
        name="api-follow-up-close",
    ),
    path(
        "follow-ups/<uuid:pk>/reschedule/",
        follow_ups.FollowUpReschedule.as_view(),
        name="api-follow-up-reschedule",
    ),
    path("schema/", Schema.as_view(), name="api-schema"),
]
