"""The attorney's pages: clients, one notice, confirming receipt, sending a notice back. No GET changes anything."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.core import keyring
from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.files import pdf_answer
from breach.web.finding import user_of
from notifications.models import Notification
from notifications.services import portal
from notifications.states import NotificationState

from .forms import AttestForm, NotMyClientForm

C = Capability
ON_A_PAGE = 50


@require_safe
@capability(C.USE_PORTAL)
def portal_home(request: HttpRequest) -> HttpResponse:
    """The attorney's clients of today and what is still to be done for each."""
    notices = portal.notices_for(user_of(request))
    page = Paginator(notices, ON_A_PAGE).get_page(request.GET.get("page"))
    keyring.preload(str(notice.exposure.person_id) for notice in page)
    context = {
        "page_obj": page,
        "unopened": notices.filter(first_viewed_at=None).count(),
        "unconfirmed": portal.to_be_confirmed(notices).count(),
        "can_confirm": any(_is_confirmable(notice) for notice in page),
    }
    return render(request, "portal/home.html", context)


@require_safe
@capability(C.USE_PORTAL)
def portal_notice(request: HttpRequest, reference: str) -> HttpResponse:
    notice = _own_or_404(request, reference)
    context = {
        "notice": notice,
        "elements": notice.exposure.elements,
        "is_proven": notice.state == NotificationState.NOTIFIED,
    }
    return render(request, "portal/notice.html", context)


@require_POST
@capability(C.USE_PORTAL)
def portal_open(request: HttpRequest, reference: str) -> HttpResponse:
    """The exact bytes. The first look is dated, so opening is a POST and no link in an e-mail can do it."""
    notice = _own_or_404(request, reference)
    try:
        pdf = portal.open_notice(actor=user_of(request), notification=notice)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("portal-notice", reference=reference)
    return pdf_answer(pdf, f"notice-{reference}.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.USE_PORTAL)
def portal_attest(request: HttpRequest) -> HttpResponse:
    """Confirm receipt for the chosen notices: GET shows the sentence, the POST with it typed confirms."""
    references = request.POST.getlist("notice") or request.GET.getlist("notice")
    if not references:
        messages.error(request, _("Choose at least one notice to confirm."))
        return redirect("portal-home")
    notices = _all_own_or_404(request, references)
    form = AttestForm(sent_by(request), shown=portal.sentence_for(len(notices)))
    if carried_out(
        request,
        form,
        lambda: portal.attest(
            actor=user_of(request), notifications=notices, sentence=form.cleaned_data["sentence"]
        ),
    ):
        said = ngettext(
            "Receipt is confirmed for %(n)d client.",
            "Receipt is confirmed for %(n)d clients.",
            len(notices),
        )
        messages.success(request, said % {"n": len(notices)})
        return redirect("portal-home")
    return render(request, "portal/attest.html", {"form": form, "notices": notices})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.USE_PORTAL)
def portal_not_my_client(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a notice back with a reason; the office looks for the person's representative."""
    notice = _own_or_404(request, reference)
    form = NotMyClientForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: portal.not_my_client(
            actor=user_of(request), notification=notice, reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(
            request,
            _(
                "Thank you. The notice is withdrawn from your list, and we look for the right recipient."
            ),
        )
        return redirect("portal-home")
    context = {"notice": notice, "form": form}
    return render(request, "portal/not_my_client.html", context)


def _is_confirmable(notice: Notification) -> bool:
    return notice.first_viewed_at is not None and getattr(notice, "attested_at", None) is None


def _own_or_404(request: HttpRequest, reference: str) -> Notification:
    """One of the attorney's own notices; another attorney's client is not found."""
    return get_object_or_404(portal.notices_for(user_of(request)), reference=reference)


def _all_own_or_404(request: HttpRequest, references: Sequence[str]) -> list[Notification]:
    wanted = set(references)
    found = list(portal.notices_for(user_of(request)).filter(reference__in=wanted))
    if len(found) != len(wanted):
        raise Http404
    keyring.preload(str(notice.exposure.person_id) for notice in found)
    return found
