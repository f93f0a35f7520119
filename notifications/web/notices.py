"""The notices of an incident as a list, and those of one person with their proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from breach.core import keyring
from breach.core.roles import Capability, can
from breach.models import Exposure, Hold, User
from breach.reasons import explain
from breach.web.access import capability
from breach.web.approvals import waiting_request
from breach.web.finding import exposure_or_404, incident_or_404, page_of, user_of
from notifications.access import notifications_visible_to
from notifications.models import Attempt, Delivery, Evidence, Notification, Progress, Receipt
from notifications.receipts.words import in_words
from notifications.services.closing import closed_as
from notifications.services.ending import UNREACHABLE, WITHDRAWAL
from notifications.states import NotificationState

from .filters import NoticeFilter
from .panels import panel_or_page
from .words import channel_name, detail_words, language_label

OUTCOME_TONES = {"accepted": "success", "permanent": "danger", "unknown": "warning"}
# Proof whose statement is what a list said, with the name of the list.
LISTS_THAT_PROVE = {"signed_sheet": "signed_sheet", "carrier_proof": "carrier_scan"}
RECEIPT_TONES = {
    "delivered": "success", "signed": "success", "acknowledged": "success",
    "bounced": "danger", "returned": "danger", "refused": "danger", "not_there": "danger",
    "not_my_client": "danger", "delayed": "warning",
}  # fmt: skip


@require_safe
@capability(Capability.VIEW_PEOPLE)
def notifications_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    duties = notifications_visible_to(user_of(request)).filter(incident=incident)
    found = NoticeFilter(
        request.GET or None,
        queryset=duties.select_related("exposure__person").order_by("created_at", "pk"),
        by_place=can(user_of(request), Capability.SUPERVISE),
    )
    page = page_of(request, found.qs)
    keyring.preload(str(duty.exposure.person_id) for duty in page)
    rows = [(duty, channel_name(duty.channel), language_label(duty.language)) for duty in page]
    context = {"incident": incident, "filter": found, "page_obj": page, "rows": rows}
    return render(request, "notifications/notifications_list.html", context)


@require_safe
@capability(Capability.VIEW_PEOPLE)
def letters_panel(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Who of this case must be told, why in this way, what went out, what came back, and what proves it."""
    exposure, user = exposure_or_404(request, slug, reference), user_of(request)
    duties = (
        notifications_visible_to(user)
        .filter(exposure=exposure)
        .select_related("attorney__firm")
        .order_by("-is_required", "created_at")
        .prefetch_related(
            Prefetch("deliveries", queryset=_deliveries()),
            Prefetch(
                "evidence", queryset=Evidence.objects.select_related("recorded_by", "receipt")
            ),
        )
    )
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "duties": [_shown(duty) for duty in duties],
        "hold": Hold.objects.filter(exposure=exposure).first(),
        "may_read": can(user, Capability.VIEW_IDENTITY),
        "may_disprove": can(user, Capability.NOTIFY),
        **_endings(user, exposure),
    }
    return panel_or_page(
        request, "notifications/letters_panel.html", _("Letters and proof"), context
    )


def _endings(user: User, exposure: Exposure) -> dict[str, Any]:
    """What can be asked for, or waits for another person, about the end of this person's notice."""
    place = Progress.objects.filter(exposure=exposure).values_list("state", flat=True).first()
    waiting = [waiting_request(user, kind, exposure.pk) for kind in (UNREACHABLE, WITHDRAWAL)]
    return {
        "may_edit": can(user, Capability.EDIT_PERSON),
        "place": place or NotificationState.PENDING,
        "can_be_taken_up": closed_as(exposure) is not None,
        "endings_asked": [one for one in waiting if one],
    }


def _deliveries() -> Any:
    return (
        Delivery.objects.select_related("artefact")
        .defer("artefact__pdf", "address")
        .prefetch_related(
            Prefetch("attempts", queryset=Attempt.objects.order_by("fence")),
            Prefetch("receipts", queryset=Receipt.objects.select_related("recorded_by")),
        )
        .order_by("-queued_at")
    )


def _shown(duty: Notification) -> dict[str, Any]:
    return {
        "duty": duty,
        "channel": channel_name(duty.channel),
        "language": language_label(duty.language) if duty.language else "",
        "why": [explain(reason) for reason in duty.reasons],
        "deliveries": [
            {
                "delivery": delivery,
                "channel": channel_name(delivery.channel),
                "reason": detail_words(delivery.state_reason),
                "news": news_of(delivery),
            }
            for delivery in duty.deliveries.all()
        ],
        "evidence": [
            (proof, in_words(LISTS_THAT_PROVE.get(proof.kind, ""), proof.statement))
            for proof in duty.evidence.all()
        ],
    }


def news_of(delivery: Delivery) -> Sequence[dict[str, Any]]:
    """Attempts and receipts of one delivery as one story, in the order in which we learned of them."""
    news: list[dict[str, Any]] = [{"at": delivery.queued_at, "title": _("Queued")}]
    for attempt in delivery.attempts.all():
        news.append({"at": attempt.intent_at, "title": _("About to leave")})
        if attempt.outcome:
            news.append(
                {
                    "at": attempt.outcome_at or attempt.intent_at,
                    "title": attempt.get_outcome_display(),
                    "text": detail_words(attempt.detail),
                    "tone": OUTCOME_TONES.get(attempt.outcome, ""),
                }
            )
    for receipt in delivery.receipts.all():
        news.append(
            {
                "at": receipt.at,
                "title": receipt.get_kind_display(),
                "text": in_words(receipt.source, receipt.reason),
                "actor": receipt.recorded_by.label,
                "tone": RECEIPT_TONES.get(receipt.kind, ""),
            }
        )
    return news
