"""The messages of the demonstration's local mail server: what attorneys would find in their mailboxes."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from breach.core.roles import Capability
from breach.web.access import capability
from notifications import mailsink

SHOWN = 500  # the newest ones; the sink may hold thousands
ON_A_PAGE = 25


@require_safe
@capability(Capability.HANDLE_MAIL)
def mail_sink(request: HttpRequest) -> HttpResponse:
    """Only where nobody is real: anywhere else there is no such page."""
    if not settings.DEMO:
        raise Http404
    found = mailsink.messages(settings.MAILDIR, limit=SHOWN)
    context = {
        "page_obj": Paginator(found, ON_A_PAGE).get_page(request.GET.get("page")),
        "held": mailsink.count(settings.MAILDIR),
        "shown": len(found),
    }
    return render(request, "notifications/mail_sink.html", context)
