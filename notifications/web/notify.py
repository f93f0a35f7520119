"""Prepare and send: what would go and what may not, shown before the button does anything."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.services import clock
from breach.web.access import capability, recently_signed_in_to_send
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.finding import incident_or_404, user_of
from notifications import queries
from notifications.services import letters, outlook, releasing

from .forms import WhyForm
from .progress import progress_of
from .supervision import waiting_kinds
from .words import channel_name


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.NOTIFY)
@recently_signed_in_to_send
def notify(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows what would happen, and asks another person to release exactly that."""
    incident, user = incident_or_404(request, slug), user_of(request)
    form = WhyForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: releasing.ask_for_release(actor=user, incident=incident, **form.cleaned_data),
    ):
        messages.success(
            request, _("Another person is asked to release it. Nothing goes out until then.")
        )
        return redirect("notify", slug=slug)
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
        "form": form,
        "asked": waiting_request(user, releasing.SEND_RELEASE, incident.pk),
        "waiting": waiting_kinds(incident, queries.alarms(incident, clock.today())),
        **progress_of(incident),
    }
    return render(request, "notifications/notify.html", context)


def _action(found: outlook.Outlook) -> dict[str, Any]:
    """The words of the question and of its button. Where nobody can be told, a release opens follow-ups only."""
    count, title = found.can_go, ngettext("Tell %(n)d person?", "Tell %(n)d people?", found.can_go)
    if not found.can_go:
        count, title = (
            found.people,
            ngettext(
                "Nobody can be told yet. Open the follow-up of %(n)d person?",
                "Nobody can be told yet. Open the follow-ups of %(n)d people?",
                found.people,
            ),
        )
    return {"title": title % {"n": count}, "label": _("Ask for the release")}
