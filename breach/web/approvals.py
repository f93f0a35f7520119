"""Approvals: what waits for the user, what they requested, what was decided; and one request, exactly as requested."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.access import approvals_visible_to, approvals_waiting_for
from breach.core.errors import Refused
from breach.core.roles import Capability, can
from breach.models import Approval, ApprovalState, User
from breach.services import approvals, clock
from breach.services.approval_kinds import Page, kind_of, kinds, waiting_elsewhere
from breach.web.access import capability, recently_signed_in_to_send
from breach.web.acting import carried_out
from breach.web.finding import page_of, user_of
from breach.web.forms.approvals import ApproveForm, RefuseForm

C = Capability
Words = str | Promise
WAITING, MINE, DECIDED = "waiting", "mine", "decided"


class ApprovalFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Requests by what they are for and what became of them."""

    kind = django_filters.ChoiceFilter(label=_("What for"), empty_label=_("All"))
    state = django_filters.ChoiceFilter(
        label=_("State"), empty_label=_("All"), choices=ApprovalState.choices
    )

    class Meta:
        model = Approval
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = [(k.code, k.label) for k in kinds().values()]


@require_safe
@capability(C.APPROVALS)
def approval_list(request: HttpRequest) -> HttpResponse:
    """What waits for the user comes first, with pending signatures of letters; the rest is a filtered list."""
    user = user_of(request)
    rows = approvals_visible_to(user).select_related("incident", "requested_by", "decided_by")
    found = ApprovalFilter(request.GET, queryset=rows)
    page = page_of(request, found.qs)
    waiting = approvals_waiting_for(user).select_related("incident", "requested_by")
    context = {
        "waiting": [_line(one) for one in waiting.order_by("requested_at")],
        "elsewhere": [(work, _url(user, work.page)) for work in waiting_elsewhere(user)],
        "filter": found,
        "page_obj": page,
        "lines": [_line(one) for one in page],
        "me": user,
    }
    return render(request, "breach/approval_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.APPROVALS)
@recently_signed_in_to_send
def approval_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Exactly what was requested, with its hash; approving, refusing and withdrawing need a recent second factor."""
    user = user_of(request)
    approval = get_object_or_404(_rows(user), pk=pk)
    what = request.POST.get("what", "")
    yes = ApproveForm(
        request.POST if what == "approve" else None, initial={"sha256": approval.content_sha256}
    )
    no = RefuseForm(request.POST if what == "refuse" else None, auto_id="refuse_%s")
    if _decided(request, user, approval, what, yes, no):
        return redirect("approval-list")
    approval = get_object_or_404(_rows(user), pk=pk)  # a refused attempt may have made it void
    may_decide = approvals_waiting_for(user).filter(pk=pk).exists()
    context = {
        "approval": approval,
        "kind": kind_of(approval),
        "described": kind_of(approval).describe(approval),
        "subject_url": _url(user, kind_of(approval).page(approval)),
        "approve": yes,
        "refuse": no,
        "may_decide": may_decide,
        "may_take_back": approval.requested_by_id == user.pk and _is_open(approval),
        "is_late": approval.state == ApprovalState.OPEN and not _is_open(approval),
    }
    return render(request, "breach/approval_detail.html", context)


def _decided(
    request: HttpRequest,
    user: User,
    approval: Approval,
    what: str,
    yes: ApproveForm,
    no: RefuseForm,
) -> bool:
    if what == "approve" and carried_out(
        request, yes, lambda: approvals.approve(actor=user, approval=approval, **yes.cleaned_data)
    ):
        messages.success(request, _t("Approved, and done."))
        return True
    if what == "refuse" and carried_out(
        request, no, lambda: approvals.refuse(actor=user, approval=approval, **no.cleaned_data)
    ):
        messages.success(request, _t("Refused. Nothing was done."))
        return True
    if what == "take_back":
        try:
            approvals.take_back(actor=user, approval=approval)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _t("Your request is withdrawn."))
        return True
    return False


def waiting_request(user: User, kind: str, subject: UUID) -> Approval | None:
    """The pending request of this kind about this record, for the page that asks."""
    rows = approvals_visible_to(user).filter(kind=kind, subject_id=subject)
    return rows.filter(state=ApprovalState.OPEN).select_related("requested_by").first()


def _rows(user: User) -> QuerySet[Approval]:
    return approvals_visible_to(user).select_related("incident", "requested_by", "decided_by")


def _is_open(approval: Approval) -> bool:
    return approval.state == ApprovalState.OPEN and approval.expires_at > clock.now()


def _line(approval: Approval) -> dict[str, Any]:
    return {"approval": approval, "kind": kind_of(approval).label}


def _url(user: User, page: Page | None) -> str:
    """The page of the other side or ours; empty when there is none that this user may open."""
    if page is None or not can(user, page.needs):
        return ""
    try:
        return reverse(page.name, kwargs=dict(page.parts))
    except NoReverseMatch:
        return ""
