"""Progress of a running job: routed, printed, sent, proven; polled every two seconds while it runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from breach.core.roles import Capability
from breach.models import Incident
from breach.web.access import capability
from breach.web.finding import incident_or_404
from notifications import queries
from notifications.services import reporting
from notifications.states import NotificationState

from .panels import panel_or_page

SECONDS_IN_A_MINUTE = 60


@require_safe
@capability(Capability.VIEW_INCIDENT)
def job_progress(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    context = {"incident": incident, **progress_of(incident)}
    return panel_or_page(request, "notifications/job_progress.html", _("Progress"), context)


def progress_of(incident: Incident) -> dict[str, Any]:
    """The four bars, whether anything still moves, and how fast."""
    job = queries.job_progress(incident)
    speed = reporting.letters_per_second(incident)
    told = queries.funnel(incident)[NotificationState.NOTIFIED]
    bars = [
        (_("People routed"), job.routed, job.people),
        (_("Letters made"), job.made, job.letters),
        (_("Letters sent"), job.sent, job.letters),
        (_("People told, with proof"), told, job.people),
    ]
    return {
        "bars": bars,
        "is_working": job.is_working,
        "nobody_listed": not job.people,
        "detail": _detail(job, speed),
    }


def _detail(job: queries.JobProgress, speed: float) -> str:
    """The speed in words; empty while nothing leaves."""
    left = reporting.seconds_left(job, speed)
    if left is None:
        return ""
    if left < SECONDS_IN_A_MINUTE:
        time = _("less than a minute left")
    else:
        minutes = round(left / SECONDS_IN_A_MINUTE)
        time = ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {
            "n": minutes
        }
    return _("%(speed).1f letters a second, %(time)s.") % {"speed": speed, "time": time}
