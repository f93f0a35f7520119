"""An attorney as a client's file leads to them: how to reach them, whom they represent here, and what has changed."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import active_representations, exposures_visible_to
from breach.core.roles import Capability
from breach.models import Attorney, Exposure, Representation, User
from breach.one_human import representations_of
from breach.services import attorneys
from breach.web import days
from breach.web.access import capability
from breach.web.finding import exposure_or_404, page_of, user_of
from breach.web.forms import people as f
from breach.web.forms.counsel import AttorneyEmailForm
from breach.web.person_actions import RE_ROUTED, Action, action_page, known

C = Capability
FOR_ALL = _("It holds for all clients of this attorney, in every incident.")
ABOUT_ATTORNEY = {
    "email": Action(
        _("Another e-mail address"), _("Save the e-mail address"), AttorneyEmailForm, attorneys.change_email,
        (FOR_ALL, _("Nothing is sent to an address that nobody has verified."), RE_ROUTED),
    ),
    "suspended": Action(
        _("Suspended from practice"), _("Record the suspension"), f.WhyForm,
        partial(attorneys.suspend, value=True),
        (FOR_ALL, _("The attorney is told nothing, and the portal shows no client."),
         _("Somebody finds out who speaks for each of them."), RE_ROUTED), "danger",
    ),
    "reinstated": Action(
        _("The suspension is over, or was a mistake"), _("Take the suspension back"), f.WhyForm,
        partial(attorneys.suspend, value=False), (FOR_ALL, RE_ROUTED),
    ),
}  # fmt: skip


@require_safe
@capability(C.EDIT_PERSON)
def attorney_detail(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    exposure, found = _found(request, slug, reference, pk)
    attorney, user = found.attorney, user_of(request)
    context = {
        "incident": exposure.incident,
        "exposure": exposure,
        "one": found,
        "attorney": attorney,
        "facts": _facts(attorney),
        "actions": [
            (name, action.title)
            for name, action in ABOUT_ATTORNEY.items()
            if name != ("suspended" if attorney.is_suspended else "reinstated")
        ],
        "page_obj": page_of(request, _clients(user, attorney, exposure)),
    }
    return render(request, "breach/attorney_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.EDIT_PERSON)
def attorney_action(
    request: HttpRequest, slug: str, reference: str, pk: UUID, action: str
) -> HttpResponse:
    exposure, found = _found(request, slug, reference, pk)
    back = reverse("attorney-detail", args=[slug, reference, pk])
    return action_page(
        request, exposure, known(ABOUT_ATTORNEY, action), found.attorney.name, back,
        attorney=found.attorney,
    )  # fmt: skip


def _found(
    request: HttpRequest, slug: str, reference: str, pk: UUID
) -> tuple[Exposure, Representation]:
    exposure = exposure_or_404(request, slug, reference)
    rows = representations_of(exposure.person).select_related("attorney__firm", "attorney__user")
    return exposure, get_object_or_404(rows, pk=pk)


def _facts(attorney: Attorney) -> list[tuple[str, object]]:
    licenses = " · ".join(
        f"{one.jurisdiction} {one.number}" for one in attorney.licences.order_by("jurisdiction")
    )
    return [
        (_t("Kind"), attorney.get_kind_display()),
        (_t("Law firm"), attorney.firm.name if attorney.firm else _t("None")),
        (_t("E-mail"), attorney.email or _t("None")),
        (_t("State of the e-mail address"), _email_state(attorney)),
        (_t("Phone"), attorney.phone or _t("None")),
        (_t("Postal address"), attorney.address or (attorney.firm.address if attorney.firm else "") or _t("None")),
        (_t("EOIR ID"), attorney.eoir_id or _t("None")),
        (_t("Licenses"), licenses or _t("None")),
        (_t("Portal account"), attorney.user.label if attorney.user else _t("None")),
    ]  # fmt: skip


def _email_state(attorney: Attorney) -> str:
    if not attorney.email:
        return _t("No address: letters go by post")
    if attorney.email_bad_reason:
        return _t("Does not arrive: %(why)s") % {"why": attorney.email_bad_reason}
    return _t("Verified") if attorney.email_verified else _t("Not verified")


def _clients(user: User, attorney: Attorney, here: Exposure) -> QuerySet[Exposure]:
    """Whom the attorney represents today, of the incident and in the reader's scope."""
    rows = active_representations(days.today()) if not attorney.is_suspended else None
    rows = rows if rows is not None else Representation.objects.filter(status="active")
    clients = rows.filter(attorney=attorney).values("person")
    return (
        exposures_visible_to(user)
        .filter(Q(person__in=clients) | Q(person__merged_from__in=clients), incident=here.incident)
        .select_related("person", "incident")
        .distinct()
        .order_by("person__reference")
    )
