"""Prepare and send: what would go and what may not, shown before the button does anything."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.services import clock
from breach.web.access import capability, recently_signed_in
from breach.web.finding import incident_or_404, user_of
from notifications import queries, tasks
from notifications.services import letters, outlook, releasing

from .progress import progress_of
from .supervision import waiting_kinds
from .words import channel_name


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.NOTIFY)
def notify(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET says what would happen; the POST leaves it to the workers."""
    incident = incident_or_404(request, slug)
    if request.method == "POST":
        return _release(request, slug)
    found = outlook.outlook(incident)
    context = {
        "incident": incident,
        "outlook": found,
        "ways": [
            (channel_name(channel), people) for channel, people in found.by_channel.most_common()
        ],
        "questions": [
            {"kind": kind, "sentence": sentence, "people": people}
            for (kind, sentence), people in found.questions.most_common()
        ],
        "question_total": sum(found.questions.values()),
        "is_signed": letters.approved_version(incident) is not None,
        "action": _action(found),
        "waiting": waiting_kinds(incident, queries.alarms(incident, clock.today())),
        **progress_of(incident),
    }
    return render(request, "notifications/notify.html", context)


@recently_signed_in
def _release(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    try:
        releasing.release(actor=user_of(request), incident=incident)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tasks.ring(tasks.tick)
        messages.success(request, _("Preparing has begun. This page shows how far it is."))
    return redirect("notify", slug=incident.slug)


def _action(found: outlook.Outlook) -> dict[str, Any]:
    """The words of the question and of its button."""
    title = ngettext("Tell %(n)d person?", "Tell %(n)d people?", found.can_go) % {"n": found.can_go}
    return {"title": title, "label": _("Prepare and send")}
