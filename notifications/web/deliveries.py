"""What goes out: the list, one delivery with its story, its exact bytes, and unknown outcomes settled by a person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.core.errors import Refused
from breach.core.roles import Capability, can
from breach.reasons import explain
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.files import pdf_answer
from breach.web.finding import incident_or_404, page_of, user_of
from notifications.access import deliveries_visible_to
from notifications.models import Attempt, Delivery, Receipt
from notifications.services import looking, resolving
from notifications.states import DeliveryState

from .filters import DeliveryFilter
from .forms import ResolveForm
from .notices import news_of
from .words import channel_name, detail_words, language_label


@require_safe
@capability(Capability.VIEW_INCIDENT)
def deliveries_list(request: HttpRequest, slug: str) -> HttpResponse:
    incident = incident_or_404(request, slug)
    deliveries = deliveries_visible_to(user_of(request)).filter(incident=incident)
    found = DeliveryFilter(
        request.GET or None,
        queryset=deliveries.select_related("notification", "batch")
        .defer("address")
        .order_by("-queued_at", "pk"),
    )
    page = page_of(request, found.qs)
    rows = [(row, channel_name(row.channel), language_label(row.language)) for row in page]
    context = {"incident": incident, "filter": found, "page_obj": page, "rows": rows}
    return render(request, "notifications/deliveries_list.html", context)


@require_safe
@capability(Capability.VIEW_INCIDENT)
def delivery_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    delivery = get_object_or_404(_whole(deliveries_visible_to(user)), pk=pk)
    exposure = delivery.notification.exposure
    context = {
        "incident": delivery.incident,
        "delivery": delivery,
        "exposure": exposure if can(user, Capability.VIEW_PEOPLE) else None,
        "channel": channel_name(delivery.channel),
        "language": language_label(delivery.language),
        "why": [explain(reason) for reason in delivery.reasons],
        "reason": detail_words(delivery.state_reason),
        "news": news_of(delivery),
        "may_read": can(user, Capability.VIEW_IDENTITY),
        "may_open_batch": can(user, Capability.HANDLE_MAIL),
        "may_resolve": delivery.state == DeliveryState.AMBIGUOUS and can(user, Capability.NOTIFY),
    }
    return render(request, "notifications/delivery_detail.html", context)


@require_POST
@capability(Capability.VIEW_IDENTITY)
def delivery_letter(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The bytes as they were or will be sent; the look is recorded, therefore a POST."""
    user = user_of(request)
    delivery = get_object_or_404(deliveries_visible_to(user).select_related("notification"), pk=pk)
    try:
        pdf = looking.read_letter(actor=user, delivery=delivery)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("delivery-detail", pk=pk)
    return pdf_answer(pdf, f"letter-{delivery.notification.reference}.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.NOTIFY)
def delivery_resolve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A person says what became of a delivery whose outcome is unknown, and what that rests on."""
    user = user_of(request)
    delivery = get_object_or_404(
        deliveries_visible_to(user).select_related("incident", "notification"), pk=pk
    )
    if delivery.state != DeliveryState.AMBIGUOUS and request.method != "POST":
        raise Http404
    form = ResolveForm(sent_by(request))
    if carried_out(
        request,
        form,
        lambda: resolving.resolve_ambiguous(
            actor=user,
            delivery=delivery,
            finding=resolving.Finding(form.cleaned_data["finding"]),
            statement=form.cleaned_data["statement"],
        ),
    ):
        messages.success(request, _("Recorded. The next step is set."))
        return redirect("delivery-detail", pk=pk)
    context = {"incident": delivery.incident, "delivery": delivery, "form": form}
    return render(request, "notifications/delivery_resolve.html", context)


def _whole(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return (
        deliveries.select_related(
            "incident", "notification__exposure__person", "letter_version", "batch", "artefact",
        )
        .defer("artefact__pdf", "address")
        .prefetch_related(
            Prefetch("attempts", queryset=Attempt.objects.order_by("fence")),
            Prefetch("receipts", queryset=Receipt.objects.select_related("recorded_by")),
        )
    )  # fmt: skip
