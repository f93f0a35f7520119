"""Duties that end without notice: requested here, approved by another person; and taken up again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from breach.core.roles import Capability
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.finding import exposure_or_404, user_of
from notifications.services import closing, ending

from .forms import WhyForm

TITLES = {
    ending.UNREACHABLE: (
        _("This person cannot be reached"),
        _("Another person looks at what was tried, and agrees or not. Until then nothing changes."),
    ),
    ending.WITHDRAWAL: (
        _("This person is not affected after all"),
        _("Another person looks at the roster, and agrees or not. Until then nothing changes."),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.EDIT_PERSON)
def notice_end(request: HttpRequest, slug: str, reference: str, action: str) -> HttpResponse:
    """Ask for the end of a person's notices, with the reason."""
    if action not in TITLES:
        raise Http404
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    form = WhyForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: ending.ask_to_end(actor=user, exposure=exposure, kind=action, **form.cleaned_data),
    ):
        messages.success(
            request, _t("Another person is asked to approve it. Nothing changes until then.")
        )
        return redirect("person-detail", slug=slug, reference=reference)
    title, follows = TITLES[action]
    context: dict[str, Any] = {
        "incident": exposure.incident,
        "exposure": exposure,
        "title": title,
        "follows": follows,
        "button": _t("Ask another person"),
        "form": form,
        "asked": waiting_request(user, action, exposure.pk),
    }
    return render(request, "notifications/notice_end.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.EDIT_PERSON)
def notice_take_up(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Found after all: the notices are open again. One person is enough for that."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    form = WhyForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: closing.take_up_again(actor=user, exposure=exposure, **form.cleaned_data),
    ):
        messages.success(
            request, _t("The notice is taken up again, and is somebody's next action.")
        )
        return redirect("person-detail", slug=slug, reference=reference)
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "title": _t("Take the notice up again"),
        "follows": _t("The person is routed again within a minute, and nobody is told twice."),
        "button": _t("Take the notice up again"),
        "form": form,
    }
    return render(request, "notifications/notice_end.html", context)
